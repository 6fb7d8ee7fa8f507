"""What a result depends on besides the recipe."""

import os
import platform
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import lightning as L
import torch

_PROCESSORS = {"amx_bf16": "AMX", "avx512_bf16": "AVX-512 and bf16", "avx512_f": "AVX-512", "avx2": "AVX2"}
"""From the fastest in a training to the slowest."""


def describe_environment() -> dict[str, str]:
    """Name what a result depends on besides the recipe."""
    return {
        "python": sys.version.split()[0],
        "platform": platform.platform(),
        "torch": torch.__version__,
        "lightning": L.__version__,
        "crackwise": metadata.version("crackwise"),
        "git_revision": _git_revision(),
        "device": device_name(),
    }


def device_name() -> str:
    """Name what the training runs on: the GPU, or of the processor what its speed and rounding hang on."""
    if torch.cuda.is_available():
        return str(torch.cuda.get_device_name())
    can = torch.cpu.get_capabilities()
    kind = next((f" with {name}" for part, name in _PROCESSORS.items() if can.get(part)), "")
    threads = torch.get_num_threads()
    return f"{platform.machine()}{kind}, {os.cpu_count()} cores, torch on {threads} threads"


def _git_revision() -> str:
    """Give the revision of this package's own clone; empty without git or outside a clone."""
    command = ["git", "rev-parse", "HEAD"]
    folder = Path(__file__).parent
    try:
        git = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603
    except OSError:
        return ""
    return git.stdout.strip()
