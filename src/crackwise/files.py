"""Files and folders appear whole or not at all: written under a temporary name, then renamed."""

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2

from crackwise.arrays import CrackMask, Grey, Rgb
from crackwise.errors import OutputError


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
        reason = error.strerror or error
        raise OutputError(
            f"{path} cannot be written: {reason}; free space or choose another --out"
        ) from error
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
        reason = error.strerror or error
        raise OutputError(
            f"{target} cannot be written: {reason}; free space or choose another --out"
        ) from error
    finally:
        if former.exists() and not target.exists():
            former.replace(target)
        shutil.rmtree(temporary, ignore_errors=True)
        shutil.rmtree(former, ignore_errors=True)


def sha256_of(path: Path) -> str:
    """Give the SHA-256 of the content of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write_bytes(path: Path, data: bytes) -> None:
    """Write bytes, whole or not at all."""
    with whole_file(path) as temporary:
        temporary.write_bytes(data)


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text as it stands (no newline translation), whole or not at all."""
    write_bytes(path, text.encode("utf-8"))


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
    pixels = image.astype("uint8") * 255 if image.dtype == bool else image
    pixels = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR) if pixels.ndim == 3 else pixels
    options = [cv2.IMWRITE_JPEG_QUALITY, jpeg_quality] if path.suffix.lower() in {".jpg", ".jpeg"} else []
    options = [cv2.IMWRITE_PNG_COMPRESSION, 1] if path.suffix.lower() == ".png" else options
    is_encoded, encoded = cv2.imencode(path.suffix, pixels, options)
    if not is_encoded:
        size = f"{pixels.shape[1]}×{pixels.shape[0]} px"
        raise OutputError(
            f"{path} cannot be encoded at {size}; cut the photo into parts of 65,500 px or less"
        )
    write_bytes(path, encoded.tobytes())


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError:  # the folder itself is gone or read-only: nothing was left behind
        return
