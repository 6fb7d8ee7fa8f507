"""Read files of tensors from anywhere; nothing in them is ever run."""

import re
import warnings
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from crackwise.errors import ModelError

_REFUSED = re.compile(r"GLOBAL ([\w.]+)|TorchScript")


def read_tensor_file(path: Path) -> Any:
    """Read a ``.safetensors`` file, or what ``torch.save`` wrote: tensors, numbers, texts, lists and dicts.

    Raises
    ------
    ModelError
        If the file is missing, damaged, no file of tensors, or needs code to be run.
    """
    if not path.is_file():
        raise ModelError(f"there is no file {path}; give a .ckpt, .pt, .pth or .safetensors file")
    if path.suffix == ".safetensors":
        return _read_safetensors(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # how to load a program
            return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # the border: damaged pickles raise 13 kinds, KeyError: 101 among them
        refused = _REFUSED.search(str(error))
        if refused:
            code = refused[1] or "a TorchScript program"
            raise ModelError(
                f"{path} holds more than tensors: {code} would have to be run to load it; save the "
                "state dict alone: torch.save(model.state_dict(), path)"
            ) from error
        raise ModelError(_damaged(path)) from error


def _read_safetensors(path: Path) -> dict[str, torch.Tensor]:
    try:
        tensors: dict[str, torch.Tensor] = load_file(path)
    except (SafetensorError, OSError) as error:
        raise ModelError(_damaged(path)) from error
    return tensors


def _damaged(path: Path) -> str:
    return (
        f"{path} is damaged or no file of tensors, {path.stat().st_size:,} bytes; copy it again, or give a "
        "file that torch.save or safetensors wrote"
    )
