"""One bad photo stops nothing, a full disk stops cleanly, and a later run goes on where the last one was.

The inspection itself is replaced here, so that every fault can be placed exactly.
"""

import errno
import json
import os
import threading
import time
import unicodedata
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from crackwise.errors import OutputError, PhotoError
from crackwise.files import write_text
from crackwise.inspection import batch
from crackwise.inspection.batch import BatchResult, Progress, RunOptions, run_batch
from crackwise.inspection.budget import PixelBudget
from crackwise.inspection.inspect import Inspection
from crackwise.inspection.layout import artefact_path
from crackwise.inspection.roi import load_roi
from crackwise.inspection.scales import Scaled, ScaleRule
from crackwise.inspection.sources import Source, find_photos
from crackwise.scale import Scale
from photofiles import drawn_photo, save

MODEL: Any = None


@pytest.fixture
def photos(tmp_path):
    """Twelve photos, each with its number as the value of its first pixel."""
    for number in range(12):
        pixels = drawn_photo()
        pixels[0, 0] = number
        save(tmp_path / "photos" / f"{number:02d}.png", pixels)
    return find_photos([str(tmp_path / "photos")]).photos


@dataclass(frozen=True)
class Inspected:
    number: int
    info: Any
    scale: Any
    roi: Any
    warnings: tuple[str, ...] = ()
    scale_warnings: int = 0

    with_scale_warnings = Inspection.with_scale_warnings


@pytest.fixture(autouse=True)
def fake_inspection(monkeypatch):
    def inspect(photo: Any, model: Any, settings: Any, *, scale: Any, roi: Any) -> Any:
        return Inspected(int(photo.pixels[0, 0, 0]), photo.info, scale, roi)

    monkeypatch.setattr(batch, "inspect_photo", inspect)


class Run:
    """A batch whose writer leaves a record and can be told to fail."""

    def __init__(self, out: Path, fault: Callable[[Source], None] = lambda source: None) -> None:
        self.out = out
        self.fault = fault
        self.written: list[str] = []
        self.inspections: list[Any] = []
        self.seen: list[Progress] = []

    def write(self, inspection: Any, source: Source) -> None:
        self.fault(source)
        for kind in ("masks", "overlays", "zooms"):
            write_text(artefact_path(self.out, kind, source.stem), "")
        write_text(artefact_path(self.out, "json", source.stem), json.dumps({"photo": source.name}))
        self.written.append(source.name)
        self.inspections.append(inspection)

    def __call__(self, sources: tuple[Source, ...], **options: Any) -> BatchResult:
        chosen = RunOptions(self.out, **{"workers": 2, **options})
        return run_batch(sources, MODEL, chosen, write_photo=self.write, report_progress=self.seen.append)


def full_disk(source: Source) -> None:
    raise OutputError("masks/x.png cannot be written: No space left on device") from OSError(
        errno.ENOSPC, "full"
    )


def test_every_photo_is_inspected_once_and_written_under_its_own_name(tmp_path, photos):
    run = Run(tmp_path / "out")
    assert run(photos) == BatchResult(done=12, skipped=0)
    assert sorted(run.written) == [f"{number:02d}.png" for number in range(12)]
    numbers = {inspection.info.source.name: inspection.number for inspection in run.inspections}
    assert numbers == {f"{number:02d}.png": number for number in range(12)}


def test_progress_counts_up_to_all_photos(tmp_path, photos):
    run = Run(tmp_path / "out")
    run(photos)
    assert [progress.done for progress in run.seen] == list(range(13))
    assert {progress.total for progress in run.seen} == {12}


def test_one_bad_photo_is_recorded_and_the_rest_done(tmp_path, photos):
    photos[3].path.write_bytes(b"no photo")
    photos[7].path.write_bytes(b"")
    result = Run(tmp_path / "out")(photos)
    assert result.done == 10
    assert [failure.photo for failure in result.failures] == ["03.png", "07.png"]
    assert "03.png is not a photo" in result.failures[0].reason


def test_a_reason_says_nothing_about_the_machine(tmp_path, photos):
    photos[3].path.write_bytes(b"")
    (failure,) = Run(tmp_path / "out")(photos).failures
    assert failure.reason.startswith("03.png is empty")
    assert str(tmp_path) not in failure.reason


