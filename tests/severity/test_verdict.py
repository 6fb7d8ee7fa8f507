"""Verdicts: within, exceeded, a class, a flag, and above all when a photo cannot tell."""

import math
from dataclasses import dataclass

import pytest

from crackwise.errors import SettingsError
from crackwise.severity.code import load_code, shipped_codes
from crackwise.severity.verdict import judge
from crackwise.severity.widths import CrackWidths, Figure

UNDECIDED = "cannot be decided at this scale"

ONE_DIRECTION = """
name = "own"
title = "house rule"
edition = "2026"
clause = "1"
nature = "a house rule"
material = "asphalt"
source = "road department"
kind = "grades"
statistic = "mean"
statistic_reason = "the rule says so"
by_width_only = false
not_seen = []

[[grades]]
direction = "longitudinal"
classes = [{ name = "low", below_mm = 3 }, { name = "high" }]
"""


def widths_of(low_mm: float, high_mm: float, direction: str | None = None) -> CrackWidths:
    """Give all three widths one interval."""
    figure = Figure((low_mm + high_mm) / 2, low_mm, high_mm)
    return CrackWidths(figure, figure, figure, direction=direction)


@pytest.mark.parametrize(
    ("code", "exposure", "low_mm", "high_mm", "outcome"),
    [
        ("aci224r", "dry", 0.30, 0.41, "within"),
        ("aci224r", "dry", 0.41, 0.42, UNDECIDED),
        ("aci224r", "dry", 0.4101, 0.50, "exceeded"),
        ("aci224r", "water-retaining", 0.08, 0.12, UNDECIDED),
        ("en1992", "XC1", 0.31, 0.39, "within"),
        ("en1992", "XC3", 0.31, 0.39, "exceeded"),
        ("en1992", "xs1", 0.25, 0.35, UNDECIDED),
        ("en1992", "XC4-bonded", 0.21, 0.29, "exceeded"),
        ("en1992", "XS2-bonded", 0.01, 0.02, "flag: any visible crack"),
        ("fib2020", "XD3", 0.20, 0.29, "within"),
        ("fib2020", "fluid-tight", 0.16, 0.19, "exceeded"),
        ("fib2020", "fluid-tight-self-healing", 0.16, 0.19, "within"),
    ],
)
def test_a_limit_is_compared_with_the_whole_interval(code, exposure, low_mm, high_mm, outcome):
    verdict = judge(load_code(code), exposure, widths_of(low_mm, high_mm))
    assert verdict.outcome == outcome
    assert verdict.grade is None
    assert verdict.possible_grades == ()


@pytest.mark.parametrize(
    ("code", "low_mm", "high_mm", "grades"),
    [
        ("astm_d6433_asphalt", 8.0, 9.9, ("low",)),
        ("astm_d6433_asphalt", 10.0, 75.0, ("medium",)),
        ("astm_d6433_asphalt", 74.0, 76.0, ("medium", "high")),
        ("astm_d6433_concrete", 12.0, 12.9, ("low",)),
        ("astm_d6433_concrete", 13.0, 50.0, ("medium",)),
        ("astm_d6433_concrete", 50.1, 60.0, ("high",)),
        ("ltpp_asphalt", 5.0, 6.0, ("low",)),
        ("ltpp_asphalt", 6.1, 19.0, ("moderate",)),
        ("ltpp_asphalt", 5.0, 20.0, ("low", "moderate", "high")),
        ("burland", 0.05, 0.09, ("0 negligible",)),
        ("burland", 0.1, 1.0, ("1 very slight",)),
        ("burland", 0.9, 1.1, ("1 very slight", "2 slight")),
        ("burland", 25.5, 40.0, ("5 very severe",)),
    ],
)
def test_a_class_is_given_only_when_the_whole_interval_lies_in_it(code, low_mm, high_mm, grades):
    verdict = judge(load_code(code), None, widths_of(low_mm, high_mm))
    assert verdict.possible_grades == grades
    if len(grades) == 1:
        assert (verdict.outcome, verdict.grade) == (f"grade {grades[0]}, by width only", grades[0])
    else:
        assert (verdict.outcome, verdict.grade) == (UNDECIDED, None)
        assert " or ".join(grades) in verdict.reason


