"""How near generated photos are to real ones, on features that can be reckoned by hand."""

import math

import numpy as np
import pytest

from crackwise.errors import DataError
from crackwise.score.generated import (
    frechet_distance,
    judge_realism,
    kernel_distance,
    kernel_distances,
    moments,
    nearest_of,
    precision_recall,
    realism_json,
)


class TestFrechetDistance:
    def test_equal_distributions_are_no_distance_apart(self):
        mean, covariance = np.array([1.0, 2.0]), np.array([[2.0, 0.5], [0.5, 1.0]])
        assert frechet_distance(mean, covariance, mean, covariance) == pytest.approx(0, abs=1e-12)

    def test_of_two_normal_distributions_on_a_line(self):
        """(3 - 0)² + (5 - 2)², the difference of the standard deviations squared."""
        found = frechet_distance(np.array([3.0]), np.array([[25.0]]), np.array([0.0]), np.array([[4.0]]))
        assert found == pytest.approx(9 + 9)

    def test_of_diagonal_covariances_is_the_sum_over_the_axes(self):
        one, other = np.diag([1.0, 16.0]), np.diag([9.0, 4.0])
        found = frechet_distance(np.array([0.0, 1.0]), one, np.array([2.0, 1.0]), other)
        assert found == pytest.approx(4 + (1 - 3) ** 2 + (4 - 2) ** 2)

    def test_of_a_turned_ellipse(self):
        """diag(9, 1) against the same turned by 90° in 45° axes: tr 20 - 2 tr (C D)^½, of 3 I."""
        turn = np.array([[1.0, -1.0], [1.0, 1.0]]) / math.sqrt(2)
        one, other = turn @ np.diag([9.0, 1.0]) @ turn.T, turn @ np.diag([1.0, 9.0]) @ turn.T
        assert frechet_distance(np.zeros(2), one, np.zeros(2), other) == pytest.approx(20 - 12)

    def test_covariances_that_do_not_commute(self):
        """C = diag(4, 1), D = [[2, 1], [1, 2]]: C D has trace 10 and determinant 12, so that the roots of its
        eigenvalues sum to √(10 + 2 √12)."""
        found = frechet_distance(
            np.zeros(2), np.diag([4.0, 1.0]), np.zeros(2), np.array([[2.0, 1.0], [1.0, 2.0]])
        )
        assert found == pytest.approx(5 + 4 - 2 * math.sqrt(10 + 2 * math.sqrt(12)))

    def test_moments_are_mean_and_unbiased_covariance(self):
        mean, covariance = moments(np.array([[0.0, 0.0], [2.0, 4.0]]))
        np.testing.assert_allclose(mean, [1, 2])
        np.testing.assert_allclose(covariance, [[2, 4], [4, 8]])


class TestKernelDistance:
    def test_by_hand_on_a_line(self):
        """Kernel (x y + 1)³: within {0, 1} 1, within {1, 2} 27, across 1, 1, 8, 27, of mean 37 / 4."""
        found = kernel_distance(np.array([[0.0], [1.0]]), np.array([[1.0], [2.0]]))
        assert found == pytest.approx(1 + 27 - 2 * 37 / 4)

    def test_by_brute_force(self):
        rng = np.random.default_rng(0)
        made, true = rng.normal(size=(4, 3)), rng.normal(1, 1, (5, 3))

        def kernel(x, y):
            return (sum(a * b for a, b in zip(x, y)) / 3 + 1) ** 3

        within_made = [kernel(made[i], made[j]) for i in range(4) for j in range(4) if i != j]
        within_true = [kernel(true[i], true[j]) for i in range(5) for j in range(5) if i != j]
        across = [kernel(x, y) for x in made for y in true]
        expected = sum(within_made) / 12 + sum(within_true) / 20 - 2 * sum(across) / 20
        assert kernel_distance(made, true) == pytest.approx(expected)

    def test_subsets_of_all_photos_give_the_distance_of_all(self):
        rng = np.random.default_rng(0)
        made, true = rng.normal(size=(6, 2)), rng.normal(size=(6, 2))
        np.testing.assert_allclose(kernel_distances(made, true, 6, rng), kernel_distance(made, true))

    def test_subsets_differ_and_the_seed_decides(self):
        rng = np.random.default_rng(0)
        made, true = rng.normal(size=(9, 2)), rng.normal(size=(9, 2))
        first, again = (kernel_distances(made, true, 5, np.random.default_rng(4)) for _ in range(2))
        np.testing.assert_array_equal(first, again)
        assert len(np.unique(first)) > 50


