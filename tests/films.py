"""Videos of a camera that moves over a drawn wall, with known place and blur of every frame."""

import struct
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

import cv2
import numpy as np

WIDTH, HEIGHT, RATE = 320, 180, 30


def drawn_wall(width: int = 3200, height: int = HEIGHT, seed: int = 0) -> np.ndarray:
    """Draw a wall (H, W, 3) whose parts all look different: stains, grain and lines."""
    rng = np.random.default_rng(seed)
    wall = np.full((height, width), 150, np.float32)
    for cell, strength in ((40, 25), (12, 15), (4, 10)):
        noise = rng.normal(0, strength, (height // cell + 2, width // cell + 2)).astype(np.float32)
        wall += cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC)
    for _ in range(width // 8):
        x, y = int(rng.integers(width)), int(rng.integers(height))
        dx, dy = rng.integers(-40, 41, 2)
        cv2.line(wall, (x, y), (x + int(dx), y + int(dy)), float(rng.integers(0, 90)), 2, cv2.LINE_AA)
    return cv2.cvtColor(np.clip(wall, 0, 255).astype(np.uint8), cv2.COLOR_GRAY2BGR)


def film(
    path: Path,
    wall: np.ndarray,
    places_px: Sequence[float],
    blurred: Collection[int] = (),
    codec: str = "MJPG",
) -> Path:
    """Film a wall: the left side of frame i is at column ``places_px[i]``."""
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, cv2.VideoWriter_fourcc(*codec), RATE, (WIDTH, HEIGHT))
    assert writer.isOpened()
    for number, place in enumerate(places_px):
        frame = view_of(wall, place)
        writer.write(cv2.GaussianBlur(frame, (0, 0), 3) if number in blurred else frame)
    writer.release()
    return path


def view_of(wall: np.ndarray, place_px: float) -> np.ndarray:
    """Give what the camera sees with its left side at a column."""
    left = round(place_px)
    return np.ascontiguousarray(wall[:HEIGHT, left : left + WIDTH])


def turned(path: Path) -> Path:
    """Set the flag of an MP4 that says: turn by a quarter, clockwise, to show."""
    data = bytearray(path.read_bytes())
    matrix = data.index(b"tkhd") + 4 + 40
    data[matrix : matrix + 36] = struct.pack(">9i", 0, 1 << 16, 0, -1 << 16, 0, 0, HEIGHT << 16, 0, 1 << 30)
    path.write_bytes(data)
    return path


def uneven(path: Path, steps: Sequence[tuple[int, float]]) -> Path:
    """Give an MP4 of one frame rate another: (frames, times the usual step) one after the other."""
    data = path.read_bytes()
    table = data.index(b"stts") + 4
    step = struct.unpack(">4I", data[table : table + 16])[3]
    entries = b"".join(struct.pack(">II", frames, round(step * factor)) for frames, factor in steps)
    total = sum(frames * round(step * factor) for frames, factor in steps)
    new = struct.pack(">III4s", 16 + len(entries), 0, len(steps), b"stts")
    new = new[:4] + b"stts" + struct.pack(">II", 0, len(steps)) + entries
    assert data.index(b"moov") > data.index(b"mdat"), "growing what lies before the frames would move them"
    data = data[: table - 8] + new + data[table + 16 :]
    for box in (b"moov", b"trak", b"mdia", b"minf", b"stbl"):
        data = _edited(data, data.index(box) - 4, lambda size: size + len(new) - 24)
    data = _edited(data, data.index(b"mdhd") + 4 + 16, lambda _: total)
    return _written(path, data.replace(b"edts", b"free", 1))


def _edited(data: bytes, at: int, change: Callable[[int], int]) -> bytes:
    value = struct.unpack(">I", data[at : at + 4])[0]
    return data[:at] + struct.pack(">I", change(value)) + data[at + 4 :]


def _written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path