@pytest.mark.parametrize(
    ("direction", "low_mm", "high_mm", "outcome"),
    [
        ("longitudinal", 7.0, 8.0, "grade moderate, by width only"),
        ("transverse", 7.0, 8.0, "grade high, by width only"),
        (None, 7.0, 8.0, "cannot be decided: direction not known"),
        ("branched", 7.0, 8.0, "cannot be decided: no class for this direction"),
        ("diagonal", 7.0, 8.0, "cannot be decided: no class for this direction"),
        ("branched", 1.0, 2.0, "grade low, by width only"),
        ("diagonal", 14.0, 20.0, "grade high, by width only"),
        ("diagonal", 2.0, 4.0, UNDECIDED),
        ("transverse", 5.0, 7.0, UNDECIDED),
    ],
)
def test_classes_of_concrete_pavement_depend_on_the_direction(direction, low_mm, high_mm, outcome):
    verdict = judge(load_code("ltpp_concrete"), None, widths_of(low_mm, high_mm, direction))
    assert verdict.outcome == outcome


def test_a_crack_of_a_direction_without_classes_is_told_which_there_are():
    verdict = judge(load_code("ltpp_concrete"), None, widths_of(7.0, 8.0, "diagonal"))
    words = (
        "may be moderate or high, by width only, as there are classes for longitudinal and transverse cracks"
    )
    assert f"{words} and it is diagonal" in verdict.reason


@pytest.mark.parametrize(
    ("direction", "outcome", "grades"),
    [
        ("longitudinal", "grade high", ("high",)),
        ("transverse", "cannot be decided: no class for this direction", ()),
        ("diagonal", "cannot be decided: no class for this direction", ()),
        ("branched", "cannot be decided: no class for this direction", ()),
        (None, "cannot be decided: direction not known", ("high",)),
    ],
)
def test_classes_for_one_direction_only_grade_no_crack_of_another(tmp_path, direction, outcome, grades):
    (tmp_path / "own.toml").write_text(ONE_DIRECTION, encoding="utf-8")
    verdict = judge(load_code(str(tmp_path / "own.toml")), None, widths_of(7.0, 8.0, direction))
    assert (verdict.outcome, verdict.possible_grades) == (outcome, grades)
    if verdict.grade is None:
        assert "there are classes for longitudinal cracks only" in verdict.reason


@pytest.mark.parametrize("name", shipped_codes())
def test_codes_of_pavements_rate_no_map_cracking_as_a_single_crack(name):
    code = load_code(name)
    exposure = code.exposures[0] if code.exposures else None
    verdict = judge(code, exposure, widths_of(1.0, 1.1, "map"))
    if name.startswith(("astm", "ltpp")):
        assert (verdict.kind, verdict.outcome) == ("undecided", "cannot be decided: not a single crack")
        assert "map cracking is rated by its pattern; this clause is for single cracks" in verdict.reason
    else:
        assert verdict == judge(code, exposure, widths_of(1.0, 1.1))


@pytest.mark.parametrize(
    ("code", "exposure", "wide"),
    [("en1992", "XC3", "p95"), ("aci224r", "humid", "maximum"), ("ltpp_asphalt", None, "mean")],
)
def test_the_statistic_of_the_code_decides_and_no_other(code, exposure, wide):
    fine, broad = Figure(0.1, 0.09, 0.11), Figure(30.0, 29.0, 31.0)
    figures = {"mean": fine, "p95": fine, "maximum": fine}
    assert judge(load_code(code), exposure, CrackWidths(**figures)).kind in {"within", "grade"}
    verdict = judge(load_code(code), exposure, CrackWidths(**(figures | {wide: broad})))
    assert verdict.figure == broad
    assert verdict.outcome in {"exceeded", "grade high, by width only"}


