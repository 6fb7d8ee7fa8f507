"""Time ``crackwise data check`` on many photos, beside a plain loop that reads every photo and mask once.

Run it in the root of the repository: ``PYTHONPATH=src python benchmarks/data_check.py --photos 10000``

Photos are drawn; after the first ``--distinct`` they are copied, each with a noise of its own, so that no two
files are the same. Each system runs in a process of its own, so that peaks of memory do not mix. The plain
loop has one thread and does nothing with what it reads.
"""

import argparse
import json
import os
import platform
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np

from peak import peak_mib

SEED = 0
SYSTEMS = ("plain loop", "check: look", "check: compare")


def main() -> None:
    options = _options()
    if options.system:
        print(json.dumps(_timed(options.system, options.folder, options.workers)))
        return
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "set"
        _draw(root, options)
        print(f"command: {shlex.join(['python', *sys.argv])}")
        print(f"machine: {platform.processor() or platform.machine()}, {os.cpu_count()} cores; seed {SEED}")
        print("| system | photos | threads | s | photos/s | peak MB |\n|---|---|---|---|---|---|")
        for system in SYSTEMS:
            command = [sys.executable, __file__, "--system", system, "--folder", str(root)]
            command += ["--workers", str(options.workers)]
            answer = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
            threads = 1 if system == "plain loop" else options.workers
            rate = options.photos / answer["s"]
            figures = f"{threads} | {answer['s']:.1f} | {rate:.1f} | {answer['mb']:.0f}"
            print(f"| {system} | {options.photos:,} | {figures} |")


def _timed(system: str, root: Path, workers: int) -> dict[str, float]:
    cv2.setNumThreads(1)
    if system == "plain loop":
        seconds = _plain(root)
    else:
        seconds = _check(root, workers, compares=system == "check: compare")
    return {"s": seconds, "mb": peak_mib()}


def _plain(root: Path) -> float:
    started = time.perf_counter()
    for photo in sorted((root / "images").iterdir()):
        cv2.imread(str(photo), cv2.IMREAD_COLOR)
        cv2.imread(str(root / "masks" / f"{photo.stem}.png"), cv2.IMREAD_GRAYSCALE)
    return time.perf_counter() - started


def _check(root: Path, workers: int, *, compares: bool) -> float:
    from crackwise.data.check import compare, judge, look_at_all, prepare

    started = time.perf_counter()
    sets = prepare([root], None)
    looks = look_at_all(sets, workers)
    if compares:
        started = time.perf_counter()
        judge(sets, looks, compare(looks, workers))
    return time.perf_counter() - started


def _draw(root: Path, options: argparse.Namespace) -> None:
    from crackwise.data.draw import write_drawn

    distinct = min(options.distinct, options.photos)
    write_drawn(root, distinct, f"{options.side}x{options.side}", SEED)
    rng = np.random.default_rng(SEED)
    sources = sorted((root / "images").iterdir())
    for number in range(distinct, options.photos):
        source = sources[number % distinct]
        pixels = cv2.imread(str(source))
        noise = rng.normal(0, 2, pixels.shape)
        noisy = np.clip(pixels + noise, 0, 255).astype(np.uint8)
        cv2.imwrite(str(root / "images" / f"copy_{number:06d}.jpg"), noisy)
        shutil.copy(root / "masks" / f"{source.stem}.png", root / "masks" / f"copy_{number:06d}.png")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=10_000)
    parser.add_argument("--distinct", type=int, default=500)
    parser.add_argument("--side", type=int, default=448)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--system", choices=SYSTEMS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
