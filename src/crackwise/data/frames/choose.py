"""Which frames of a video to keep: the sharpest of each moment, of each view one, spread over the video."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from crackwise.data.frames.sharpness import sharpness_of
from crackwise.data.frames.video import Glance, Timeline, read_glances, read_header
from crackwise.data.frames.views import View, look_at, shows_new
from crackwise.errors import SettingsError

BESIDE = 2
"""Moments before and after that a frame is compared with."""
LEAST_OF_SHARPEST = 0.75
"""A frame less sharp than this share of the sharpest beside it is blurred, whatever the floor says."""

_MOMENTS_PER_FRAME = 8  # candidates held for each frame asked for: the bound on memory
_FEWEST_MOMENTS = 400


@dataclass(frozen=True, slots=True)
class FrameSettings:
    """What is asked for.

    Parameters
    ----------
    count
        Frames of each video, at most.
    every_s
        Length of a moment, of which only the sharpest frame is considered.
    least_sharpness
        Floor, as of :func:`crackwise.data.frames.sharpness.sharpness_of`.
    least_new
        Share of a frame that no frame already kept shows, 0 to 1.
    """

    count: int = 50
    every_s: float = 0.25
    least_sharpness: float = 1.4
    least_new: float = 0.3

    def __post_init__(self) -> None:
        _check("--count", self.count, 1, 100_000, "a number of frames such as 50")
        _check("--every", self.every_s, 0.01, 3600, "seconds such as 0.25")
        _check("--least-sharpness", self.least_sharpness, 0, 10, "a number such as 1.4")
        _check("--least-new", self.least_new, 0.01, 1, "a share such as 0.3")


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """The sharpest frame of one moment."""

    number: int
    time_s: float
    sharpness: float
    view: View


@dataclass(frozen=True, slots=True)
class LeftOut:
    """How many frames were left out, by reason."""

    less_sharp: int
    blurred: int
    nothing_new: int
    beyond_count: int


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen of one video, in order of time, and why not the rest."""

    kept: tuple[Candidate, ...]
    left_out: LeftOut
    timeline: Timeline
    moment_s: float
    sharpest: float


def choose_frames(
    path: Path, settings: FrameSettings, on_frame: Callable[[int], None] | None = None
) -> Choice:
    """Watch a video once and choose.

    Parameters
    ----------
    path
        Video.
    settings
        What is asked for.
    on_frame
        Called with the number of frames watched so far.

    Raises
    ------
    DataError
        If it cannot be read; see :func:`crackwise.data.frames.video.read_glances`.
    """
    header = read_header(path)
    moments = Moments(settings)
    times_s: list[float] = []
    for glance in read_glances(path):
        times_s.append(glance.time_s)
        moments.add(glance)
        if on_frame is not None:
            on_frame(len(times_s))
    timeline = Timeline(header, tuple(times_s))
    candidates = moments.finish()
    if timeline.is_cut and candidates[-1].number == len(times_s) - 1:
        candidates = candidates[:-1]  # the last frame before a cut may be decoded in part
    return _chosen(candidates, settings, timeline, moments.moment_s)


class Moments:
    """The sharpest frame of each moment; moments grow rather than become too many."""

    def __init__(self, settings: FrameSettings) -> None:
        self.moment_s = settings.every_s
        self._most = max(_FEWEST_MOMENTS, _MOMENTS_PER_FRAME * settings.count)
        self._done: list[Candidate] = []
        self._best: tuple[Glance, float] | None = None

    def add(self, glance: Glance) -> None:
        """Consider the next frame."""
        sharpness = sharpness_of(glance.grey)
        if self._best is None or self._moment(self._best[0].time_s) != self._moment(glance.time_s):
            self._close()
            self._best = glance, sharpness
        elif sharpness > self._best[1]:
            self._best = glance, sharpness

    def finish(self) -> list[Candidate]:
        """Give one candidate for each moment, in order of time."""
        self._close()
        self._best = None
        return list(self._done)

    def _moment(self, time_s: float) -> int:
        return int(time_s // self.moment_s)

    def _close(self) -> None:
        if self._best is None:
            return
        glance, sharpness = self._best
        self._done.append(Candidate(glance.number, glance.time_s, sharpness, look_at(glance.grey)))
        if len(self._done) > self._most:
            self.moment_s *= 2
            best: dict[int, Candidate] = {}
            for candidate in self._done:
                moment = self._moment(candidate.time_s)
                best[moment] = max(best.get(moment, candidate), candidate, key=lambda one: one.sharpness)
            self._done = list(best.values())


def _chosen(
    candidates: Sequence[Candidate], settings: FrameSettings, timeline: Timeline, moment_s: float
) -> Choice:
    sharp = _sharp(candidates, settings.least_sharpness)
    distinct = _distinct(sharp, settings.least_new)
    kept = _spread(distinct, settings.count)
    left_out = LeftOut(
        less_sharp=len(timeline.times_s) - len(candidates),
        blurred=len(candidates) - len(sharp),
        nothing_new=len(sharp) - len(distinct),
        beyond_count=len(distinct) - len(kept),
    )
    sharpest = max((candidate.sharpness for candidate in candidates), default=0.0)
    return Choice(tuple(kept), left_out, timeline, moment_s, sharpest)


def _sharp(candidates: Sequence[Candidate], floor: float) -> list[Candidate]:
    found = []
    for place, candidate in enumerate(candidates):
        beside = candidates[max(0, place - BESIDE) : place + BESIDE + 1]
        least = LEAST_OF_SHARPEST * max(one.sharpness for one in beside)
        if candidate.sharpness >= max(floor, least):
            found.append(candidate)
    return found


def _distinct(candidates: Sequence[Candidate], least_new: float) -> list[Candidate]:
    kept: list[Candidate] = []
    for candidate in candidates:
        if shows_new(candidate.view, [one.view for one in kept], least_new):
            kept.append(candidate)
    return kept


def _spread(candidates: Sequence[Candidate], count: int) -> list[Candidate]:
    """Take the sharpest of each of ``count`` runs of views of about equal length."""
    if len(candidates) <= count:
        return list(candidates)
    runs = np.array_split(np.arange(len(candidates)), count)
    return [max((candidates[place] for place in run), key=lambda one: one.sharpness) for run in runs]


def _check(name: str, value: float, least: float, most: float, expected: str) -> None:
    if not least <= value <= most:
        raise SettingsError(f"{name} is {value}; expected {expected}, from {least:g} to {most:g}")