@pytest.mark.parametrize(
    ("code", "exposure", "finer_than_mm", "outcome"),
    [
        ("en1992", "XC3", 0.2, "within"),
        ("en1992", "XC3", 0.3, "within"),
        ("en1992", "XC3", 0.31, UNDECIDED),
        ("en1992", "XS1-bonded", 0.2, "flag: any visible crack"),
        ("burland", None, 0.1, "grade 0 negligible, by width only"),
        ("burland", None, 0.11, UNDECIDED),
        ("ltpp_asphalt", None, 2.0, "grade low, by width only"),
    ],
)
def test_a_crack_too_fine_to_measure_is_bounded_from_above(code, exposure, finer_than_mm, outcome):
    verdict = judge(load_code(code), exposure, CrackWidths(finer_than_mm=finer_than_mm))
    assert verdict.outcome == outcome
    assert verdict.figure is None


@pytest.mark.parametrize(
    ("code", "exposure"), [("en1992", "XC3"), ("aci224r", "dry"), ("burland", None), ("ltpp_concrete", None)]
)
def test_without_a_scale_nothing_is_decided(code, exposure):
    verdict = judge(load_code(code), exposure, CrackWidths())
    assert verdict.kind == "undecided"
    assert "no scale: widths are known in pixels only" in verdict.reason


def test_any_visible_crack_is_a_flag_even_without_a_scale():
    assert judge(load_code("en1992"), "XD1-bonded", CrackWidths()).kind == "flag"


def test_a_missing_statistic_is_not_replaced_by_another():
    verdict = judge(load_code("en1992"), "XC3", CrackWidths(mean=Figure(0.1, 0.1, 0.1)))
    assert verdict.outcome == UNDECIDED
    assert "characteristic" in verdict.reason


def test_the_reason_gives_numbers_units_class_combination_and_clause():
    verdict = judge(load_code("en1992"), "xc3", CrackWidths(p95=Figure(0.34, 0.31, 0.37)))
    for words in ("0.34 mm", "0.31 to 0.37 mm", "above 0.3 mm", "XC3", "quasi-permanent", "Table 7.1N"):
        assert words in verdict.reason
    assert verdict.limit_mm == 0.3


@pytest.mark.parametrize(
    ("value_mm", "low_mm", "high_mm", "words"),
    [
        (0.304, 0.3004, 0.308, "0.304 mm (90 %: 0.3004 to 0.308 mm) is above 0.3 mm"),
        (0.2996, 0.29, 0.3004, "0.2996 mm (90 %: 0.29 to 0.3004 mm) may lie on either side of 0.3 mm"),
        (0.2951, 0.29, 0.3, "0.295 mm (90 %: 0.29 to 0.3 mm) is within 0.3 mm"),
        (0.4, 0.30000002, 0.5, "0.4 mm (90 %: 0.30000002 to 0.5 mm) is above 0.3 mm"),
    ],
)
def test_a_width_beside_the_limit_is_not_written_as_the_limit(value_mm, low_mm, high_mm, words):
    verdict = judge(load_code("en1992"), "XC3", CrackWidths(p95=Figure(value_mm, low_mm, high_mm)))
    assert words in verdict.reason


def test_a_width_beside_the_border_of_a_class_is_not_written_as_the_border():
    verdict = judge(load_code("burland"), None, CrackWidths(maximum=Figure(5.5, 5.002, 6.0)))
    assert verdict.grade == "3 moderate"
    assert "5.5 mm (90 %: 5.002 to 6 mm) is 3 moderate" in verdict.reason


@pytest.mark.parametrize(
    ("finer_than_mm", "words"),
    [
        (0.681, "finer than 0.69 mm, too fine to be measured in this photo, may lie on either side"),
        (0.3001, "finer than 0.31 mm, too fine to be measured in this photo, may lie on either side"),
        (0.2931, "finer than 0.3 mm, too fine to be measured in this photo, is within 0.3 mm"),
    ],
)
def test_a_bound_is_rounded_up_as_in_the_table_of_cracks(finer_than_mm, words):
    assert words in judge(load_code("en1992"), "XC3", CrackWidths(finer_than_mm=finer_than_mm)).reason


