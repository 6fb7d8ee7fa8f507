"""The code that a report judges by, and its verdict on each crack."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Self

from crackwise.crack.measurements import CrackMeasurement
from crackwise.errors import SettingsError
from crackwise.report.figures import Statistic as WidthFigure
from crackwise.severity.code import Code, Grade, Limit, Statistic, load_code
from crackwise.severity.verdict import Verdict, judge
from crackwise.severity.widths import CrackWidths

_COMPARED = {
    "mean": "the mean width",
    "characteristic": "the characteristic width (95th percentile along the crack)",
    "maximum": "the maximum width",
}


@dataclass(frozen=True, slots=True)
class Border:
    """A width that a profile plot marks: a limit, or where a class of the code begins."""

    width_mm: float
    name: str


@dataclass(frozen=True, slots=True)
class CodeChoice:
    """A code with the exposure class to judge by; None for codes that have no such classes.

    Where nobody said which way the road or beam runs in a photo, the kinds of its cracks hold for rows of the
    photo only, and the code is told no direction.
    """

    code: Code
    exposure: str | None = None

    @classmethod
    def load(cls, name_or_path: str | None, exposure: str | None) -> Self | None:
        """Read what the user asked for; None when that is nothing.

        Raises
        ------
        SettingsError
            If the code or its exposure class is not known, or a class is given without a code.
        """
        if name_or_path is None:
            if exposure is not None:
                raise SettingsError(f"--exposure {exposure} does nothing without --code; add --code en1992")
            return None
        return cls.of(load_code(name_or_path), exposure)

    @classmethod
    def of(cls, code: Code, exposure: str | None) -> Self:
        """Choose an exposure class of a code.

        Raises
        ------
        SettingsError
            If the code has no such class, or none is given for one that has classes.
        """
        code.limit_for(exposure)
        return cls(code, exposure)

    @property
    def limit(self) -> Limit | None:
        """The limit that holds; None for grades."""
        return self.code.limit_for(self.exposure)

    @property
    def compared(self) -> WidthFigure:
        """The name in tables of the width that the code compares."""
        names: dict[Statistic, WidthFigure] = {"mean": "mean", "characteristic": "p95", "maximum": "max"}
        return names[self.code.statistic]

    @property
    def caveat(self) -> str:
        """What has to be said beside every verdict."""
        return judge(self.code, self.exposure, CrackWidths()).caveat

    def verdict(self, crack: CrackMeasurement, *, is_axis_stated: bool) -> Verdict:
        """Judge one crack of a photo."""
        widths = CrackWidths.of(crack, crack.finer_than_mm)
        return judge(self.code, self.exposure, widths if is_axis_stated else widths.undirected())

    def short_reason(self, verdict: Verdict) -> str:
        """The reason without the reference, which stands above the table once."""
        return verdict.reason.removesuffix(f" ({self.code.reference})")

    def described(self, are_axes_stated: Collection[bool]) -> tuple[tuple[str, str], ...]:
        """Say what is compared with what, as (name, text), where some photos have a stated axis, or all."""
        code, limit = self.code, self.limit
        where = code.clause if code.edition in code.title else code.reference
        facts = [("Code", f"{code.title}; {where}"), ("Nature", code.nature)]
        if limit is not None:
            bound = "decompression" if limit.limit_mm is None else f"{limit.limit_mm:g} mm"
            facts.append(("Exposure", f"{self.exposure}: {limit.description}"))
            facts.append(("Limit", f"{bound}, {limit.combination}"))
        for table in code.grades:
            kind = "" if table.direction == "any" else f" ({table.direction} cracks)"
            facts.append((f"Classes{kind}", ", ".join(_grade_text(table.classes))))
        if code.has_directions and False in are_axes_stated:
            where = " where" if True in are_axes_stated else ", as"
            facts.append(("Direction of cracks", f"not known{where} --axis was not given"))
        facts.append(("Compared", f"{_COMPARED[code.statistic]}: {code.statistic_reason}"))
        return tuple(facts)

    def borders(self, kind: str, *, is_axis_stated: bool) -> tuple[Border, ...]:
        """Widths to mark for a crack of some kind: the limit, or the borders of the classes that may hold."""
        limit = self.limit
        if limit is not None:
            return () if limit.limit_mm is None else (Border(limit.limit_mm, "limit"),)
        if kind in self.code.not_for:
            return ()
        known = ("any", kind) if is_axis_stated else ("any",)
        tables = [table for table in self.code.grades if table.direction in known]
        found = {
            finer.border_mm: Border(finer.border_mm, wider.name)
            for table in tables or self.code.grades
            for finer, wider in zip(table.classes, table.classes[1:])
            if finer.border_mm is not None
        }
        return tuple(found[width_mm] for width_mm in sorted(found))

    def widths_mm(self) -> tuple[float, ...]:
        """All limits or class borders of the code, rising."""
        limits = [limit.limit_mm for limit in self.code.limits]
        borders = [grade.border_mm for table in self.code.grades for grade in table.classes]
        return tuple(sorted({width_mm for width_mm in limits + borders if width_mm is not None}))


def _grade_text(classes: Iterable[Grade]) -> Iterable[str]:
    for grade in classes:
        if grade.below_mm is not None:
            yield f"{grade.name} below {grade.below_mm:g} mm"
        elif grade.up_to_mm is not None:
            yield f"{grade.name} up to {grade.up_to_mm:g} mm"
        else:
            yield f"{grade.name} above"
