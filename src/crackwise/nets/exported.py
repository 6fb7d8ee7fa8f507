"""Take weights back out of a model file, so that a training can go on where only the exported model is left.

The exporter folds a batch norm into the convolution before it: y = γ/√(σ²+ε) · (Wx − μ) + β becomes
y = W'x + b'. W' and b' come back exactly; γ, β, μ and σ² are gone, and any that give the same line do for
predictions. Training needs those whose μ and σ² are the statistics of photos, as a batch norm takes them from
each batch then: :func:`measure_norms` finds them.
"""

from collections.abc import Iterable
from pathlib import Path

import onnx
import torch
from google.protobuf.message import DecodeError
from onnx import numpy_helper
from torch import Tensor, nn

from crackwise.errors import ModelError
from crackwise.inspection.model import read_model

_WRAPPER = "net."  # the network's name inside what is exported
_HALVED = "_fp16"  # what storing weights as fp16 puts behind their names


def read_exported(path: Path, net: nn.Module) -> dict[str, Tensor]:
    """Give the tensors of a model file under the names that they have in a network.

    Parameters
    ----------
    path
        ``.onnx``, as ``crackwise export`` or a training wrote it.
    net
        Takes (N, 3, H, W); which batch norm follows which convolution is seen by running it once.

    Returns
    -------
    State dict, float32. A batch norm that was folded stands as one that adds b' and changes nothing else.

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
        raise ModelError(
            f"{path} computes in int8; start from the model or the checkpoint that it was made of"
        )
    stored = {tensor.name.removesuffix(_HALVED): _values(tensor) for tensor in graph.initializer}
    named = {
        name.removeprefix(_WRAPPER): value for name, value in stored.items() if name.startswith(_WRAPPER)
    }
    shifts = {
        node.input[1].removeprefix(_WRAPPER).removesuffix(".weight"): stored.get("".join(node.input[2:]))
        for node in graph.node
        if node.op_type in {"Conv", "ConvTranspose"}
    }
    known = net.state_dict().keys()
    return {name: value for name, value in named.items() if name in known} | _with_norms(shifts, net)


def _values(tensor: onnx.TensorProto) -> Tensor:
    return torch.from_numpy(numpy_helper.to_array(tensor).copy()).float()


def _with_norms(shifts: dict[str, Tensor | None], net: nn.Module) -> dict[str, Tensor]:
    """Give what each convolution adds as its own bias, or as the shift of the batch norm that it took up.

    None stands for a convolution that adds nothing; the exporter drops biases of 0.
    """
    norm_after = _norm_after(net)
    norms = {name: part for name, part in net.named_modules() if isinstance(part, nn.BatchNorm2d)}
    state = {f"{norm}.num_batches_tracked": torch.tensor(0) for norm in norm_after.values()}
    for convolution, shift in shifts.items():
        norm = norm_after.get(convolution)
        if norm is None:
            state |= _bias_of(convolution, shift, net)
            continue
        if shift is None:
            continue
        state[f"{norm}.weight"] = torch.ones_like(shift)
        state[f"{norm}.bias"] = shift
        state[f"{norm}.running_mean"] = torch.zeros_like(shift)
        state[f"{norm}.running_var"] = torch.full_like(shift, 1 - norms[norm].eps)
    return state


def _bias_of(convolution: str, shift: Tensor | None, net: nn.Module) -> dict[str, Tensor]:
    bias = net.state_dict().get(f"{convolution}.bias")
    if bias is None:
        return {}
    return {f"{convolution}.bias": torch.zeros_like(bias) if shift is None else shift}


def _norm_after(net: nn.Module) -> dict[str, str]:
    """Name the batch norm that takes what a convolution gives, by the name of the convolution."""
    gave: dict[int, tuple[str, Tensor]] = {}  # the tensor is kept so that its id stays its own
    found: dict[str, str] = {}

    def note_output(name: str, given: Tensor) -> None:
        gave[id(given)] = (name, given)

    def note_input(name: str, taken: Tensor) -> None:
        if id(taken) in gave:
            found[gave[id(taken)][0]] = name

    hooks = []
    for name, part in net.named_modules():
        if isinstance(part, nn.Conv2d | nn.ConvTranspose2d):
            hooks.append(part.register_forward_hook(lambda _m, _x, y, name=name: note_output(name, y)))
        elif isinstance(part, nn.BatchNorm2d):
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
    norms = [part for part in net.modules() if isinstance(part, nn.BatchNorm2d)]
    sums = [torch.zeros(2, norm.num_features, dtype=torch.float64) for norm in norms]
    counts = [0] * len(norms)

    def note(place: int, x: Tensor) -> None:
        values = x.detach().to(torch.float64)
        sums[place] += torch.stack([values.sum(dim=(0, 2, 3)), values.square().sum(dim=(0, 2, 3))]).cpu()
        counts[place] += x.numel() // x.shape[1]

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
def _move(norm: nn.BatchNorm2d, mean: Tensor, variance: Tensor) -> None:
    """Change the statistics of a batch norm and neither slope nor shift of the line that it computes."""
    old_mean, old_variance = norm.running_mean.double(), norm.running_var.double()  # type: ignore[union-attr]
    slope = norm.weight.double() / (old_variance + norm.eps).sqrt()
    shift = norm.bias.double() - old_mean * slope
    norm.running_mean.copy_(mean)  # type: ignore[union-attr]
    norm.running_var.copy_(variance)  # type: ignore[union-attr]
    norm.weight.copy_(slope * (variance + norm.eps).sqrt())
    norm.bias.copy_(shift + slope * mean)


@torch.no_grad()
def _run(net: nn.Module, batches: Iterable[Tensor]) -> None:
    was_training = net.training
    net.eval()
    for batch in batches:
        net(batch)
    net.train(was_training)
