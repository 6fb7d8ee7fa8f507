"""Places mapped from one plane to another by a 3 × 3 matrix."""

import numpy as np

from crackwise.arrays import Floats


def project(homography: Floats, points: Floats) -> Floats:
    """Map points (…, 2) as (x, y) through a homography."""
    mapped = points @ homography[:, :2].T + homography[:, 2]
    return np.asarray(mapped[..., :2] / mapped[..., 2:])


def jacobian(homography: Floats, points: Floats) -> Floats:
    """Give the derivative (…, 2, 2) of a homography at points (…, 2) as (x, y)."""
    mapped = points @ homography[:, :2].T + homography[:, 2]
    x, y, w = (mapped[..., axis, None] for axis in range(3))
    rows = [(homography[axis, :2] - value / w * homography[2, :2]) / w for axis, value in ((0, x), (1, y))]
    return np.stack(rows, axis=-2)
