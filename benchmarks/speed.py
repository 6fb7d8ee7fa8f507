"""Time a photo of 12 megapixels from file to finished measurements: ours and PyTorch side by side.

Run it in the root of the repository: ``PYTHONPATH=src python benchmarks/speed.py``

Every system lives in a process of its own and has one run to warm up. Then they take turns, so that a busy
machine disturbs all alike; the tables show medians. The stock network is timed on a few tiles and scaled to
the photo. This process itself stays small, since a child's peak memory starts from its parent's.
"""

import argparse
import json
import platform
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from speed_tables import Result, print_tables

HERE = Path(__file__).parent
SEED = 0
SYSTEMS = {
    "ours": "crackwise, OpenVINO",
    "ours_other": "crackwise, OpenVINO",
    "ours_int8": "crackwise, OpenVINO",
    "ours_small": "crackwise-small, OpenVINO",
    "ours_onnxruntime": "crackwise, ONNX Runtime",
    "eager": "same network, eager PyTorch as usually written",
    "eager_best": "same network, eager PyTorch at its best",
    "stock": "stock U-Net/VGG16, eager PyTorch, 448² tiles",
}


class Worker:
    """A process that runs one system."""

    def __init__(self, job: dict[str, Any]) -> None:
        command = [sys.executable, str(HERE / "speed_worker.py"), json.dumps(job)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.ready = self._answer()

    def ask(self, command: str) -> dict[str, Any]:
        """Send a command and wait for its answer."""
        assert self._process.stdin is not None
        print(command, file=self._process.stdin, flush=True)
        return self._answer()

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            sys.exit(f"a system ended with exit status {self._process.wait()}; its error stands above")
        answer: dict[str, Any] = json.loads(line)
        return answer


def main() -> None:
    options = _options()
    with tempfile.TemporaryDirectory() as folder:
        job = {"folder": folder, "photo": str(options.photo or _draw(Path(folder), options.megapixels))}
        job |= {"model": str(options.model) if options.model else None, "stock_tiles": options.stock_tiles}
        workers, photo = _start(job, options.int8)
        try:
            results = _measure(workers, photo, options.repeats)
            written_s = [workers["ours"].ask("write")["write_s"] for _ in range(options.repeats)]
            machine = {"processor": _processor(), **workers["ours"].ask("versions")}
        finally:
            for worker in workers.values():
                worker.close()
    command = shlex.join(["python", *sys.argv])
    print_tables(results, written_s=written_s, photo=photo, machine=machine, command=command)
    if options.json:
        content = {
            "command": command,
            "machine": machine,
            "photo": photo,
            "systems": [result.described() for result in results],
        }
        content["write_s"] = written_s
        options.json.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeats", type=int, default=5, help="runs of every system")
    parser.add_argument("--photo", type=Path, help="file to time; default: one is drawn")
    parser.add_argument("--megapixels", type=float, default=12.0, help="size of the drawn photo, 4:3")
    parser.add_argument("--model", type=Path, help="model file; default: the shipped one")
    parser.add_argument("--int8", type=Path, help="the same model, exported with --store int8")
    parser.add_argument("--stock-tiles", type=int, default=4, help="tiles that the stock network is timed on")
    parser.add_argument("--json", type=Path, help="file for all figures")
    return parser.parse_args()


def _draw(folder: Path, megapixels: float) -> Path:
    _say(f"drawing {megapixels:g} megapixels, seed {SEED}")
    photo = folder / "photo.jpg"
    script = HERE / "speed_photo.py"
    subprocess.run([sys.executable, str(script), str(photo), str(megapixels), str(SEED)], check=True)
    return photo


def _start(job: dict[str, Any], int8: Path | None) -> tuple[dict[str, Worker], dict[str, Any]]:
    """Load all systems and warm them up; ours comes first and gives the others card and probabilities."""
    workers: dict[str, Worker] = {}
    photo: dict[str, Any] = {}
    models = {"ours_int8": int8, "ours_small": "crackwise-small"}
    for key in SYSTEMS:
        if key in models and models[key] is None:
            continue
        own = job | {"system": key} | (_best_way(job) if key == "eager_best" else {})
        own |= {"model": str(models[key])} if key in models else {}
        worker = Worker(own)
        if "left_out" in worker.ready:
            _say(f"left out: {SYSTEMS[key]}: {worker.ready['left_out']}")
            worker.close()
            continue
        _say(f"warming up: {SYSTEMS[key]}, {worker.ready['note']}")
        worker.ask("run")
        workers[key] = worker
        if key == "ours":
            photo = worker.ask("keep")
            job = job | {"card": worker.ready["card"]}
    return workers, photo


def _best_way(job: dict[str, Any]) -> dict[str, Any]:
    """Try batches, fp32 and bf16 in a process of their own: they must not count in the best one's memory."""
    worker = Worker(job | {"system": "eager_best"})
    best = {} if "left_out" in worker.ready else worker.ask("best")
    worker.close()
    return best


def _measure(workers: dict[str, Worker], photo: dict[str, Any], repeats: int) -> list[Result]:
    runs: dict[str, list[dict[str, float]]] = {key: [] for key in workers}
    for number in range(repeats):
        for key, worker in workers.items():
            runs[key].append(worker.ask("run"))
            _say(f"run {number + 1} of {repeats}: {SYSTEMS[key]}: {sum(runs[key][-1].values()):.2f} s")
    megapixels = photo["height_px"] * photo["width_px"] / 1e6
    ours_s = median(sum(run.values()) for run in runs["ours"])
    return [
        Result(
            system=f"{SYSTEMS[key]}, {worker.ready['note']}",
            runs=tuple(runs[key]),
            megapixels=megapixels,
            ours_s=ours_s,
            peak_mib=worker.ask("peak")["peak_mib"],
        )
        for key, worker in workers.items()
    ]


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    lines = information.read_text(encoding="utf-8").splitlines() if information.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
