"""Many photos: decoding, inference, measuring and writing overlap in time, one bad photo stops nothing.

Each photo is one task from file to artefacts, and several tasks run at a time in threads, since decoding,
inference and most of the measuring leave Python's lock: while one photo is decoded, another is in the model
and a third is measured. What is in flight is bounded by the number of workers and by its pixels.
"""

import errno
import os
import threading
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import closing
from dataclasses import dataclass, field, replace
from math import ceil
from pathlib import Path
from typing import Generic, Protocol, TypeAlias, TypeVar

from crackwise.errors import CrackwiseError, OutputError, PhotoError
from crackwise.inspection.artefacts import (
    check_drawable,
    has_given_mask,
    has_struck,
    is_done,
    is_mask_edited,
    remove_artefacts,
)
from crackwise.inspection.budget import PixelBudget
from crackwise.inspection.inspect import Inspection, inspect_photo
from crackwise.inspection.model import CrackModel
from crackwise.inspection.roi import Roi
from crackwise.inspection.scales import ScaleRule
from crackwise.inspection.settings import DEFAULTS, Settings
from crackwise.inspection.sources import Failure, Found, Source
from crackwise.photo import MAX_MEGAPIXELS, Photo, read_info, read_photo

PIXELS_IN_FLIGHT = 100_000_000
"""About 1 GB, measured with four photos of 24 MP in work. A larger photo runs alone."""

_ERRORS_OF_ONE_FILE = frozenset(
    {errno.ENAMETOOLONG, errno.EINVAL, errno.EILSEQ, errno.ENOTDIR, errno.EISDIR, errno.EEXIST}
)

Result = TypeVar("Result")
Result_co = TypeVar("Result_co", covariant=True)

WritePhoto: TypeAlias = Callable[[Result, Source], None]


class Work(Protocol[Result_co]):
    """What a batch does with each photo."""

    def is_done(self, source: Source) -> bool:
        """Tell whether there is nothing left to do."""

    def begin(self, source: Source) -> None:
        """Do what comes before the photo is read."""

    def inspect(self, photo: Photo, source: Source) -> Result_co:
        """Go from the photo to its result; called from several threads."""


def usual_workers() -> int:
    """Choose how many photos are in work at a time: the processors and one more, at most 8."""
    return min(8, (os.cpu_count() or 1) + 1)


@dataclass(frozen=True, slots=True)
class RunOptions:
    """How a batch is run.

    Parameters
    ----------
    out
        The run folder.
    settings, roi
        Of the inspection.
    scale_rule
        Where the scale of each photo comes from.
    wanted
        Artefacts (keys of SUFFIX_OF_ARTEFACT) that a photo needs besides its record to count as done.
    max_megapixels
        Larger photos are refused.
    keep_gps
        Whether the place is taken from EXIF.
    workers
        Photos in work at a time, ≥ 1.
    """

    out: Path
    settings: Settings = DEFAULTS
    scale_rule: ScaleRule = field(default_factory=ScaleRule)
    roi: Roi | None = None
    wanted: tuple[str, ...] = ()
    max_megapixels: float = MAX_MEGAPIXELS
    keep_gps: bool = True
    workers: int = field(default_factory=usual_workers)


@dataclass(frozen=True, slots=True)
class BatchResult:
    """What became of the photos.

    Parameters
    ----------
    done, skipped
        Numbers of photos inspected now and by an earlier run.
    failures
        In the order of the sources.
    stopped
        Why the run ended before its last photo, such as a full disk; None when it did not.
    searched
        The folders that were searched for photos, with all below them.
    """

    done: int
    skipped: int
    failures: tuple[Failure, ...] = ()
    stopped: str | None = None
    searched: tuple[Path, ...] = ()

    def after(self, found: Found) -> "BatchResult":
        """Add where the photos were sought, and what could not be searched."""
        return replace(self, failures=(*self.failures, *found.failures), searched=found.searched)


@dataclass(frozen=True, slots=True)
class Progress:
    """Numbers of photos so far."""

    done: int
    failed: int
    skipped: int
    total: int


def run_batch(
    sources: Sequence[Source],
    model: CrackModel,
    options: RunOptions,
    *,
    write_photo: WritePhoto[Inspection],
    report_progress: Callable[[Progress], None],
) -> BatchResult:
    """Inspect all photos that are not done yet with a model; see :func:`run_work`."""
    work = _ByModel(model, options)
    return run_work(sources, work, options, write_photo=write_photo, report_progress=report_progress)


def run_work(
    sources: Sequence[Source],
    work: Work[Result],
    options: RunOptions,
    *,
    write_photo: WritePhoto[Result],
    report_progress: Callable[[Progress], None],
) -> BatchResult:
    """Do a work with all photos that are not done yet.

    Parameters
    ----------
    sources, work, options
        The photos, what to do with each, and how.
    write_photo
        Writes all artefacts of a photo, its record last; called from several threads.
    report_progress
        Called in this thread after each photo.

    Raises
    ------
    KeyboardInterrupt
        On Ctrl-C, after the photos in work have come to the end of their step; what is written stays whole.
    """
    todo = [source for source in sources if not work.is_done(source)]
    task = _Task(work, options, write_photo)
    skipped = len(sources) - len(todo)
    failures: dict[str, Failure] = {}
    done = 0
    report_progress(Progress(0, 0, skipped, len(sources)))
    with closing(_outcomes(task, todo, options.workers)) as outcomes:
        for source, outcome in outcomes:
            if not outcome:  # the run was stopped before it
                continue
            if isinstance(outcome, Failure):
                failures[source.name] = outcome
            else:
                done += 1
            report_progress(Progress(done, len(failures), skipped, len(sources)))
    ordered = tuple(failures[source.name] for source in todo if source.name in failures)
    return BatchResult(done, skipped, ordered, task.stopped)


