"""Several threads measure, and products of matrices stay in the thread that asks for them."""

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from crackwise.crack.threads import IN_OWN_THREAD, in_threads


def blas_threads() -> set[int]:
    np.ones((2, 2)) @ np.ones((2, 2))
    return {one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"}


@pytest.fixture(autouse=True)
def two_threads():
    with threadpool_limits(2, user_api="blas"):
        if blas_threads() != {2}:
            pytest.skip("the BLAS of this NumPy cannot be told its threads")
        yield


def test_products_of_matrices_stay_in_their_thread_while_anyone_measures():
    with IN_OWN_THREAD:
        with IN_OWN_THREAD:
            assert blas_threads() == {1}
        assert blas_threads() == {1}
    assert blas_threads() == {2}


def test_threads_are_given_back_after_an_error():
    def work(number: int) -> int:
        assert blas_threads() == {1}
        return 1 // number

    with pytest.raises(ZeroDivisionError):
        list(in_threads(work, [1, 0]))
    assert blas_threads() == {2}
    assert list(in_threads(work, [1, 1])) == [1, 1]
