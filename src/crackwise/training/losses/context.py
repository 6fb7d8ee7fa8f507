"""What a loss may know beside a batch: the data as a whole, and how far the training has come."""

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from crackwise.errors import DataError


@dataclass(frozen=True, slots=True)
class Context:
    """What changes from step to step or set to set, but not from batch to batch.

    Parameters
    ----------
    crack_share
        Share of the known pixels of the training set that are crack, between 0 and 1, both excluded; None
        where the loss does not ask (``COUNTING``).
    progress
        Epochs done of all epochs, [0, 1]: 0 in the first epoch.
    """

    crack_share: float | None = None
    progress: float = 0.0

    def __post_init__(self) -> None:
        if self.crack_share is not None and not 0 < self.crack_share < 1:
            raise DataError(
                f"{100 * self.crack_share:.0f} % of the known training pixels are crack; expected some of "
                "both kinds: add photos, or choose a train.loss that does not weigh by frequency"
            )
        assert 0 <= self.progress <= 1, self.progress

    @property
    def class_weights(self) -> tuple[float, float]:
        """Give the weights of (sound, crack) pixels, 1 / (2 · share); their mean over the set is 1."""
        assert self.crack_share is not None, "a loss in COUNTING needs the share"
        return 0.5 / (1 - self.crack_share), 0.5 / self.crack_share


Loss = Callable[[Tensor, Tensor, Tensor, Context], Tensor]
"""(logits, target, weight, context) → scalar; see the package."""
