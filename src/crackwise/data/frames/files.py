"""Chosen frames on disk: a set without masks, ``images/``, ``frames.csv`` and ``groups.csv``.

All frames of one video are one group, however far the camera went: they share the surface, the light and the
camera, so that one of them in training makes the others easy.
"""

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from crackwise.data.frames.choose import Choice, FrameSettings, choose_frames
from crackwise.data.frames.video import VIDEO_SUFFIXES, read_frames, read_header
from crackwise.data.table import write_table
from crackwise.errors import DataError, OutputError
from crackwise.files import whole_folder, write_image

JPEG_QUALITY = 95
FRAMES_FILE = "frames.csv"
GROUPS_FILE = "groups.csv"

_COLUMNS = ("file", "video", "frame", "time_s", "sharpness")
_LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class VideoFrames:
    """What came of one video: ``group`` begins the names of its frames."""

    path: Path
    group: str
    choice: Choice


@dataclass(frozen=True, slots=True)
class FrameSet:
    """What was written, and a sentence for each video that could not be used."""

    videos: tuple[VideoFrames, ...]
    failures: tuple[str, ...]


def list_videos(paths: Sequence[Path]) -> tuple[Path, ...]:
    """Put the videos of each folder, sorted and without hidden files, in its place; every file once.

    Raises
    ------
    DataError
        If a folder holds no video.
    """
    found: dict[Path, Path] = {}
    for path in paths:
        inside = sorted(path.iterdir()) if path.is_dir() else []
        shown = (file for file in inside if not file.name.startswith("."))
        videos = [video for video in shown if video.suffix.lower() in VIDEO_SUFFIXES] or [path]
        if path.is_dir() and videos == [path]:
            raise DataError(f"{path} holds no video; expected files such as .mp4, .mov, .avi, .mkv or .webm")
        for video in videos:
            found.setdefault(video.resolve(), video)
    return tuple(found.values())


def write_frames(
    videos: Sequence[Path],
    out: Path,
    settings: FrameSettings,
    on_frame: Callable[[int, int], None] | None = None,
) -> FrameSet:
    """Choose frames of each video and write them as a new set, which appears whole or not at all.

    Parameters
    ----------
    videos
        Files.
    out
        Folder to create.
    settings
        What is asked for of each video.
    on_frame
        Called with the number of frames passed so far and in all; each video is read twice.

    Raises
    ------
    DataError
        If no video gives a frame.
    OutputError
        If ``out`` holds something already or cannot be written.
    """
    target = out.resolve()
    if target.exists() and not (target.is_dir() and not any(target.iterdir())):
        raise OutputError(
            f"{out} exists already; choose another --out, or add --overwrite to replace its frames"
        )
    return _write(videos, target, settings, on_frame)


def rewrite_frames(
    videos: Sequence[Path],
    out: Path,
    settings: FrameSettings,
    on_frame: Callable[[int, int], None] | None = None,
) -> FrameSet:
    """Do as :func:`write_frames`, in place of an earlier set of frames.

    Raises
    ------
    DataError
        If no video gives a frame; the earlier set stays.
    OutputError
        If ``out`` holds a file that no earlier run wrote, such as masks drawn since, or cannot be written.
    """
    target = out.resolve()
    foreign = sorted(_foreign(target)) if target.exists() else []
    if foreign:
        raise OutputError(
            f"{out} holds {foreign[0]}, which this command did not write; "
            "nothing was removed, choose another --out or move it away"
        )
    return _write(videos, target, settings, on_frame)


def _foreign(target: Path) -> Iterator[str]:
    """Name the files that are not of an earlier set of frames."""
    if not target.is_dir():
        yield "a file of that name"
        return
    own = {FRAMES_FILE, GROUPS_FILE, *(f"images/{name}" for name in _listed(target / FRAMES_FILE))}
    for path in target.rglob("*"):
        name = path.relative_to(target).as_posix()
        if name not in own and not (name == "images" and path.is_dir() and not path.is_symlink()):
            yield name


