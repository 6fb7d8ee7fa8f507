"""One command at a time works in a folder, and nothing tells of it afterwards."""

import errno
import os

import pytest

from crackwise import locks
from crackwise.errors import OutputError
from crackwise.locks import LOCK_FILE, alone_in
from otherprocess import at_work_in


def test_a_second_process_is_kept_out_until_the_first_is_done(tmp_path):
    with at_work_in(tmp_path):
        refused = pytest.raises(OutputError, match=r"another command is at work in .*wait for it, or choose")
        with refused, alone_in(tmp_path):
            pytest.fail("both are in")
        assert (tmp_path / LOCK_FILE).exists()
    with alone_in(tmp_path):
        pass


def test_a_killed_process_keeps_nobody_out(tmp_path):
    with at_work_in(tmp_path) as process:
        process.kill()
        process.wait()
        with alone_in(tmp_path):
            pass


def test_nothing_is_left_of_the_lock(tmp_path):
    out = tmp_path / "new"
    with pytest.raises(ValueError, match="spoilt"), alone_in(out):
        raise ValueError("spoilt")
    assert not out.exists()
    with alone_in(out):
        (out / "made").touch()
    assert [path.name for path in out.iterdir()] == ["made"]


def test_a_folder_that_was_there_stays(tmp_path):
    with alone_in(tmp_path):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_lock_on_the_file_of_one_that_just_ended_counts_for_nothing(tmp_path, monkeypatch):
    take = locks.try_lock

    def late(path):
        file = take(path)
        path.unlink()  # by the process that had it, between our opening and our locking
        return file

    monkeypatch.setattr(locks, "try_lock", late)
    with pytest.raises(OutputError, match="another command"), alone_in(tmp_path):
        pytest.fail("nobody is kept out")


def test_a_file_system_without_locks_keeps_nobody_out(tmp_path, monkeypatch):
    def refuse(_file):
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(locks, "_lock", refuse)
    with alone_in(tmp_path / "out"):
        pass


def test_a_file_is_no_folder_to_work_in(tmp_path):
    (tmp_path / "out").touch()
    with pytest.raises(OutputError, match="is a file; expected a folder"), alone_in(tmp_path / "out"):
        pytest.fail("it is none")