@pytest.mark.parametrize("name", shipped_codes())
def test_every_verdict_says_that_it_is_a_flag_and_what_is_not_seen(name):
    code = load_code(name)
    verdict = judge(code, code.exposures[0] if code.exposures else None, widths_of(0.2, 0.3))
    assert ("calculated design widths" in verdict.caveat) == (code.kind == "limit")
    assert ("widths as seen in a visual survey" in verdict.caveat) == (code.kind == "grades")
    assert "flag to an engineer" in verdict.caveat
    assert all(what in verdict.caveat for what in code.not_seen)
    assert ("by width only" in verdict.caveat) == code.by_width_only
    assert code.nature in verdict.caveat


def test_the_caveat_has_the_notes_of_the_limit():
    code = load_code("en1992")
    assert "appearance" in judge(code, "XC1", CrackWidths()).caveat
    assert "appearance" not in judge(code, "XC2", CrackWidths()).caveat


@pytest.mark.parametrize("bounds", [(0.3, 0.2), (-0.1, 0.2), (0.1, math.inf), (math.nan, 0.2)])
def test_an_interval_that_is_none_is_refused(bounds):
    with pytest.raises(SettingsError, match="expected finite numbers, low to high"):
        Figure(0.2, *bounds)


@pytest.mark.parametrize("bound_mm", [0.0, -1.0, math.nan, math.inf])
def test_an_upper_bound_that_is_none_is_refused(bound_mm):
    with pytest.raises(SettingsError, match="expected a positive number of mm"):
        CrackWidths(finer_than_mm=bound_mm)


@dataclass(frozen=True)
class Crack:
    """The fields of a measurement that a verdict needs."""

    width_mean_mm: float | None = 0.2
    width_p95_mm: float | None = 0.3
    width_max_mm: float | None = 0.4
    width_mean_range_mm: tuple[float, float] | None = (0.19, 0.21)
    width_p95_range_mm: tuple[float, float] | None = (0.28, 0.32)
    width_max_range_mm: tuple[float, float] | None = None
    is_measurable: bool = True
    kind: str = "transverse"
    length_mm: float | None = 80.0
    length_range_mm: tuple[float, float] | None = (78.0, 82.0)
    tortuosity: float | None = 1.1


def test_widths_are_taken_from_a_measured_crack():
    widths = CrackWidths.of(Crack(), smallest_width_mm=0.1)
    assert widths == CrackWidths(
        Figure(0.2, 0.19, 0.21), Figure(0.3, 0.28, 0.32), direction="transverse", is_scaled=True
    )


def test_a_ring_runs_in_no_direction():
    assert CrackWidths.of(Crack(tortuosity=None), smallest_width_mm=0.1).direction is None
    assert CrackWidths.of(Crack(tortuosity=None, kind="map"), smallest_width_mm=0.1).direction == "map"


def test_a_crack_that_is_not_measurable_has_only_its_bound():
    widths = CrackWidths.of(Crack(is_measurable=False), smallest_width_mm=0.15)
    assert widths == CrackWidths(finer_than_mm=0.15, direction="transverse", is_scaled=True)


@pytest.mark.parametrize("is_measurable", [True, False])
def test_a_verdict_says_that_the_error_of_the_scale_is_not_in_it(is_measurable):
    words = "without the error of the scale, which is not stated"
    for length_range_mm in (None, (78.0, 82.0)):
        crack = Crack(is_measurable=is_measurable, length_range_mm=length_range_mm)
        widths = CrackWidths.of(crack, smallest_width_mm=0.15)
        for exposure in ("XC1", "XC3"):
            verdict = judge(load_code("en1992"), exposure, widths)
            assert (words in verdict.reason) == (length_range_mm is None)
    in_px = Crack(None, None, None, None, None, None, length_mm=None, length_range_mm=None)
    assert words not in judge(load_code("en1992"), "XC3", CrackWidths.of(in_px, None)).reason


def test_a_crack_without_a_scale_has_no_widths():
    crack = Crack(None, None, None, None, None, None, length_mm=None)
    assert not CrackWidths.of(crack, smallest_width_mm=None).has_scale


def test_a_width_without_an_interval_is_no_lack_of_a_scale():
    widths = CrackWidths.of(Crack(0.2, 0.3, 0.4, None, None, None), smallest_width_mm=None)
    verdict = judge(load_code("burland"), None, widths)
    assert verdict.outcome == UNDECIDED
    assert "the maximum width and its 90 % interval are not known" in verdict.reason
