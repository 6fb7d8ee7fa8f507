"""Bounds as text still are bounds."""

import pytest

from crackwise.severity.bounds import bound_text, most_text


@pytest.mark.parametrize(
    ("value", "bound", "most"),
    [
        (0.681, "0.69", "0.68"),
        (0.2, "0.2", "0.2"),
        (0.2 + 1e-15, "0.2", "0.2"),
        (9.96, "10", "9.9"),
        (1234.0, "1300", "1200"),
        (0.00214, "0.0022", "0.0021"),
        (0.0, "0", "0"),
    ],
)
def test_two_digits_are_rounded_to_the_safe_side(value, bound, most):
    assert (bound_text(value), most_text(value)) == (bound, most)


@pytest.mark.parametrize(
    ("value", "text"), [(0.122, "0.122"), (0.1221, "0.123"), (0.125, "0.125"), (0.1251, "0.13"), (0.1, "0.1")]
)
def test_a_bound_stays_on_its_side_of_a_border(value, text):
    assert bound_text(value, [0.125, 0.3]) == text
