"""One system of benchmarks/speed.py in a process of its own: a command a line in, a line of JSON out.

Started as ``speed_worker.py JOB``, JOB being JSON of ``speed_systems.Job``. ``run`` times one photo, ``keep``
stores its probabilities for the others, ``peak`` tells the peak memory, ``best`` finds how PyTorch is
at its best, ``write`` times the writing of artefacts, ``versions`` names the libraries.
"""

import json
import platform
import sys
import warnings
from collections.abc import Callable
from dataclasses import asdict
from importlib import metadata
from typing import Any, TextIO

from crackwise.errors import MissingExtraError, ModelError
from peak import peak_mib
from speed_systems import EagerBest, Job, Ours, build, cores

BATCHES = (1, 4, 8)
LIBRARIES = ("crackwise", "openvino", "onnxruntime", "torch", "numpy", "opencv-python-headless")


def main() -> None:
    answers, sys.stdout = sys.stdout, sys.stderr  # libraries that print must not disturb the answers
    warnings.simplefilter("ignore")
    try:
        system: Any = build(Job(**json.loads(sys.argv[1])))
    except (ImportError, MissingExtraError, ModelError) as error:  # the last: no bf16 here
        _answer(answers, {"left_out": str(error)})
        return
    _answer(answers, {"note": system.note, "card": system.card})
    for command in sys.stdin:
        _answer(answers, COMMANDS[command.strip()](system))


def _run(system: Any) -> dict[str, Any]:
    return asdict(system.run())


def _keep(system: Ours) -> dict[str, Any]:
    system.keep_reference()
    assert system.inspection is not None
    info = system.inspection.info
    return {
        "height_px": info.height_px,
        "width_px": info.width_px,
        "cracks": len(system.inspection.cracks),
        "tile_px": system.inspection.settings.tile_px,
        "overlap_px": system.inspection.settings.overlap_px,
        "model": f"{system.model.card.name} {system.model.card.version}, sha256 {system.model.sha256[:12]}",
    }


def _peak(system: Any) -> dict[str, Any]:
    return {"peak_mib": peak_mib()}


def _best_way(system: EagerBest) -> dict[str, Any]:
    system.best_way(BATCHES, repeats=1)  # warms up
    batch, in_bf16 = system.best_way(BATCHES)
    return {"batch": batch, "in_bf16": in_bf16}


def _write(system: Ours) -> dict[str, Any]:
    return {"write_s": system.write()}


def _versions(system: Any) -> dict[str, Any]:
    found = {"Python": platform.python_version(), "cores": str(cores())}
    for library in LIBRARIES:
        try:
            found[library] = metadata.version(library)
        except metadata.PackageNotFoundError:
            found[library] = "not installed"
    return found


COMMANDS: dict[str, Callable[[Any], dict[str, Any]]] = {
    "run": _run,
    "keep": _keep,
    "peak": _peak,
    "best": _best_way,
    "write": _write,
    "versions": _versions,
}


def _answer(stream: TextIO, content: dict[str, Any]) -> None:
    print(json.dumps(content), file=stream, flush=True)


if __name__ == "__main__":
    main()
