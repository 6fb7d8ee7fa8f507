"""A code: limits or classes of crack width with their clause, as data in ``codes/*.toml``.

Every figure there is one of a published table; what could not be checked is left out.
"""

import re
from importlib import resources
from itertools import pairwise
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from crackwise.errors import SettingsError, suggestion
from crackwise.severity.table import read_table

Statistic = Literal["mean", "characteristic", "maximum"]
"""Which width along a crack is compared; characteristic is its 95th percentile."""


Pattern = Literal["branched", "map"]
"""Forms of a crack that is not single."""

_FROZEN = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Limit(BaseModel):
    """One limit and the exposure classes it is for.

    Parameters
    ----------
    exposures
        Names of the classes, as a user gives them.
    description
        What the classes are.
    combination
        Load combination that the calculated width is for.
    limit_mm
        Largest width that is within; absent exactly when `decompression` is.
    decompression
        No tension is allowed, so that any visible crack is a flag.
    notes
        What else the code says of this limit.
    """

    model_config = _FROZEN

    exposures: tuple[str, ...] = Field(min_length=1)
    description: str
    combination: str
    limit_mm: float | None = Field(default=None, gt=0)
    decompression: bool = False
    notes: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        if (self.limit_mm is None) != self.decompression:
            raise ValueError("a limit has either limit_mm or decompression = true; write one of them")
        return self


class Grade(BaseModel):
    """One class of width: below a border, up to and including it, or (the last one) everything wider."""

    model_config = _FROZEN

    name: str
    description: str = ""
    below_mm: float | None = Field(default=None, gt=0)
    up_to_mm: float | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _has_one_border(self) -> Self:
        if self.below_mm is not None and self.up_to_mm is not None:
            raise ValueError(f"class {self.name} has below_mm and up_to_mm; write one of them")
        return self

    @property
    def border_mm(self) -> float | None:
        """Upper border; None for the widest class."""
        return self.up_to_mm if self.below_mm is None else self.below_mm

    def reaches(self, width_mm: float) -> bool:
        """Whether a width lies below the upper border."""
        if self.below_mm is not None:
            return width_mm < self.below_mm
        return self.up_to_mm is None or width_mm <= self.up_to_mm


class GradeTable(BaseModel):
    """Classes from fine to wide, for cracks of any direction or of one."""

    model_config = _FROZEN

    direction: Literal["any", "longitudinal", "transverse"] = "any"
    classes: tuple[Grade, ...] = Field(min_length=2)

    @model_validator(mode="after")
    def _is_ordered(self) -> Self:
        *bordered, widest = self.classes
        if widest.border_mm is not None:
            raise ValueError(f"the last class, {widest.name}, has a border; leave it out so that it is open")
        for grade in bordered:
            if grade.border_mm is None:
                raise ValueError(f"class {grade.name} has no border; give it below_mm or up_to_mm")
        for finer, wider in pairwise(bordered):
            if (finer.border_mm or 0) >= (wider.border_mm or 0):
                raise ValueError(f"class {wider.name} ends below {finer.name}; order them from fine to wide")
        return self

    def possible(self, low_mm: float, high_mm: float) -> tuple[Grade, ...]:
        """Classes that hold a part of an interval of widths."""
        first = next(i for i, grade in enumerate(self.classes) if grade.reaches(low_mm))
        last = next(i for i, grade in enumerate(self.classes) if grade.reaches(high_mm))
        return self.classes[first : last + 1]