def _listed(table: Path) -> Iterator[str]:
    if not table.is_file():
        return
    with table.open(encoding="utf-8", errors="replace", newline="") as file:
        yield from (row.get("file") or "" for row in csv.DictReader(file))


def _write(
    videos: Sequence[Path],
    target: Path,
    settings: FrameSettings,
    on_frame: Callable[[int, int], None] | None,
) -> FrameSet:
    done: list[VideoFrames] = []
    failures: list[str] = []
    passed = _Passed(videos, on_frame)
    with whole_folder(target) as folder:
        for place, (video, group) in enumerate(zip(videos, _groups(videos))):
            try:
                choice = _not_empty(choose_frames(video, settings, passed.first(place)), video, settings)
                made = VideoFrames(video, group, choice)
                _write_images(folder / "images", made, passed.second(place))
                done.append(made)
            except DataError as error:
                failures.append(str(error))
        if not done:
            more = f" (and {len(failures) - 1} more videos failed)" if len(failures) > 1 else ""
            raise DataError(f"{failures[0]}{more}")
        _write_tables(folder, done)
    return FrameSet(tuple(done), tuple(failures))


def _not_empty(choice: Choice, video: Path, settings: FrameSettings) -> Choice:
    if not choice.kept:
        raise DataError(
            f"{video} has no sharp frame: the sharpest of {len(choice.timeline.times_s)} reaches "
            f"{choice.sharpest:.2f}, expected {settings.least_sharpness:g}; "
            "film more slowly and in more light, or lower --least-sharpness"
        )
    return choice


def _write_images(folder: Path, video: VideoFrames, on_frame: Callable[[int], None]) -> None:
    names = _names(video)
    for number, pixels in read_frames(video.path, names):
        write_image(folder / names[number], pixels, jpeg_quality=JPEG_QUALITY)
        on_frame(number + 1)


def _write_tables(folder: Path, videos: Sequence[VideoFrames]) -> None:
    frames = [
        (name, _printable(video.path.name), str(one.number), f"{one.time_s:.3f}", f"{one.sharpness:.3f}")
        for video in videos
        for one, name in zip(video.choice.kept, _names(video).values())
    ]
    groups = [(name, video.group) for video in videos for name in _names(video).values()]
    write_table(folder / FRAMES_FILE, _COLUMNS, frames)
    write_table(folder / GROUPS_FILE, ("file", "group"), groups)


def _names(video: VideoFrames) -> dict[int, str]:
    return {one.number: f"{video.group}_t{one.time_s:08.3f}s.jpg" for one in video.choice.kept}


def _groups(videos: Sequence[Path]) -> list[str]:
    """Name each video by its stem, with a number where two have the same."""
    groups: list[str] = []
    taken: set[str] = set()
    for video in videos:
        stem = _printable(video.stem)[:_LONGEST_NAME]
        tries = (stem if number == 1 else f"{stem}-{number}" for number in range(1, len(videos) + 2))
        group = next(name for name in tries if name.casefold() not in taken)
        taken.add(group.casefold())
        groups.append(group)
    return groups


def _printable(name: str) -> str:
    return "".join(letter if letter.isprintable() else "_" for letter in name)


class _Passed:
    """Frames passed of all videos, each of which is read twice."""

    def __init__(self, videos: Sequence[Path], on_frame: Callable[[int, int], None] | None) -> None:
        self._counts = [_stated_frames(video) for video in videos]
        self._on_frame = on_frame

    def first(self, place: int) -> Callable[[int], None]:
        """Give what counts the first reading of a video."""
        return lambda number: self._show(2 * sum(self._counts[:place]), number, self._counts[place])

    def second(self, place: int) -> Callable[[int], None]:
        """Give what counts the second."""
        start = 2 * sum(self._counts[:place]) + self._counts[place]
        return lambda number: self._show(start, number, self._counts[place])

    def _show(self, start: int, number: int, most: int) -> None:
        if self._on_frame is not None:
            self._on_frame(start + min(number, most), 2 * sum(self._counts))


def _stated_frames(video: Path) -> int:
    try:
        return read_header(video).frames
    except DataError:  # said again when its turn comes
        return 0
