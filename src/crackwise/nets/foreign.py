"""Take over weights that others trained: state dicts of SMP, torchvision, timm or crackwise itself.

A tensor fits if name and shape are those of a tensor of the network, once the names of wrappers are taken off
on the file's side and the names of the parts that hold an encoder are put before.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import torch
from torch import Tensor

from crackwise.errors import ModelError
from crackwise.nets.cracknet import CrackNet
from crackwise.nets.encodername import name_encoder
from crackwise.nets.exported import read_exported
from crackwise.nets.spelling import SPELLINGS
from crackwise.nets.tensorfile import read_tensor_file

State: TypeAlias = Mapping[str, Tensor]
Names: TypeAlias = dict[str, str]
"""The name in the file of each tensor, by the name that it would have in the network."""

NESTS = ("state_dict", "model_state_dict", "model_state", "model", "net", "network", "weights", "params")
"""Keys under which training loops put the state dict."""

WRAPPERS = frozenset({"module", "model", "net", "network", "backbone", "_orig_mod"})
"""Names that DataParallel, Lightning, torchvision's own segmenters and torch.compile put before."""

HEADS = (
    *("fc.", "classifier.", "aux_classifier.", "classification_head.", "head.", "last_linear."),
    *("conv_head.", "bn2."),  # timm's MobileNets
)
"""Parts of a classifier, which a segmentation network does not have."""

SCALING = ("mean", "std")
"""The recipe says how photos are scaled, never the file."""

_NAMED = 3


@dataclass(frozen=True, slots=True)
class FitReport:
    """Which tensors of a file a network took over, by their names.

    Parameters
    ----------
    fitted
        Of the network: taken over.
    missing
        Of the network: not in the file, they stay as they were.
    misshapen
        Of the network: in the file with another shape, they stay as they were.
    left_over
        Of the file: unknown to the network.
    heads
        Of the file: of its classifier, left over as expected.
    """

    fitted: tuple[str, ...]
    missing: tuple[str, ...]
    misshapen: tuple[str, ...]
    left_over: tuple[str, ...]
    heads: tuple[str, ...]

    def __str__(self) -> str:
        """Say it in one line."""
        total = len(self.fitted) + len(self.missing) + len(self.misshapen)
        faults = {
            "missing in the file": self.missing,
            "of another shape": self.misshapen,
            "left over": self.left_over,
            "of a classifier left out": self.heads,
        }
        parts = [f"{len(names)} {what} ({_first(names)})" for what, names in faults.items() if names]
        return "; ".join([f"{len(self.fitted)} of {total} tensors fitted", *parts])


def load_foreign(net: CrackNet, path: Path) -> FitReport:
    """Take over every tensor of a file that fits; how photos are scaled stays as the recipe says.

    Parameters
    ----------
    net
        Its weights are replaced in place.
    path
        ``.pt``, ``.pth``, ``.ckpt``, ``.safetensors`` or a model file, ``.onnx``.

    Raises
    ------
    ModelError
        If the file cannot be read without running code, holds no tensors, or fills neither the whole network
        nor its whole encoder, so that a training would go on from a scrap of it; if a model file does not
        hold all of the network, as where the exporter rewrote it.
    """
    exported = path.suffix == ".onnx"
    given = read_exported(path, net) if exported else find_state_dict(read_tensor_file(path), path)
    own = {key: value for key, value in net.state_dict().items() if key not in SCALING}
    names = max(_renamings(given, net), key=lambda names: len(_fitting(names, given, own)))
    fitting = _fitting(names, given, own)
    if not fitting:
        raise ModelError(
            f"no tensor of {path} fits the network: the file holds {_first(given)}, the network "
            f"{_first(own)}; give weights of the network that the recipe names"
        )
    report = _report(names, fitting, own, _left_over(names, given, net))
    if exported and (report.missing or report.misshapen):
        raise ModelError(
            f"{path} does not hold all of the network: {report}; take the [model] of its own "
            "recipe, or start from its checkpoint"
        )
    _refuse_scraps(report, given, net, path)
    net.load_state_dict(fitting, strict=False)
    return report


def find_state_dict(content: Any, path: Path) -> State:
    """Go down to the first table that holds tensors.

    Raises
    ------
    ModelError
        If there is none.
    """
    inner = content
    while isinstance(inner, dict):
        tensors = {str(key): value for key, value in inner.items() if isinstance(value, Tensor)}
        if tensors:
            return tensors
        inner = next((inner[nest] for nest in NESTS if nest in inner), None)
    raise ModelError(f"{path} holds no state dict; save one with torch.save(model.state_dict(), path)")


