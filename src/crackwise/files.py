"""Files and folders appear whole or not at all: written under a temporary name, then renamed."""

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import cv2
import numpy as np

from crackwise import scratch
from crackwise.arrays import CrackMask, Grey, Rgb
from crackwise.errors import OutputError

_MAX_JPEG_SIDE_PX = 65_500
_ENDS = (b"\xff\xd9", b"IEND\xaeB`\x82")
"""Of a JPEG, of a PNG."""


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give a temporary path to write to; it becomes ``path`` when the block ends without an error.

    Raises
    ------
    OutputError
        If the folder cannot be made or written, or the disk is full; nothing half-written stays.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        temporary.replace(path)
    except OSError as error:
        raise OutputError(_cannot_be_written(path, error)) from error
    finally:
        _remove(temporary)


@contextmanager
def whole_folder(target: Path) -> Iterator[Path]:
    """Give a temporary folder beside the target, which it replaces when the block ends without an error.

    Raises
    ------
    OutputError
        If the folder cannot be made or written, or the disk is full; what was there before stays then.
    """
    temporary, former = (target.with_name(f".{target.name}.{os.getpid()}.{kind}") for kind in ("part", "old"))
    try:
        temporary.mkdir(parents=True)
        yield temporary
        if target.exists():
            target.replace(former)
        temporary.replace(target)
    except OSError as error:
        raise OutputError(_cannot_be_written(target, error)) from error
    finally:
        if former.exists() and not target.exists():
            former.replace(target)
        shutil.rmtree(temporary, ignore_errors=True)
        shutil.rmtree(former, ignore_errors=True)


@contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """Give a folder to fill beside a target that is new or empty; it takes its place at the end.

    Raises
    ------
    OutputError
        As :func:`check_new`, or if another run fills the target, it cannot be made or written, or the disk is
        full; after any error and after Ctrl-C nothing of it stays.
    """
    check_new(target)
    out = target.resolve()
    unfinished = out.with_name(f"{out.name}.unfinished")
    try:
        unfinished.mkdir(parents=True)
    except FileExistsError:
        raise OutputError(
            f"{unfinished} is there, of a run that goes on or was killed; wait for it, or delete the folder"
        ) from None
    except OSError as error:
        raise OutputError(_cannot_be_written(target, error)) from error
    try:
        yield unfinished
        if out.exists():
            out.rmdir()
        unfinished.rename(out)
    except OSError as error:
        raise OutputError(_cannot_be_written(target, error)) from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def check_new(target: Path) -> None:
    """Refuse a folder that holds anything: what is there is never overwritten.

    Raises
    ------
    OutputError
        If it does, or is a file.
    """
    if target.exists() and not target.is_dir():
        raise OutputError(f"{target} is a file; choose a new folder as --out")
    if target.is_dir() and any(target.iterdir()):
        raise OutputError(f"{target} is not empty; choose a new folder as --out, nothing is overwritten")


def sha256_of(path: Path) -> str:
    """Give the SHA-256 of the content of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def remove(path: Path) -> None:
    """Remove a file if it is there.

    Raises
    ------
    OutputError
        If it cannot be removed.
    """
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        if error.errno != errno.ENAMETOOLONG:  # what cannot be written is not there
            raise OutputError(f"{path} cannot be removed: {error.strerror or error}") from error


def write_bytes(path: Path, data: bytes) -> None:
    """Write bytes, whole or not at all."""
    with whole_file(path) as temporary:
        temporary.write_bytes(data)


def write_text(path: Path, text: str) -> None:
    r"""Write UTF-8 text as it stands (no newline translation), whole or not at all.

    Of a file name that is no UTF-8 the odd bytes are written as ``\udcXX``.
    """
    write_bytes(path, as_written(text).encode("utf-8"))


def write_json(path: Path, content: Any) -> None:
    """Write JSON for people and machines: a key a line, no letter escaped, whole or not at all."""
    write_text(path, json.dumps(content, indent=1, ensure_ascii=False) + "\n")


def as_written(text: str) -> str:
    """Give a text as :func:`write_text` writes it."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def write_image(path: Path, image: Rgb | Grey | CrackMask, *, jpeg_quality: int = 90) -> None:
    """Encode by the suffix (``.png``, ``.jpg``) and write, whole or not at all.

    Parameters
    ----------
    path
        Target.
    image
        (H, W, 3) RGB, (H, W) grey, or (H, W) bool, which becomes 0/255.
    jpeg_quality
        0 to 100, for ``.jpg`` only.

    Raises
    ------
    OutputError
        As :func:`whole_file`, and if the format cannot hold the size: a JPEG has at most 65,500 px a side.
    """
    with whole_file(path) as temporary:
        encode_image(temporary, path, image, jpeg_quality=jpeg_quality)