def test_an_unexpected_error_is_recorded_with_its_type(tmp_path, photos):
    def fault(source: Source) -> None:
        if source.name == "05.png":
            raise ZeroDivisionError("no width")

    result = Run(tmp_path / "out", fault)(photos)
    assert result.done == 11
    assert result.failures[0].reason == "05.png: unexpected ZeroDivisionError: no width; please report this"


def test_a_full_disk_stops_the_run_and_keeps_what_is_written(tmp_path, photos):
    def fault(source: Source) -> None:
        if source.name >= "04.png":
            full_disk(source)

    run = Run(tmp_path / "out", fault)
    result = run(photos)
    assert "No space left on device" in result.stopped
    assert result.failures == ()
    assert result.done == len(run.written) < 12
    assert all(artefact_path(run.out, "json", name[:2]).exists() for name in run.written)


def test_nothing_is_begun_after_the_disk_was_full(tmp_path, photos):
    run = Run(tmp_path / "out", lambda source: full_disk(source) if source.name == "04.png" else None)
    assert run(photos, workers=1).done == 4
    assert run.written == ["00.png", "01.png", "02.png", "03.png"]
    assert [progress.done for progress in run.seen] == [0, 1, 2, 3, 4]  # nothing is told of what is left out


def test_a_run_stopped_by_a_full_disk_goes_on_later(tmp_path, photos):
    first = Run(tmp_path / "out", lambda source: full_disk(source) if source.name > "05.png" else None)
    done = first(photos).done
    second = Run(tmp_path / "out")
    assert second(photos) == BatchResult(done=12 - done, skipped=done)
    assert sorted(first.written + second.written) == [source.name for source in photos]


@pytest.mark.parametrize(
    "cause",
    [
        OSError(errno.ENAMETOOLONG, "File name too long"),
        IsADirectoryError(errno.EISDIR, "Is a directory"),
        None,  # too large for its format
    ],
)
def test_a_file_that_cannot_be_made_concerns_one_photo(tmp_path, photos, cause):
    def fault(source: Source) -> None:
        if source.name == "02.png":
            raise OutputError("masks/02.png cannot be written") from cause

    result = Run(tmp_path / "out", fault)(photos)
    assert result.stopped is None
    assert result.done == 11
    assert result.failures[0].photo == "02.png"


def test_done_photos_are_skipped(tmp_path, photos):
    Run(tmp_path / "out")(photos[:5])
    run = Run(tmp_path / "out")
    assert run(photos) == BatchResult(done=7, skipped=5)
    assert sorted(run.written) == [f"{number:02d}.png" for number in range(5, 12)]


def test_a_photo_of_the_same_stem_as_one_inspected_before_is_no_done_photo(tmp_path, photos):
    Run(tmp_path / "out")(photos)
    (twin,) = find_photos([str(save(tmp_path / "photos/04.bmp", drawn_photo()))]).photos
    os.utime(twin.path, (1, 1))  # older than the record, as a copy that keeps its time
    assert twin.stem == photos[4].stem
    run = Run(tmp_path / "out")
    assert run([twin]) == BatchResult(done=1, skipped=0)
    assert run.written == ["04.bmp"]


def test_a_photo_changed_since_its_record_is_inspected_again(tmp_path, photos):
    Run(tmp_path / "out")(photos)
    later_s = artefact_path(tmp_path / "out", "json", "04").stat().st_mtime + 10
    os.utime(photos[4].path, (later_s, later_s))
    run = Run(tmp_path / "out")
    run(photos)
    assert run.written == ["04.png"]


def test_a_photo_replaced_by_an_older_one_is_inspected_again(tmp_path, photos):
    Run(tmp_path / "out")(photos)
    for source in photos[:5]:
        content = {"photo": source.name, "photo_bytes": source.path.stat().st_size}
        write_text(artefact_path(tmp_path / "out", "json", source.stem), json.dumps(content))
    save(photos[4].path, drawn_photo(height_px=72))
    os.utime(photos[4].path, (1, 1))  # as a copy that keeps the time of what it is copied from
    run = Run(tmp_path / "out")
    run(photos)
    assert run.written == ["04.png"]