def _renamings(given: State, net: CrackNet) -> Iterator[Names]:
    """Give the file's tensors under all the names that they could have in the network."""
    for wrapper in _wrappers(given):
        for place in _places(net):
            for spell in SPELLINGS:
                yield {
                    f"{place}{spell(key.removeprefix(wrapper))}": key
                    for key in given
                    if key.startswith(wrapper)
                }


def _wrappers(given: State) -> list[str]:
    """Give the prefixes in the file that are made of wrappers' names alone, from none to the longest."""
    found = {""}
    for key in given:
        parts = key.split(".")[:-1]
        count = next((n for n, part in enumerate(parts) if part not in WRAPPERS), len(parts))
        found |= {"".join(f"{part}." for part in parts[:depth]) for depth in range(1, count + 1)}
    return sorted(found, key=len)


def _places(net: CrackNet) -> list[str]:
    """Give the prefixes of the network and its parts with an encoder; timm's are in a ``model`` inside."""
    places = ["", "net."]
    for name, part in net.named_modules():
        if name.split(".")[-1] == "encoder":
            places += [name.removesuffix("encoder"), f"{name}."]
            places += [f"{name}.model."] if hasattr(part, "model") else []
    return list(dict.fromkeys(places))


def _fitting(names: Names, given: State, own: State) -> dict[str, Tensor]:
    return {
        name: given[key] for name, key in names.items() if name in own and given[key].shape == own[name].shape
    }


def _left_over(names: Names, given: State, net: CrackNet) -> list[str]:
    """Give the file's tensors that the network does not know, besides a scaling equal to the network's."""
    known = net.state_dict()
    same = {names[key] for key in SCALING if key in names and torch.equal(given[names[key]], known[key])}
    used = {key for name, key in names.items() if name in known and name not in SCALING}
    return [key for key in given if key not in used | same]


def _report(names: Names, fitting: State, own: State, left_over: list[str]) -> FitReport:
    short = {key: _unwrapped(key) for key in left_over}
    return FitReport(
        fitted=tuple(fitting),
        missing=tuple(name for name in own if name not in names),
        misshapen=tuple(name for name in own if name in names and name not in fitting),
        left_over=tuple(key for key in left_over if not short[key].startswith(HEADS)),
        heads=tuple(key for key in left_over if short[key].startswith(HEADS)),
    )


def _refuse_scraps(report: FitReport, given: State, net: CrackNet, path: Path) -> None:
    """Refuse a file that fills neither the network nor an encoder of it; older files count no batches.

    The names of a shorter ResNet are all in a longer one, whose blocks follow others.
    """
    lacking = {
        name for name in (*report.missing, *report.misshapen) if not name.endswith("num_batches_tracked")
    }
    encoders = [f"{name}." for name, _ in net.named_modules() if name.split(".")[-1] == "encoder"]
    parts = [{name for name in net.state_dict() if name.startswith(encoder)} for encoder in encoders]
    named, own = name_encoder(given), name_encoder(net.state_dict())
    is_longer = "resnet" in named and "resnet" in own and named.split("-")[-1] != own.split("-")[-1]
    if not is_longer and (not lacking or any(not part & lacking for part in parts)):
        return
    total = len(report.fitted) + len(report.missing) + len(report.misshapen)
    counts = f"{path} fits {len(report.fitted)} of {total} tensors of the network"
    if not parts:
        raise ModelError(f"{counts}; expected all: take the [model] of the recipe that they were trained by")
    chosen = f"{named}, which the file looks like" if named else "the one that the file is of"
    fitted = len(parts[0] & set(report.fitted))
    raise ModelError(
        f"{counts} and {fitted} of {len(parts[0])} of its encoder; expected weights of the same encoder: set "
        f"model.encoder to {chosen}"
    )


def _unwrapped(key: str) -> str:
    while key.partition(".")[0] in WRAPPERS:
        key = key.partition(".")[2]
    return key


def _first(names: Mapping[str, Any] | tuple[str, ...]) -> str:
    return ", ".join([*list(names)[:_NAMED], *(["…"] if len(names) > _NAMED else [])])
