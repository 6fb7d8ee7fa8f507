"""Metres by class of width, and their cost, checked by hand."""

import numpy as np
import pytest

from crackwise.errors import SettingsError
from crackwise.severity.quantities import (
    BORDERS_MM,
    length_by_width,
    load_prices,
    price,
    price_between,
)

PRICES = """
currency = "EUR"
[[classes]]
name = "seal"
from_mm = 0.2
to_mm = 1
price_per_m = 12.50
[[classes]]
name = "fill"
from_mm = 1
to_mm = 5
price_per_m = 31.99
"""


@pytest.fixture
def prices(tmp_path):
    """Write a price list and load it."""

    def prices(text: str):
        path = tmp_path / "prices.toml"
        path.write_text(text, encoding="utf-8")
        return load_prices(path)

    return prices


def test_length_is_added_up_by_class_and_the_unknown_apart():
    widths_mm = np.array([0.05, 0.1, 0.15, 0.35, 0.4, 7.0, np.nan, 0.39])
    lengths_mm = np.array([1000.0, 200.0, 300.0, 40.0, 50.0, 6000.0, 700.0, 10.0])
    lengths = length_by_width(widths_mm, lengths_mm)
    assert [one.length_m for one in lengths.classes] == pytest.approx(
        [1.0, 0.5, 0.0, 0.05, 0.05, 0.0, 6.0, 0.0]
    )
    assert lengths.unknown_m == pytest.approx(0.7)
    assert lengths.total_m == pytest.approx(8.3)


def test_classes_are_named_with_their_unit():
    lengths = length_by_width(np.array([0.2]), np.array([1.0]), (0.1, 5))
    assert [one.name for one in lengths.classes] == ["below 0.1 mm", "0.1 to 5 mm", "5 mm and more"]


def test_a_width_on_a_border_belongs_to_the_wider_class():
    for number, border in enumerate(BORDERS_MM):
        lengths = length_by_width(np.array([border]), np.array([1000.0]))
        assert lengths.classes[number + 1].length_m == 1.0


def test_cracks_of_no_known_width_are_all_unknown():
    lengths = length_by_width(np.full(3, np.nan), np.full(3, 500.0))
    assert lengths.unknown_m == pytest.approx(1.5)
    assert sum(one.length_m for one in lengths.classes) == 0


@pytest.mark.parametrize("borders", [(0.2, 0.1), (0.1, 0.1), (0.0, 1.0), (-1.0,), (0.1, np.inf), (np.nan,)])
def test_borders_that_do_not_rise_are_refused(borders):
    with pytest.raises(SettingsError, match="do not rise from above 0"):
        length_by_width(np.array([0.2]), np.array([1.0]), borders)


def test_widths_and_lengths_of_different_points_are_refused():
    with pytest.raises(SettingsError, match=r"\(2,\).*\(3,\)"):
        length_by_width(np.ones(2), np.ones(3))


def test_a_budget_prices_each_class_and_lists_what_it_leaves_out(prices):
    widths_mm = np.array([0.1, 0.2, 0.999, 1.0, 4.9, 5.0, np.nan])
    lengths_mm = np.array([100.0, 2000.0, 336.0, 1000.0, 24.0, 40.0, 70.0])
    budget = price(widths_mm, lengths_mm, prices(PRICES))
    seal, fill = budget.rows
    assert (seal.name, seal.length_m, seal.price_per_m, seal.cost) == ("seal", 2.34, 12.5, 29.25)
    # 1.02 m × 31.99 = 32.6298
    assert (fill.name, fill.length_m, fill.price_per_m, fill.cost) == ("fill", 1.02, 31.99, 32.63)
    assert (budget.currency, budget.total) == ("EUR", 61.88)
    assert (budget.unpriced_m, budget.unknown_m) == (0.14, 0.07)


def test_every_row_can_be_worked_out_again_from_what_it_shows(prices):
    random = np.random.default_rng(3)
    budget = price(random.uniform(0, 7, 500), random.uniform(0, 9, 500), prices(PRICES))
    for row in budget.rows:
        assert row.cost == pytest.approx(row.length_m * row.price_per_m, abs=0.005001)
    assert budget.total == pytest.approx(sum(row.cost for row in budget.rows))
    assert "0.01" in budget.rounding


def test_a_budget_lies_between_the_cases_that_may_be(prices):
    length_mm = np.array([1000.0, 2000.0])
    cases = [(np.array(widths_mm), length_mm) for widths_mm in ([0.5, 1.2], [0.1, 0.9], [0.9, 1.8])]
    cases[1] = (cases[1][0], length_mm / 2)
    budget = price_between(cases, prices(PRICES))
    seal, fill = budget.rows
    # as measured 1 m and 2 m; at the low end only 1 m, in the class below; at the high end as measured
    assert (seal.length_m, seal.length_range_m, seal.cost_range) == (1.0, (1.0, 1.0), (12.5, 12.5))
    assert (fill.length_m, fill.length_range_m, fill.cost_range) == (2.0, (0.0, 2.0), (0.0, 63.98))
    assert (budget.total, budget.total_range) == (76.48, (12.5, 76.48))


def test_half_a_cent_is_rounded_up(prices):
    one_price = 'currency = "EUR"\n[[classes]]\nname = "all"\nfrom_mm = 0\nprice_per_m = 0.5\n'
    budget = price(np.array([0.3]), np.array([10.0]), prices(one_price))
    assert budget.rows[0].length_m == 0.01
    assert budget.total == 0.01


def test_one_open_class_prices_every_known_width(prices):
    one_price = 'currency = "EUR"\n[[classes]]\nname = "all"\nfrom_mm = 0\nprice_per_m = 2\n'
    budget = price(np.array([0.01, 90.0, np.nan]), np.array([1000.0, 2000.0, 4000.0]), prices(one_price))
    assert (budget.total, budget.unpriced_m, budget.unknown_m) == (6.0, 0.0, 4.0)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("from_mm = 1\n", "from_mm = 0.8\n", "seal (to 1 mm) and fill (from 0.8 mm) overlap"),
        ("from_mm = 1\n", "from_mm = 1.5\n", "seal (to 1 mm) and fill (from 1.5 mm) leave a gap"),
        ("to_mm = 1\n", "", "seal has no to_mm but fill follows it"),
        ("to_mm = 5\n", "to_mm = 0.5\n", "fill ends at 0.5 mm, not above its start at 1 mm"),
        ("31.99", "-3", "classes.1.price_per_m: input should be greater than or equal to 0, got -3"),
        ("31.99", "nan", "classes.1.price_per_m: input should be a finite number"),
        ("price_per_m = 31.99", "price = 31.99", "classes.1.price_per_m is missing; add it"),
        ("currency", "curency", "currency is missing"),
        ("from_mm = 1\n", "from_mm = 1\nfrom_m = 2\n", "unknown key classes.1.from_m; did you mean from_mm"),
        ('currency = "EUR"', 'currency = ""', "currency: string should have at least 1 character"),
    ],
)
def test_a_fault_in_a_price_list_is_named(prices, old, new, words):
    with pytest.raises(SettingsError) as caught:
        prices(PRICES.replace(old, new))
    assert words in str(caught.value)
    assert "prices.toml" in str(caught.value)


def test_a_price_list_that_is_not_there_is_said(tmp_path):
    with pytest.raises(SettingsError, match="cannot be read: No such file"):
        load_prices(tmp_path / "none.toml")
