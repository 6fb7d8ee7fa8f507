"""Frames of a video, one at a time, each with its own time.

Decoding is OpenCV's FFmpeg, which turns the frames upright as the phone's rotation flag says and tells the
time stamp of each frame, so that a variable frame rate needs nothing of its own.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from crackwise.arrays import Grey, Rgb
from crackwise.data.dataset import IMAGE_SUFFIXES
from crackwise.errors import DataError

VIDEO_SUFFIXES = frozenset({".avi", ".m4v", ".mkv", ".mov", ".mp4", ".webm"})
WORKING_PX = 960
"""Longest side of a glance; smaller videos are not enlarged."""

_USUAL_RATE = 30.0  # frames a second, where neither header nor time stamps tell
_MISSING_S = 0.5  # a header may round, and count the sound, by so much …
_MISSING_SHARE = 0.02  # … and so much of the whole
_UNEVEN = 0.5  # steps of time that differ by half a step are no rounding


@dataclass(frozen=True, slots=True)
class Header:
    """What a video says about itself, which may be wrong."""

    path: Path
    frames: int
    rate: float

    @property
    def duration_s(self) -> float:
        """Give how long the frames should take."""
        return self.frames / self.rate


@dataclass(frozen=True, slots=True, eq=False)
class Glance:
    """One frame, grey and at most :data:`WORKING_PX` wide or high."""

    number: int
    time_s: float
    grey: Grey


@dataclass(frozen=True, slots=True)
class Timeline:
    """When the frames of a video were really shown."""

    header: Header
    times_s: tuple[float, ...]

    @property
    def is_uneven(self) -> bool:
        """Tell whether the frame rate varies."""
        if len(self.times_s) < 3:
            return False
        low, middle, high = np.quantile(np.diff(self.times_s), (0.01, 0.5, 0.99))
        return bool(high - low > _UNEVEN * middle)

    @property
    def is_cut(self) -> bool:
        """Tell whether clearly less came than the header says."""
        missing_s = self.header.duration_s - self.times_s[-1]
        return missing_s > _MISSING_S + _MISSING_SHARE * self.header.duration_s


def read_header(path: Path) -> Header:
    """Read how many frames a video says it has.

    Raises
    ------
    DataError
        If the file is missing, empty, a photo, or not a readable video.
    """
    with _opened(path) as capture:
        return _header(path, capture)


def read_glances(path: Path) -> Iterator[Glance]:
    """Decode every frame in order, small and grey.

    Raises
    ------
    DataError
        As :func:`read_header`, and if no frame at all can be decoded.
    """
    with _opened(path) as capture:
        for number, time_s in _steps(path, capture):
            is_decoded, pixels = capture.retrieve()
            if not is_decoded:
                return
            yield Glance(number, time_s, _small(pixels))


def read_frames(path: Path, numbers: Collection[int]) -> Iterator[tuple[int, Rgb]]:
    """Decode some frames in full, in order; frames in between are passed over.

    Counting is exact where seeking is not: many files can only be entered at key frames.

    Raises
    ------
    DataError
        As :func:`read_header`, and if a frame is not there any more.
    """
    wanted = sorted(numbers)
    with _opened(path) as capture:
        for number in range(wanted[-1] + 1):
            is_there = capture.grab()
            if is_there and number not in wanted:
                continue
            is_decoded, pixels = capture.retrieve() if is_there else (False, None)
            if not is_decoded or pixels is None:
                raise DataError(
                    f"frame {number} of {path} cannot be decoded again; leave the file alone and run again"
                )
            yield number, cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB)


@contextmanager
def _opened(path: Path) -> Iterator[cv2.VideoCapture]:
    _check_file(path)
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    try:
        if not capture.isOpened():
            raise DataError(
                f"{path} cannot be read as a video: of another format, or cut off before its index was "
                "written; expected mp4, mov, avi, mkv or webm, copy it from the camera again"
            )
        yield capture
    finally:
        capture.release()


def _check_file(path: Path) -> None:
    if not path.is_file():
        raise DataError(f"there is no file {path}; check the name of the video")
    if path.stat().st_size == 0:
        raise DataError(f"{path} is empty (0 bytes); copy it from the camera again")
    if path.suffix.lower() in IMAGE_SUFFIXES:
        raise DataError(f"{path} is a photo; expected a video, and photos go straight into images/")


def _header(path: Path, capture: cv2.VideoCapture) -> Header:
    rate = capture.get(cv2.CAP_PROP_FPS)
    frames = capture.get(cv2.CAP_PROP_FRAME_COUNT)
    is_sane = np.isfinite(rate) and 0.1 < rate < 100_000
    return Header(path, max(0, int(frames)), float(rate) if is_sane else _USUAL_RATE)


def _steps(path: Path, capture: cv2.VideoCapture) -> Iterator[tuple[int, float]]:
    """Give number and time of each frame; where time does not rise, one step at the stated rate is taken."""
    rate = _header(path, capture).rate
    number, time_s = 0, 0.0
    while capture.grab():
        stamp_s = float(capture.get(cv2.CAP_PROP_POS_MSEC)) / 1000
        is_rising = stamp_s > time_s if number else stamp_s >= 0
        time_s = stamp_s if is_rising else (time_s + 1 / rate if number else 0.0)
        yield number, time_s
        number += 1
    if number == 0:
        raise DataError(f"{path} holds no frame that can be decoded; copy it from the camera again")


def _small(pixels: Rgb) -> Grey:
    grey = cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY)
    factor = WORKING_PX / max(grey.shape)
    if factor >= 1:
        return np.asarray(grey, dtype=np.uint8)
    return np.asarray(
        cv2.resize(grey, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA), dtype=np.uint8
    )