class Code(BaseModel):
    """Limits or classes of crack width, with all that has to be said beside a verdict.

    Parameters
    ----------
    name
        As a user gives it.
    title, edition, clause
        Where the figures stand.
    nature
        What they are, such as "a guide, not an allowable".
    material
        What they are for.
    source
        The publication, for the reader who wants to check.
    kind
        ``limit``, by exposure class, or ``grades``, ordered classes of width.
    statistic, statistic_reason
        Which width along the crack is compared, and why this one.
    by_width_only
        The code also weighs other things, so that its rating cannot be given from a width.
    not_seen
        What a photo does not show and the code asks for.
    notes
        For the reader of a verdict.
    not_for
        Forms of crack that the code rates by another clause.
    absent
        Exposure classes that one may look for and that the table leaves out.
    limits, grades
        The figures; exactly those of `kind`.
    """

    model_config = _FROZEN

    name: str
    title: str
    edition: str
    clause: str
    nature: str
    material: str
    source: str
    kind: Literal["limit", "grades"]
    statistic: Statistic
    statistic_reason: str
    by_width_only: bool
    not_seen: tuple[str, ...]
    notes: tuple[str, ...] = ()
    not_for: tuple[Pattern, ...] = ()
    absent: tuple[str, ...] = ()
    limits: tuple[Limit, ...] = ()
    grades: tuple[GradeTable, ...] = ()

    @model_validator(mode="after")
    def _has_the_figures_of_its_kind(self) -> Self:
        if bool(self.limits) != (self.kind == "limit") or bool(self.grades) != (self.kind == "grades"):
            wanted, other = ("limits", "grades") if self.kind == "limit" else ("grades", "limits")
            raise ValueError(f'kind is "{self.kind}", which needs {wanted} and no {other}')
        return self

    @model_validator(mode="after")
    def _names_nothing_twice(self) -> Self:
        names = [name.casefold() for name in self.exposures]
        directions = [table.direction for table in self.grades]
        twice = [name for name in names + list(directions) if (names + list(directions)).count(name) > 1]
        if twice:
            raise ValueError(f"{twice[0]} is given twice; a width must have one answer")
        if "any" in directions and len(directions) > 1:
            raise ValueError('grades for direction "any" stand beside others; remove one')
        return self

    @property
    def exposures(self) -> tuple[str, ...]:
        """Names of all exposure classes; empty for grades."""
        return tuple(name for limit in self.limits for name in limit.exposures)

    @property
    def has_directions(self) -> bool:
        """Whether the classes depend on the direction of a crack."""
        return any(table.direction != "any" for table in self.grades)

    @property
    def reference(self) -> str:
        """Edition and clause in one phrase."""
        return f"{self.edition}, {self.clause}"

    def limit_for(self, exposure: str | None) -> Limit | None:
        """Find the limit of an exposure class, whatever its case; None for grades, which have no classes.

        Raises
        ------
        SettingsError
            If the class is missing, not known, or given to a code that has none.
        """
        if self.kind == "grades":
            if exposure is not None:
                raise SettingsError(f"code {self.name} has no exposure classes; leave out {exposure!r}")
            return None
        known = ", ".join(self.exposures)
        if exposure is None:
            raise SettingsError(f"code {self.name} needs an exposure class; give one of: {known}")
        for limit in self.limits:
            if exposure.casefold() in {name.casefold() for name in limit.exposures}:
                return limit
        raise SettingsError(
            f"code {self.name} has no exposure class {exposure!r}{self._hint(exposure)} it has: {known}"
        )

    def _hint(self, exposure: str) -> str:
        """Say what is known of a class that there is not; XS3 is no misspelt XD3, but another exposure."""
        absent = [name for name in self.absent if name.casefold() == exposure.casefold()]
        if absent:
            return f": {absent[0]} is not in {self.clause};"
        alike = [name for name in self.exposures if _class(name) == _class(exposure)]
        return suggestion(exposure, alike) or ";"


def shipped_codes() -> dict[str, Path]:
    """List the codes that come with the package, by name."""
    folder = Path(str(resources.files("crackwise") / "severity" / "codes"))
    return {path.stem: path for path in sorted(folder.glob("*.toml"))}


def _class(exposure: str) -> str | None:
    """Letters and number that a name such as ``XC2-bonded`` begins with; None for a name in words."""
    match = re.match(r"[a-z]+[0-9]+", exposure.strip().casefold())
    return match and match[0]


def load_code(name_or_path: str) -> Code:
    """Read a shipped code by name, or a table of the user's own by path.

    Parameters
    ----------
    name_or_path
        ``en1992`` or ``my/limits.toml``.

    Raises
    ------
    SettingsError
        If there is no such code, or a key or value of it is not possible.
    """
    shipped = shipped_codes()
    path = shipped.get(name_or_path, Path(name_or_path))
    if not path.is_file():
        hint = suggestion(name_or_path, shipped)
        raise SettingsError(
            f"there is no code {name_or_path!r}{hint or ';'} give a TOML file or one of: {', '.join(shipped)}"
        )
    return read_table(path, Code)