@dataclass(frozen=True, slots=True)
class _ByModel:
    """Finds the cracks of each photo with a model."""

    model: CrackModel
    options: RunOptions

    def is_done(self, source: Source) -> bool:
        return is_done(self.options.out, source, self.options.wanted)

    def begin(self, source: Source) -> None:
        """Remove what there is of an earlier state of the photo, but never a user's work."""
        if is_mask_edited(self.options.out, source.stem):
            raise PhotoError(
                f"{source.name} has a mask in the run that was edited and is not measured yet; measure it "
                "with crackwise measure, or add --overwrite to begin again"
            )
        if has_given_mask(self.options.out, source):
            raise PhotoError(
                f"{source.name} was changed after its mask was given, or its mask or overlay is gone; "
                "measure it again with crackwise measure, or add --overwrite to begin again"
            )
        if has_struck(self.options.out, source):
            raise PhotoError(
                f"{source.name} was changed after cracks were struck out of it, or its mask or overlay is "
                "gone; strike one out again to draw the overlay anew, or add --overwrite to begin again"
            )
        remove_artefacts(self.options.out, source.stem)

    def inspect(self, photo: Photo, source: Source) -> Inspection:
        options = self.options
        roi = options.roi.mask_for(source.stem, photo.info) if options.roi else None
        scaled = options.scale_rule.scale_for(photo, source)
        check_drawable(scaled.photo.info)
        inspection = inspect_photo(
            scaled.photo, self.model, options.settings, scale=scaled.scale, roi=scaled.region(roi)
        )
        if roi is None and options.roi:
            said = f"{source.stem}.png is not in the folder of --roi, so the whole photo was inspected"
            inspection = replace(inspection, warnings=(*inspection.warnings, said))
        return inspection.with_scale_warnings(scaled.warnings)


class _Stopped(Exception):  # noqa: N818 - not an error
    """The run was stopped while a photo was in work."""


class _Task(Generic[Result]):
    """From one file to its artefacts; holds what the tasks of a run share."""

    def __init__(self, work: Work[Result], options: RunOptions, write_photo: WritePhoto[Result]) -> None:
        self.stopped: str | None = None
        self.stop = threading.Event()
        self._work = work
        self._options = options
        self._write_photo = write_photo
        self._budget = PixelBudget(PIXELS_IN_FLIGHT)

    def __call__(self, source: Source) -> Failure | bool:
        """Inspect one photo; say whether it was done, or why not."""
        try:
            self._inspect(source)
        except _Stopped:
            return False
        except OutputError as error:
            if _is_of_one_file(error):
                return _failure(source, str(error))
            self.stopped = self.stopped or str(error)
            self.stop.set()
            return False
        except CrackwiseError as error:
            return _failure(source, str(error))
        except Exception as error:  # noqa: BLE001 - the border: one photo never stops a batch
            return _failure(
                source, f"{source.path}: unexpected {type(error).__name__}: {error}; please report this"
            )
        return True

    def _inspect(self, source: Source) -> None:
        options = self._options
        self._continue()
        if source.path.exists():  # what there is of a photo that is out of reach stays
            self._work.begin(source)
        info = read_info(source.path)
        with self._budget.hold(ceil(options.scale_rule.growth * info.height_px * info.width_px)):
            self._continue()
            photo = read_photo(source.path, max_megapixels=options.max_megapixels, keep_gps=options.keep_gps)
            self._continue()
            self._write_photo(self._work.inspect(photo, source), source)

    def _continue(self) -> None:
        if self.stop.is_set():
            raise _Stopped


def _outcomes(
    task: _Task[Result], sources: Sequence[Source], workers: int
) -> Generator[tuple[Source, Failure | bool], None, None]:
    with ThreadPoolExecutor(workers, thread_name_prefix="crackwise") as pool:
        source_of: dict[Future[Failure | bool], Source] = {
            pool.submit(task, source): source for source in sources
        }
        try:
            for future in as_completed(source_of):
                yield source_of[future], future.result()
        finally:  # on Ctrl-C nothing new begins, and the pool waits for what is in work
            task.stop.set()
            pool.shutdown(wait=False, cancel_futures=True)


def _failure(source: Source, reason: str) -> Failure:
    """Show the photo in the reason by its name: a report that is handed on says nothing about the machine."""
    shown = reason.replace(str(source.path), source.name)
    return Failure(source.name, shown if source.name in shown else f"{source.name}: {shown}")


def _is_of_one_file(error: OutputError) -> bool:
    """Tell a file that cannot be made, for its name or its size, from a folder in which none can."""
    cause = error.__cause__
    return not isinstance(cause, OSError) or cause.errno in _ERRORS_OF_ONE_FILE
