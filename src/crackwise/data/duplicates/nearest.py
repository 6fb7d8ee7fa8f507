"""Nearest neighbours of vectors.

OpenCV's own search lets other threads run. A matrix product of this size is 8 times as fast alone, but its
library starts threads of its own, and on a busy machine it was 6 times as slow.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from crackwise.arrays import Floats, Ints


def nearest(queries: Floats, vectors: Floats, count: int) -> tuple[Floats, Ints]:
    """Find the nearest vectors (N, D) of each query (K, D).

    Parameters
    ----------
    queries, vectors
        float32.
    count
        At most N.

    Returns
    -------
    Euclidean distances and numbers of the nearest vectors, (K, count) each, the nearest first.
    """
    if len(queries) == 0:
        return np.zeros((0, count), np.float32), np.zeros((0, count), np.int32)
    distances, numbers = cv2.batchDistance(queries, vectors, cv2.CV_32F, normType=cv2.NORM_L2, K=count)
    return np.asarray(distances, dtype=np.float32), np.asarray(numbers, dtype=np.int32)


def nearest_bits(queries: NDArray[np.uint8], rows: NDArray[np.uint8], count: int) -> tuple[Ints, Ints]:
    """Find the rows (N, D) that differ from each query (K, D) in the fewest bits.

    Returns
    -------
    Numbers of bits and of rows, (K, count) each, the nearest first.
    """
    bits, numbers = cv2.batchDistance(queries, rows, cv2.CV_32S, normType=cv2.NORM_HAMMING, K=count)
    return np.asarray(bits, dtype=np.int32), np.asarray(numbers, dtype=np.int32)
