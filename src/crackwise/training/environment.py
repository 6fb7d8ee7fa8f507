"""What a result depends on besides the recipe."""

import os
import platform
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import lightning as L
import torch


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
    """Name what the training runs on."""
    if torch.cuda.is_available():
        return str(torch.cuda.get_device_name())
    return f"{platform.machine()}, {os.cpu_count()} cores, torch on {torch.get_num_threads()} threads"


def _git_revision() -> str:
    """Give the revision of this package's own clone; empty without git or outside a clone."""
    command = ["git", "rev-parse", "HEAD"]
    folder = Path(__file__).parent
    try:
        git = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603
    except OSError:
        return ""
    return git.stdout.strip()
