"""The temperature that makes the probabilities of a classifier mean what they say.

Guo, Pleiss, Sun and Weinberger, "On calibration of modern neural networks", 2017: logits are divided by one
number, which changes no ranking.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

LIMITS = (0.25, 10.0)


def best_temperature(margins: NDArray[np.float64], cracked: NDArray[np.bool_]) -> float:
    """Choose the temperature with the lowest cross-entropy on validation tiles.

    Where no tile is on the wrong side, the loss falls with the temperature for ever: such tiles cannot tell
    how sure to be, and the probabilities are made no sharper than they are.

    Parameters
    ----------
    margins
        (N,) logit of crack minus that of no crack.
    cracked
        (N,) the truth.
    """
    least, most = LIMITS
    low, high = np.log((1.0 if is_without_mistake(margins, cracked) else least, most))
    found = minimize_scalar(
        lambda log: cross_entropy(margins / np.exp(log), cracked), bounds=(low, high), method="bounded"
    )
    return round(float(np.exp(found.x)), 4)


def is_without_mistake(margins: NDArray[np.float64], cracked: NDArray[np.bool_]) -> bool:
    """Tell whether no margin is on the wrong side of 0, (N,) each; dividing moves none to the other side."""
    return bool((np.where(cracked, margins, -margins) >= 0).all())


def cross_entropy(margins: NDArray[np.float64], cracked: NDArray[np.bool_]) -> float:
    """Give the mean of -log p(truth)."""
    return float(np.logaddexp(0, np.where(cracked, -margins, margins)).mean())


def probability_of(margins: NDArray[np.float64], temperature: float) -> NDArray[np.float32]:
    """Give the probability of a crack, (N,)."""
    return np.asarray(1 / (1 + np.exp(-np.clip(margins / temperature, -80, 80))), np.float32)
