"""Take weights back out of a model file, so that a training can go on where only the exported model is left.

The exporter folds most batch norms into the convolution before them: y = γ/√(σ²+ε) · (Wx − μ) + β becomes
y = W'x + b'. W' and b' come back exactly; γ, β, μ and σ² are gone, and any that give the same line do for
predictions. Training needs those whose μ and σ² are the statistics of photos, as a batch norm takes them from
each batch then: :func:`measure_norms` finds them.
"""

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import TypeAlias

import numpy as np
import onnx
import torch
from google.protobuf.message import DecodeError
from onnx import numpy_helper
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.conv import _ConvNd

from crackwise.errors import ModelError
from crackwise.inspection.model import read_model

State: TypeAlias = dict[str, Tensor]

_WRAPPER = "net."  # the network's name inside what is exported
_HALVED = "_fp16"  # what storing weights as fp16 puts behind their names
_FOLDED = ".weight_bias"  # what the exporter calls the shift of a batch norm that it folded


def read_exported(path: Path, net: nn.Module) -> State:
    """Give the tensors of a model file under the names that they have in a network.

    Parameters
    ----------
    path
        ``.onnx``, as ``crackwise export`` or a training wrote it.
    net
        Takes (N, 3, H, W); which batch norm follows which convolution is seen by running it once.

    Returns
    -------
    State dict, float32. A batch norm that was folded stands as one that adds b' and changes nothing else. Not
    all of the network is in it where the exporter renamed or dropped tensors: whoever takes it has to look.

    Raises
    ------
    ModelError
        If the file cannot be read, is no ONNX graph, or computes in int8.
    """
    try:
        graph = onnx.load_from_string(read_model(path)).graph
    except DecodeError as error:
        raise ModelError(f"{path} is no model file ({error}); export it again") from error
    if any(node.op_type == "DequantizeLinear" for node in graph.node):
        raise ModelError(f"{path} computes in int8; start from what it was made of")
    stored = {tensor.name.removesuffix(_HALVED): tensor for tensor in graph.initializer}
    shifts = {
        node.input[1].removeprefix(_WRAPPER).removesuffix(".weight"): stored.get("".join(node.input[2:]))
        for node in graph.node
        if node.op_type in {"Conv", "ConvTranspose"}
    }
    state = {
        name.removeprefix(_WRAPPER): _values(tensor)
        for name, tensor in stored.items()
        if name.startswith(_WRAPPER) and not name.endswith(_FOLDED)
    }
    given = {name: None if tensor is None else _values(tensor) for name, tensor in shifts.items()}
    return state | _with_shifts(given, state.keys(), net)


def _values(tensor: onnx.TensorProto) -> Tensor:
    return torch.from_numpy(numpy_helper.to_array(tensor).astype(np.float32))


def _with_shifts(shifts: Mapping[str, Tensor | None], stored: Collection[str], net: nn.Module) -> State:
    """Give what each convolution adds as its own bias, or as the shift of the batch norm that it took up.

    None stands for a convolution that adds nothing. A batch norm whose statistics are in the file was kept.
    """
    own = net.state_dict()
    norms = {name: part for name, part in net.named_modules() if isinstance(part, _BatchNorm)}
    norm_after = _norm_after(net)
    state = {f"{norm}.num_batches_tracked": torch.tensor(0) for norm in norms}
    for convolution, given in shifts.items():
        norm, bias = norm_after.get(convolution, ""), own.get(f"{convolution}.bias")
        is_folded = norm in norms and f"{norm}.running_mean" not in stored
        if bias is not None:
            adds = torch.zeros_like(bias) if given is None or is_folded else given
            state[f"{convolution}.bias"] = adds
        if is_folded:
            shift = torch.zeros_like(own[f"{norm}.running_mean"]) if given is None else given
            state[f"{norm}.weight"] = torch.ones_like(shift)
            state[f"{norm}.bias"] = shift
            state[f"{norm}.running_mean"] = torch.zeros_like(shift)
            state[f"{norm}.running_var"] = torch.full_like(shift, 1 - norms[norm].eps)
    return state


def _norm_after(net: nn.Module) -> dict[str, str]:
    """Name the batch norm that takes what a convolution gives as it is, by the name of the convolution."""
    gave: dict[int, tuple[str, Tensor, int]] = {}  # the tensor is kept so that its id stays its own
    found: dict[str, str] = {}

    def note_output(name: str, given: Tensor) -> None:
        gave[id(given)] = (name, given, given._version)

    def note_input(name: str, taken: Tensor) -> None:
        convolution, _, version = gave.get(id(taken), ("", taken, -1))
        if taken._version == version:  # else it was changed in place
            found[convolution] = name

    hooks = []
    for name, part in net.named_modules():
        if isinstance(part, _ConvNd):
            hooks.append(part.register_forward_hook(lambda _m, _x, y, name=name: note_output(name, y)))
        elif isinstance(part, _BatchNorm):
            hooks.append(part.register_forward_pre_hook(lambda _m, x, name=name: note_input(name, x[0])))
    _run(net, [torch.zeros(1, 3, 256, 256)])
    for hook in hooks:
        hook.remove()
    return found


def measure_norms(net: nn.Module, batches: Iterable[Tensor]) -> None:
    """Give every batch norm the statistics of photos, and keep what it computes in evaluation.

    In training mode, where a batch's own statistics take their place, the network then says about the same.

    Parameters
    ----------
    net
        Changed in place.
    batches
        (N, 3, H, W) each, as in training.
    """
    norms = [part for part in net.modules() if isinstance(part, _BatchNorm)]
    sums = [torch.zeros(2, norm.num_features, dtype=torch.float64) for norm in norms]
    counts = [0] * len(norms)

    def note(place: int, x: Tensor) -> None:
        values = x.detach().transpose(0, 1).flatten(1).double()  # (channels, all the rest)
        sums[place] += torch.stack([values.sum(dim=1), values.square().sum(dim=1)])
        counts[place] += values.shape[1]

    hooks = [
        norm.register_forward_pre_hook(lambda _m, x, place=place: note(place, x[0]))
        for place, norm in enumerate(norms)
    ]
    _run(net, batches)
    for hook in hooks:
        hook.remove()
    for norm, (total, squares), count in zip(norms, sums, counts):
        if count:
            mean = total / count
            _move(norm, mean, (squares / count - mean.square()).clamp_min(0))


@torch.no_grad()
def _move(norm: _BatchNorm, mean: Tensor, variance: Tensor) -> None:
    """Change the statistics of a batch norm and neither slope nor shift of the line that it computes."""
    assert norm.running_mean is not None
    assert norm.running_var is not None
    slope = norm.weight.double() / (norm.running_var.double() + norm.eps).sqrt()
    shift = norm.bias.double() - norm.running_mean.double() * slope
    norm.running_mean.copy_(mean)
    norm.running_var.copy_(variance)
    norm.weight.copy_(slope * (variance + norm.eps).sqrt())
    norm.bias.copy_(shift + slope * mean)


@torch.no_grad()
def _run(net: nn.Module, batches: Iterable[Tensor]) -> None:
    was_training = net.training
    net.eval()
    for batch in batches:
        net(batch)
    net.train(was_training)