def encode_image(
    temporary: Path, path: Path, image: Rgb | Grey | CrackMask, *, jpeg_quality: int = 90
) -> None:
    """Write an image to a temporary path as it is to stand at ``path``; see :func:`write_image`."""
    options = {
        ".jpg": [cv2.IMWRITE_JPEG_QUALITY, jpeg_quality],
        ".jpeg": [cv2.IMWRITE_JPEG_QUALITY, jpeg_quality],
        ".png": [cv2.IMWRITE_PNG_COMPRESSION, 1],
    }.get(path.suffix.lower(), [])
    pixels = _as_opencv_writes(image)
    # OpenCV itself opens names beyond ASCII on some systems only
    is_large = pixels.nbytes >= scratch.LARGE_BYTES and str(path).isascii() and bool(options)
    encode = _encode_into_file if is_large else _encode_in_memory
    if not encode(temporary, path.suffix, pixels, options):
        size = f"{pixels.shape[1]}×{pixels.shape[0]} px"
        raise OutputError(
            f"{path} cannot be encoded at {size}; cut the photo into parts of 65,500 px or less"
        )


def _cannot_be_written(path: Path, error: OSError) -> str:
    if error.errno == errno.ENAMETOOLONG:
        return f"{path} cannot be written: its name is too long; shorten the name that it is made from"
    return f"{path} cannot be written: {error.strerror or error}; free space or choose another --out"


def _as_opencv_writes(image: Rgb | Grey | CrackMask) -> Rgb | Grey:
    """Swap red and blue, make 0 and 255 of a mask; a large picture lies in a file then."""
    if image.dtype != bool and image.ndim == 2:
        return cast(Grey, image)
    pixels: Rgb | Grey = scratch.zeros(image.shape)
    if image.dtype == bool:
        return cast(Grey, np.multiply(image.view(np.uint8), np.uint8(255), out=pixels))
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2BGR, dst=pixels))


def _encode_in_memory(temporary: Path, suffix: str, pixels: Rgb | Grey, options: list[int]) -> bool:
    is_encoded, encoded = cv2.imencode(suffix, pixels, options)
    if is_encoded:
        temporary.write_bytes(encoded.tobytes())
    return is_encoded


def _encode_into_file(temporary: Path, suffix: str, pixels: Rgb | Grey, options: list[int]) -> bool:
    """Encode row by row; what OpenCV cannot write at a size that it can encode is taken for a full disk."""
    named = temporary.with_name(temporary.name + suffix)  # OpenCV chooses the encoder by the name
    try:
        if cv2.imwrite(str(named), pixels, options) and _has_its_end(named):
            named.replace(temporary)
            return True
    finally:
        _remove(named)
    if max(pixels.shape[:2]) <= _MAX_JPEG_SIDE_PX:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    return False


def _has_its_end(path: Path) -> bool:
    """Tell whether a JPEG or PNG ends as it should; OpenCV does not notice when a full disk takes its end."""
    with path.open("rb") as file:
        file.seek(-max(map(len, _ENDS)), os.SEEK_END)
        return file.read().endswith(_ENDS)


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError:  # the folder itself is gone or read-only: nothing was left behind
        return
