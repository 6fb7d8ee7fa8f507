"""The losses on what a network says from inside, beside its last logits."""

from torch import Tensor

from crackwise.nets.cracknet import Outputs
from crackwise.training.losses.context import Context, Loss


def side_losses(
    loss: Loss, outputs: Outputs, batch: tuple[Tensor, Tensor, Tensor], context: Context
) -> Tensor:
    """Sum the loss over the side logits, and the mean absolute error of the restored photo as a share of 255.

    0 for a network that gives neither.

    Parameters
    ----------
    batch
        Photos (N, 3, H, W) in grey levels, target and weight (N, H, W). All pixels of a photo are known.
    """
    photos, target, weight = batch
    total = outputs.logits.new_zeros((), dtype=target.dtype)
    for side in outputs.sides:
        total = total + loss(side.float(), target, weight, context)
    if outputs.restored is not None:
        total = total + (outputs.restored.float() - photos).abs().mean() / 255
    return total