def test_two_photos_that_changed_names_are_noticed_where_all_files_have_one_size(tmp_path):
    first, second, aside = (tmp_path / "photos" / f"{stem}.bmp" for stem in "abx")
    for number, path in enumerate((first, second), start=1):
        save(path, drawn_photo())
        os.utime(path, (number, number))
    sources = find_photos([str(tmp_path / "photos")]).photos
    Run(tmp_path / "out")(sources)
    for source in sources:
        file = source.path.stat()
        told = {"photo": source.name, "photo_bytes": file.st_size, "photo_modified_ns": file.st_mtime_ns}
        write_text(artefact_path(tmp_path / "out", "json", source.stem), json.dumps(told))
    assert Run(tmp_path / "out")(sources).skipped == 2
    for old, new in ((first, aside), (second, first), (aside, second)):
        old.rename(new)
    assert Run(tmp_path / "out")(sources).done == 2


def test_a_photo_that_became_unreadable_loses_all_that_is_of_its_earlier_state(tmp_path, photos):
    Run(tmp_path / "out")(photos)
    record = artefact_path(tmp_path / "out", "json", "04")
    later_s = record.stat().st_mtime + 10
    photos[4].path.write_bytes(b"")
    os.utime(photos[4].path, (later_s, later_s))
    result = Run(tmp_path / "out")(photos)
    assert [failure.photo for failure in result.failures] == ["04.png"]
    assert not record.exists()
    assert not list((tmp_path / "out").rglob("04.*"))


def test_a_photo_that_lacks_a_wanted_artefact_is_inspected_again(tmp_path, photos):
    Run(tmp_path / "out")(photos)
    for source in photos[1:]:
        write_text(artefact_path(tmp_path / "out", "probability", source.stem), "")
    run = Run(tmp_path / "out")
    run(photos, wanted=("probability",))
    assert run.written == ["00.png"]


@pytest.mark.parametrize("kind", ["masks", "overlays"])
def test_a_photo_whose_mask_or_overlay_is_gone_is_inspected_again(tmp_path, photos, kind):
    Run(tmp_path / "out")(photos)
    artefact_path(tmp_path / "out", kind, "04").unlink()
    run = Run(tmp_path / "out")
    assert run(photos) == BatchResult(done=1, skipped=11)
    assert run.written == ["04.png"]


def test_photos_are_in_work_at_the_same_time(tmp_path, photos):
    both = threading.Barrier(2)  # a run that did one photo after the other would break it
    result = Run(tmp_path / "out", lambda source: both.wait(timeout=20) and None)(photos, workers=2)
    assert result == BatchResult(done=12, skipped=0)


class Gauge:
    """Counts how many photos are in work at a time."""

    def __init__(self) -> None:
        self.most = self._now = 0
        self._lock = threading.Lock()

    def __call__(self, source: Source) -> None:
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
        threading.Event().wait(0.01)
        with self._lock:
            self._now -= 1


@pytest.mark.parametrize("workers", [1, 3])
def test_no_more_photos_than_workers_are_in_work(tmp_path, photos, workers):
    gauge = Gauge()
    Run(tmp_path / "out", gauge)(photos, workers=workers)
    assert gauge.most == workers