class TestPrecisionAndRecall:
    REAL = np.array([[0.0], [1.0], [2.0], [3.0]])
    """Each reaches as far as its nearest other one: 1."""

    def test_photos_within_reach_of_a_real_one_are_precise(self):
        made = np.array([[0.5], [3.9], [4.1], [10.0]])
        assert precision_recall(made, self.REAL, neighbours=1)[0] == 2 / 4

    def test_real_photos_within_reach_of_a_generated_one_are_recalled(self):
        """0.0 and 0.4 reach 0.4 far, 2.9 reaches 2.5 and so covers 1, 2 and 3."""
        made = np.array([[0.0], [0.4], [2.9]])
        assert precision_recall(made, self.REAL, neighbours=1)[1] == 1.0
        assert precision_recall(made[:2], self.REAL, neighbours=1)[1] == 1 / 4

    def test_a_photo_is_not_its_own_neighbour_and_the_third_one_counts(self):
        """0 reaches 3 far, to its third nearest other one; -3 is covered by it alone, -3.1 by none."""
        assert precision_recall(np.array([[-3.0], [-3.1], [50], [60]]), self.REAL)[0] == 1 / 4

    def test_a_collapsed_generator_is_precise_but_recalls_little(self):
        rng = np.random.default_rng(0)
        real = rng.normal(size=(200, 2))
        precision, recall = precision_recall(real[:1] + rng.normal(0, 1e-3, (200, 2)), real)
        assert precision > 0.9
        assert recall < 0.05


class TestRealism:
    def test_nearest_real_photos_are_named_with_their_distance(self):
        numbers, distances = nearest_of(
            np.array([[0.0, 0.0], [9.0, 9.0]]), np.array([[9.0, 8.0], [3.0, 4.0]])
        )
        assert numbers.tolist() == [1, 0]
        assert distances.tolist() == [5, 1]

    def test_copies_of_real_photos_are_told_from_new_ones(self):
        rng = np.random.default_rng(0)
        real = rng.normal(size=(60, 4))
        copied = judge_realism(real + rng.normal(0, 1e-3, real.shape), real)
        new = judge_realism(rng.normal(size=(60, 4)), real)
        assert copied.copies < 0.01
        assert 0.7 < new.copies < 1.5
        assert copied.fid < 0.01 < new.fid

    def test_the_worse_of_two_sets_is_worse_by_every_figure(self):
        rng = np.random.default_rng(0)
        real = rng.normal(size=(100, 3))
        near, far = (judge_realism(rng.normal(shift, 1, (100, 3)), real) for shift in (0.2, 4))
        assert near.fid < far.fid
        assert near.kid < far.kid
        assert near.precision > far.precision
        assert near.recall > far.recall

    def test_the_figures_go_into_json_with_the_numbers_of_photos(self):
        rng = np.random.default_rng(0)
        found = judge_realism(rng.normal(size=(6, 2)), rng.normal(size=(8, 2)))
        content = realism_json({"real": "walls"}, found)
        assert (content["schema_version"], content["task"], content["real"]) == (1, "realism", "walls")
        told = content["scores"]
        assert (told["generated"], told["real"], told["subset_photos"]) == (6, 8, 3)
        assert told["kid_spread"] > 0
        assert all(np.isfinite(value) for value in told.values())

    def test_too_few_photos_are_refused(self):
        with pytest.raises(DataError, match="4 generated and 9 real photos are too few"):
            judge_realism(np.zeros((4, 2)), np.zeros((9, 2)))
