"""Photo files of every kind, made byte by byte or with Pillow, for tests."""

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from crackwise.arrays import Rgb


def drawn_photo(height_px: int = 64, width_px: int = 96) -> Rgb:
    """Draw a light surface (H, W, 3) whose corners differ, with a dark diagonal line: never symmetric."""
    rows, cols = np.mgrid[:height_px, :width_px]
    grey = 150 + 60 * rows / height_px + 30 * cols / width_px
    grey[np.abs(rows - cols / 2) < 2] = 10
    return np.stack([grey, grey - 5, grey - 10], axis=2).astype(np.uint8)


def lock(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Let no folder of this name be searched, as without the right to; chmod does not stop root."""
    listed = Path.iterdir

    def iterdir(path: Path) -> Any:
        if path.name == name:
            raise PermissionError(13, "Permission denied", str(path))
        return listed(path)

    monkeypatch.setattr(Path, "iterdir", iterdir)
    bar(monkeypatch, name)


def bar(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Let no folder of this name be entered, though its files can be listed, as of mode 444."""
    told = Path.stat

    def stat(path: Path, **options: Any) -> Any:
        if path.parent.name == name:
            raise PermissionError(13, "Permission denied", str(path))
        return told(path, **options)

    monkeypatch.setattr(Path, "stat", stat)


def jpeg(pixels: Rgb, **options: Any) -> bytes:
    """Encode as JPEG of quality 95."""
    return _encoded(Image.fromarray(pixels), "JPEG", quality=95, **options)


def exif_bytes(orientation: int = 1, *, gps: bool = False) -> bytes:
    """Make an Exif block with time, camera and, on request, a place south-west of zero."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "Acme"
    exif[0x0110] = "Acme X100"
    exif[0x0132] = "2024:05:17 08:09:10"
    if gps:
        exif[0x8825] = {1: "S", 2: (33.0, 30.0, 36.0), 3: "W", 4: (70.0, 15.0, 0.0)}
    return exif.tobytes()


def huge_png(side_px: int = 30_000) -> bytes:
    """Make a valid 1-bit PNG of side × side: 900 megapixels in about 560 kB."""
    row = b"\0" + b"\xff" * ((side_px + 7) // 8)
    packer = zlib.compressobj(1)
    data = b"".join(packer.compress(row * 1000) for _ in range(side_px // 1000)) + packer.flush()
    return png_of(side_px, side_px, bit_depth=1, colour_type=0, packed=data)


def png_of(width_px: int, height_px: int, *, bit_depth: int, colour_type: int, packed: bytes) -> bytes:
    """Assemble a PNG from rows already filtered and compressed."""
    header = struct.pack(">IIBBBBB", width_px, height_px, bit_depth, colour_type, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", packed), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def save(path: Path, pixels: Rgb) -> Path:
    """Write a photo by its suffix, folders made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)
    return path


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()
