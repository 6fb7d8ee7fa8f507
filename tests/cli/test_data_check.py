"""``crackwise data check``: what it prints, writes and ends with."""

import json
import shutil

import pytest
import typer
from typer.testing import CliRunner

from crackwise.cli.data import check as command
from crackwise.data.draw import write_drawn
from crackwise.errors import DataError

RUNNER = CliRunner()
APP = typer.Typer()
APP.command()(command.check)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    root = tmp_path_factory.mktemp("drawn") / "walls"
    write_drawn(root, 6, "144x144", seed=5)
    return root


@pytest.fixture
def walls(drawn, tmp_path):
    return shutil.copytree(drawn, tmp_path / "walls")


def check(*words):
    return RUNNER.invoke(APP, [str(word) for word in words], catch_exceptions=False)


def test_a_clean_set_ends_with_0_and_its_figures(walls):
    result = check(walls)
    assert result.exit_code == 0
    assert "walls" in result.output
    assert "label : dark line" in result.output
    assert "error" not in result.output


CODES = {
    "error": (lambda root: (root / "masks/drawn_00000.png").unlink(), {"error": 1, "warning": 1, "never": 0}),
    "warning": (
        lambda root: (root / "labels.csv").write_text("file,label\ngone.jpg,crack\n", "utf-8"),
        {"error": 0, "warning": 1, "never": 0},
    ),
}


@pytest.mark.parametrize("fail_on", ["error", "warning", "never"])
@pytest.mark.parametrize("fault", CODES)
def test_the_exit_code_says_what_ci_asked_for(walls, fault, fail_on):
    plant, codes = CODES[fault]
    plant(walls)
    result = check(walls, "--fail-on", fail_on)
    assert result.exit_code == codes[fail_on]
    assert f"{fault}: " in result.output


def test_many_findings_of_one_kind_are_summed_up(walls):
    for mask in (walls / "masks").iterdir():
        mask.write_bytes(b"")
    output = check(walls).output
    assert "error: unreadable mask (6)" in output
    assert "… and 1 more" in output


def test_the_json_names_its_schema_and_holds_all(walls, tmp_path):
    (walls / "masks/drawn_00000.png").unlink()
    shutil.copy(walls / "images/drawn_00001.jpg", walls / "images/twin.jpg")
    shutil.copy(walls / "masks/drawn_00001.png", walls / "masks/twin.png")
    check(walls, "--json", tmp_path / "check.json")
    text = (tmp_path / "check.json").read_text("utf-8")
    found = json.loads(text)
    assert found["schema_version"] == 1
    assert set(found) == {"schema_version", "sets", "findings", "pairs", "photos"}
    assert {each["kind"] for each in found["findings"]} >= {"missing mask", "same file in different groups"}
    (pair,) = found["pairs"]
    assert (pair["first"], pair["second"]) == ("walls/drawn_00001.jpg", "walls/twin.jpg")
    assert pair["evidence"]
    assert len(found["photos"]) == 7
    assert found["sets"][0]["photos"] == 7
    assert str(tmp_path) not in text


def test_groups_are_written_on_request_only(walls):
    (walls / "groups.csv").unlink()
    check(walls)
    assert not (walls / "groups.csv").exists()
    result = check(walls, "--write-groups")
    assert "6 groups" in result.output
    assert len((walls / "groups.csv").read_text("utf-8").splitlines()) == 7


def test_a_contact_sheet_is_written_on_request(walls, tmp_path):
    assert check(walls, "--html", tmp_path / "check.html").exit_code == 0
    assert (tmp_path / "check.html").read_text("utf-8").startswith("<!doctype html>")


def test_what_is_no_set_is_refused(tmp_path):
    with pytest.raises(DataError, match="there is no folder"):
        check(tmp_path / "gone")


def test_an_interrupted_check_leaves_nothing_behind(walls, tmp_path, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("crackwise.data.check.compare", interrupted)
    before = sorted(tmp_path.rglob("*"))
    result = check(walls, "--json", tmp_path / "check.json", "--html", tmp_path / "a.html", "--write-groups")
    assert result.exit_code == 130
    assert sorted(tmp_path.rglob("*")) == before