def test_photos_above_the_pixel_limit_go_alone(tmp_path, photos, monkeypatch):
    monkeypatch.setattr(batch, "PIXELS_IN_FLIGHT", 64 * 96 * 3 // 2)
    gauge = Gauge()
    assert Run(tmp_path / "out", gauge)(photos, workers=4).done == 12
    assert gauge.most == 1


def test_a_photo_larger_than_the_limit_in_flight_is_done_all_the_same(tmp_path, photos, monkeypatch):
    monkeypatch.setattr(batch, "PIXELS_IN_FLIGHT", 1)
    assert Run(tmp_path / "out")(photos).done == 12


def test_what_is_given_back_is_all_that_was_taken():
    """As fractions of a million these sizes leave less than the limit, and the last photo waits for ever."""
    budget = PixelBudget(100_000_000)
    with ExitStack() as second, ExitStack() as first, ExitStack() as third:
        for held, size_px in ((first, 12_192_768), (second, 9_980_928), (third, 24_000_000)):
            held.enter_context(budget.hold(size_px))
        for held in (second, first, third):
            held.close()
    done = threading.Event()

    def hold_all() -> None:
        with budget.hold(108_000_000):
            done.set()

    threading.Thread(target=hold_all, daemon=True).start()
    assert done.wait(timeout=20)


def test_photos_that_are_out_of_reach_keep_their_results(tmp_path, photos):
    Run(tmp_path / "out")(photos)
    photos[4].path.rename(tmp_path / "away.png")
    photos[4].path.symlink_to(tmp_path / "drive" / "04.png")  # of a drive that is not there now
    result = Run(tmp_path / "out")(photos)
    assert [failure.photo for failure in result.failures] == ["04.png"]
    assert artefact_path(tmp_path / "out", "json", "04").exists()


def test_a_photo_that_was_inspected_is_written_though_the_run_is_stopped(tmp_path, photos, monkeypatch):
    inspect = batch.inspect_photo
    run = Run(tmp_path / "out")

    def inspect_and_stop(*given: Any, **options: Any) -> Any:
        task.stop.set()
        return inspect(*given, **options)

    monkeypatch.setattr(batch, "inspect_photo", inspect_and_stop)
    options = RunOptions(tmp_path / "out", workers=1)
    task = batch._Task(batch._ByModel(MODEL, options), options, run.write)
    assert task(photos[0]) is True
    assert task(photos[1]) is False
    assert run.written == ["00.png"]


def test_an_interruption_begins_nothing_new_and_a_rerun_goes_on(tmp_path, photos):
    first = Run(tmp_path / "out")

    def interrupt(progress: Progress) -> None:
        if progress.done == 3:
            raise KeyboardInterrupt

    def write_slowly(*photo):
        time.sleep(0.05)  # so that the interruption comes while photos are left
        first.write(*photo)

    with pytest.raises(KeyboardInterrupt):
        run_batch(
            photos,
            MODEL,
            RunOptions(first.out, workers=1),
            write_photo=write_slowly,
            report_progress=interrupt,
        )
    begun = len(first.written)
    assert 3 <= begun < 12
    second = Run(tmp_path / "out")
    assert second(photos) == BatchResult(done=12 - begun, skipped=begun)
    assert sorted(first.written + second.written) == [source.name for source in photos]


def test_a_photo_that_could_not_be_drawn_is_refused_before_it_is_inspected(tmp_path, photos):
    save(photos[0].path, np.zeros((20, 60_001, 3), np.uint8))
    run = Run(tmp_path / "out")
    result = run(photos[:1])
    assert "60001×20 px, and an overlay may have 60,000 px a side; cut" in result.failures[0].reason
    assert run.inspections == []


def test_the_limit_on_megapixels_concerns_one_photo(tmp_path, photos):
    save(photos[0].path, drawn_photo(640, 640))
    result = Run(tmp_path / "out")(photos, max_megapixels=0.1)
    assert [failure.photo for failure in result.failures] == ["00.png"]
    assert "--max-megapixels" in result.failures[0].reason


def test_a_mask_by_stem_reaches_the_inspection_of_its_photo(tmp_path, photos):
    for number, source in enumerate(photos):
        mask = np.zeros((64, 96, 3), np.uint8)
        mask[number] = 1  # not zero is enough
        save(tmp_path / "roi" / f"{source.stem}.png", mask)
    run = Run(tmp_path / "out")
    run(photos, roi=load_roi(tmp_path / "roi"))
    for inspection in run.inspections:
        assert np.flatnonzero(inspection.roi.any(axis=1)).tolist() == [inspection.number]


def test_a_mask_that_does_not_fit_concerns_one_photo(tmp_path, photos):
    for source in photos:
        save(tmp_path / "roi" / f"{source.stem}.png", np.full((64, 96), 255, np.uint8))
    save(tmp_path / "roi" / "03.png", np.full((64, 97), 255, np.uint8))
    result = Run(tmp_path / "out")(photos, roi=load_roi(tmp_path / "roi"))
    assert result.done == 11
    assert result.failures[0].photo == "03.png"
    assert "is 97×64 but its photo is 96×64; re-export the mask" in result.failures[0].reason


def test_a_photo_without_a_mask_is_inspected_whole_and_says_so(tmp_path, photos):
    save(tmp_path / "roi" / "03.PNG", np.eye(64, 96, dtype=np.uint8))
    run = Run(tmp_path / "out")
    run(photos, roi=load_roi(tmp_path / "roi"))
    for inspection in run.inspections:
        [whole] = inspection.warnings or [""]
        assert (inspection.roi is None) == ("so the whole photo was inspected" in whole)
    assert sum(inspection.roi is not None for inspection in run.inspections) == 1


def test_hidden_files_beside_the_masks_are_none(tmp_path):
    mask = save(tmp_path / "roi" / "03.png", np.eye(64, 96, dtype=np.uint8))
    alone = load_roi(tmp_path / "roi")
    mask.with_name("._03.png").write_bytes(b"of a Mac")
    save(tmp_path / "roi" / ".ipynb_checkpoints" / "04.png", np.eye(64, 96, dtype=np.uint8))
    assert load_roi(tmp_path / "roi") == alone
    assert alone.without_photo(["03"]) == []


def test_a_mask_is_found_however_its_accents_are_composed(tmp_path):
    photo, mask = (unicodedata.normalize(form, "Brücke") for form in ("NFD", "NFC"))
    save(tmp_path / "photos" / f"{photo}.png", np.full((64, 96, 3), 7, np.uint8))
    save(tmp_path / "roi" / f"{mask}.png", np.eye(64, 96, dtype=np.uint8))
    roi, run = load_roi(tmp_path / "roi"), Run(tmp_path / "out")
    run(find_photos([str(tmp_path / "photos")]).photos, roi=roi)
    (inspection,) = run.inspections
    np.testing.assert_array_equal(inspection.roi, np.eye(64, 96, dtype=bool))
    assert roi.without_photo([photo]) == []
    assert roi.without_photo(["Brucke"]) == [f"{mask}.png"]


def test_one_mask_serves_all_photos(tmp_path, photos):
    mask = save(tmp_path / "roi.png", np.eye(64, 96, dtype=np.uint8))
    run = Run(tmp_path / "out")
    run(photos, roi=load_roi(mask))
    assert all(np.array_equal(inspection.roi, np.eye(64, 96, dtype=bool)) for inspection in run.inspections)


def test_what_is_transparent_is_not_marked(tmp_path, photos):
    rgba = np.full((64, 96, 4), 255, np.uint8)
    rgba[..., 3] = 0
    rgba[5, 5:9, 3] = 255
    roi = load_roi(save(tmp_path / "roi.png", rgba))
    assert roi.mask_for("x", SimpleNamespace(height_px=64, width_px=96)).sum() == 4


def test_a_transparent_mask_counts_by_its_colour(tmp_path, photos):
    rgba = np.zeros((64, 96, 4), np.uint8)
    rgba[..., 3] = 255
    rgba[5, 5, 1] = 1
    roi = load_roi(save(tmp_path / "roi.png", rgba))
    assert roi.mask_for("x", SimpleNamespace(height_px=64, width_px=96)).sum() == 1


def test_the_place_of_a_photo_is_read_or_left_out(tmp_path, photos, monkeypatch):
    asked = []

    def read(path: Path, *, max_megapixels: float, keep_gps: bool) -> Any:
        asked.append(keep_gps)
        raise PhotoError("enough")

    monkeypatch.setattr(batch, "read_photo", read)
    Run(tmp_path / "out")(photos[:1], keep_gps=False)
    assert asked == [False]


def test_each_photo_gets_the_scale_and_the_warnings_of_the_rule(tmp_path, photos):
    class Odd:
        """Knows the scale of photos of odd numbers only."""

        def scaled(self, photo: Any, source: Source) -> Any:
            number = int(source.stem)
            return Scaled(photo, Scale(number), ("odd",)) if number % 2 else "it is even"

        def described(self) -> str:
            return "odd"

    run = Run(tmp_path / "out")
    run(photos, scale_rule=ScaleRule((Odd(),)))
    for inspection in run.inspections:
        if inspection.number % 2:
            assert (inspection.scale, inspection.warnings) == (Scale(inspection.number), ("odd",))
        else:
            assert (inspection.scale, inspection.warnings) == (None, ("it is even; measured in px only",))
