"""The verdict of a code on one crack: a flag to an engineer, or that this photo cannot tell."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from crackwise.severity.bounds import bound_text
from crackwise.severity.code import Code, GradeTable, Limit, Statistic
from crackwise.severity.widths import CrackWidths, Figure

VerdictKind = Literal["within", "exceeded", "grade", "flag", "undecided"]

NOT_AT_THIS_SCALE = "cannot be decided at this scale"
NOT_WITHOUT_SCALE = "cannot be decided: no scale"
NOT_WITHOUT_DIRECTION = "cannot be decided: direction not known"
NOT_IN_THIS_DIRECTION = "cannot be decided: no class for this direction"
NOT_FOR_PATTERNS = "cannot be decided: not a single crack"
ANY_VISIBLE_CRACK = "flag: any visible crack"

CAVEAT = (
    "a wider crack is a flag to an engineer, not a proof of a fault, and a finer one is no proof of soundness"
)

_FIGURES_ARE = {
    "limit": "limits are for calculated design widths",
    "grades": "classes are for widths as seen in a visual survey",
}

_WORDS: dict[Statistic, str] = {
    "mean": "mean width",
    "characteristic": "characteristic width (95th percentile)",
    "maximum": "maximum width",
}


_DIGITS_MOST = 9
"""Two widths that differ beyond these differ by rounding of the computer only."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a code says of one crack.

    Parameters
    ----------
    code
        Name of the code.
    kind
        For colours and counting.
    outcome
        For a table cell: ``within``, ``exceeded``, ``grade moderate, by width only``,
        ``flag: any visible crack``, ``cannot be decided at this scale`` …
    grade
        Name of the class; None for limits and when it is not decided.
    possible_grades
        Names of the classes that hold a part of the interval; empty for limits.
    limit_mm
        None for grades and decompression.
    statistic
        Which width was compared.
    figure
        That width; None when it is not known.
    reason
        One sentence with numbers, unit and clause.
    caveat
        To be shown beside every verdict.
    """

    code: str
    kind: VerdictKind
    outcome: str
    grade: str | None
    possible_grades: tuple[str, ...]
    limit_mm: float | None
    statistic: Statistic
    figure: Figure | None
    reason: str
    caveat: str


def judge(code: Code, exposure: str | None, widths: CrackWidths) -> Verdict:
    """Compare the widths of one crack with a code.

    Parameters
    ----------
    code
        From `load_code`.
    exposure
        Exposure class for a code with limits; None for one with grades.
    widths
        Of the crack.

    Raises
    ------
    SettingsError
        If the exposure class is missing or not one of the code.
    """
    limit = code.limit_for(exposure)
    finding = _find(code, limit, exposure, widths)
    return Verdict(
        code=code.name,
        kind=finding.kind,
        outcome=finding.outcome,
        grade=finding.grades[0] if finding.kind == "grade" else None,
        possible_grades=finding.grades,
        limit_mm=None if limit is None else limit.limit_mm,
        statistic=code.statistic,
        figure=_figure(code.statistic, widths),
        reason=f"{finding.reason} ({code.reference})",
        caveat=_caveat(code, limit),
    )


@dataclass(frozen=True, slots=True)
class _Finding:
    kind: VerdictKind
    outcome: str
    reason: str
    grades: tuple[str, ...] = ()


def _find(code: Code, limit: Limit | None, exposure: str | None, widths: CrackWidths) -> _Finding:
    if widths.direction in code.not_for:
        text = f"{widths.direction} cracking is rated by its pattern; this clause is for single cracks"
        return _Finding("undecided", NOT_FOR_PATTERNS, text)
    return _by_grades(code, widths) if limit is None else _by_limit(code, limit, str(exposure), widths)


def _by_limit(code: Code, limit: Limit, exposure: str, widths: CrackWidths) -> _Finding:
    name = next(name for name in limit.exposures if name.casefold() == exposure.casefold())
    where = f"for {name}, {limit.combination}"
    if limit.limit_mm is None:
        return _Finding("flag", ANY_VISIBLE_CRACK, f"decompression {where}: no crack is expected at all")
    interval = _interval_mm(code.statistic, widths)
    if interval is None:
        return _unknown(code.statistic, widths)
    (low_mm, high_mm), bound = interval, f"{limit.limit_mm:g} mm {where}"
    text = _width_text(code.statistic, widths, [limit.limit_mm])
    if high_mm <= limit.limit_mm:
        return _Finding("within", "within", f"{text} is within {bound}")
    if low_mm > limit.limit_mm:
        return _Finding("exceeded", "exceeded", f"{text} is above {bound}")
    return _Finding("undecided", NOT_AT_THIS_SCALE, f"{text} may lie on either side of {bound}")


def _by_grades(code: Code, widths: CrackWidths) -> _Finding:
    interval = _interval_mm(code.statistic, widths)
    if interval is None:
        return _unknown(code.statistic, widths)
    tables = [table for table in code.grades if table.direction in ("any", widths.direction)]
    if not tables and len(code.grades) == 1:
        return _of_another_direction(code.grades[0], interval, widths.direction)
    is_direction_known = bool(tables)
    names = _possible_names(tables or list(code.grades), interval)
    by_width = ", by width only" if code.by_width_only else ""
    borders_mm = [grade.border_mm for table in code.grades for grade in table.classes if grade.border_mm]
    text = _width_text(code.statistic, widths, borders_mm)
    if len(names) == 1:
        return _Finding("grade", f"grade {names[0]}{by_width}", f"{text} is {names[0]}{by_width}", names)
    text = f"{text} may be {' or '.join(names)}{by_width}"
    if is_direction_known or all(len(table.possible(*interval)) > 1 for table in code.grades):
        return _Finding("undecided", NOT_AT_THIS_SCALE, text, names)
    if widths.direction is None:
        text += ", depending on its direction, which is not known"
        return _Finding("undecided", NOT_WITHOUT_DIRECTION, text, names)
    directions = " and ".join(table.direction for table in code.grades)
    text += f", as there are classes for {directions} cracks and it is {widths.direction}"
    return _Finding("undecided", NOT_IN_THIS_DIRECTION, text, names)


def _of_another_direction(
    table: GradeTable, interval_mm: tuple[float, float], direction: str | None
) -> _Finding:
    """Say that the only classes are for a direction in which this crack does not, or may not, run."""
    only = f"there are classes for {table.direction} cracks only"
    if direction is not None:
        return _Finding("undecided", NOT_IN_THIS_DIRECTION, f"{only} and it is {direction}")
    text = f"{only} and the direction is not known"
    return _Finding("undecided", NOT_WITHOUT_DIRECTION, text, _possible_names([table], interval_mm))


def _possible_names(tables: list[GradeTable], interval_mm: tuple[float, float]) -> tuple[str, ...]:
    """Names of the possible classes of any table, from fine to wide, each once."""
    grades = [grade for table in tables for grade in table.possible(*interval_mm)]
    order = [grade.name for grade in tables[0].classes]
    names = dict.fromkeys(grade.name for grade in grades)
    return tuple(sorted(names, key=lambda name: order.index(name) if name in order else len(order)))


def _figure(statistic: Statistic, widths: CrackWidths) -> Figure | None:
    figures = {"mean": widths.mean, "characteristic": widths.p95, "maximum": widths.maximum}
    return figures[statistic]


def _interval_mm(statistic: Statistic, widths: CrackWidths) -> tuple[float, float] | None:
    """The 90 % interval of the compared width; all below the bound for a crack too fine to be measured."""
    figure = _figure(statistic, widths)
    if figure is not None:
        return figure.low_mm, figure.high_mm
    if widths.finer_than_mm is not None:
        return 0.0, math.nextafter(widths.finer_than_mm, 0.0)
    return None


def _unknown(statistic: Statistic, widths: CrackWidths) -> _Finding:
    if widths.has_scale:
        text = f"the {_WORDS[statistic]} and its 90 % interval are not known"
        return _Finding("undecided", NOT_AT_THIS_SCALE, text)
    return _Finding("undecided", NOT_WITHOUT_SCALE, "no scale: widths are known in pixels only")


def _width_text(statistic: Statistic, widths: CrackWidths, borders_mm: Sequence[float]) -> str:
    def number(width_mm: float) -> str:
        return _number(width_mm, borders_mm)

    figure = _figure(statistic, widths)
    without = "" if widths.has_scale_error else ", without the error of the scale, which is not stated"
    if figure is None:
        assert widths.finer_than_mm is not None
        bound = f"{bound_text(widths.finer_than_mm, borders_mm)} mm{without}"
        return f"a crack finer than {bound}, too fine to be measured in this photo,"
    interval = f"90 %: {number(figure.low_mm)} to {number(figure.high_mm)} mm{without}"
    return f"{_WORDS[statistic]} {number(figure.value_mm)} mm ({interval})"


def _number(value: float, borders: Sequence[float]) -> str:
    """Write three digits, and more where they would read as a border that the value is not on."""
    text = f"{value:.3g}" if value < 1000 else f"{value:.0f}"
    for digits in range(4, _DIGITS_MOST + 1):
        if float(text) not in borders or value in borders:
            break
        text = f"{value:.{digits}g}"
    return text


def _caveat(code: Code, limit: Limit | None) -> str:
    not_seen = f"a photo does not show: {', '.join(code.not_seen)}" if code.not_seen else ""
    if code.by_width_only:
        not_seen = f"judged by width only, {not_seen or 'which is not all that the code weighs'}"
    notes = [*(limit.notes if limit else ()), *code.notes]
    parts = (f"{code.title}: {code.nature}", _FIGURES_ARE[code.kind], CAVEAT, not_seen, *notes)
    return "; ".join(part for part in parts if part)
