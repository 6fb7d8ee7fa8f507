"""Which cracks of a run a user strikes out: named one by one, or in a CSV table ``photo, crack, reason``."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from crackwise.crack.measurements import CrackMeasurement
from crackwise.data.usertable import UserTable, content_of
from crackwise.errors import SettingsError

BOX_COLUMNS = ("box_x_px", "box_y_px", "box_width_px", "box_height_px")


@dataclass(frozen=True, slots=True)
class Strike:
    """One crack to be struck out, or put back.

    Parameters
    ----------
    photo
        As ``cracks.csv`` names it, or as :func:`crackwise.inspection.shown.photo_meant` understands it.
    crack
        Its number in the photo.
    reason
        The user's words; empty when none are given.
    box
        Left, top, width and height, px, where a table says them; it then has to be that of the crack.
    where
        Beginning of a message about it, such as ``strikes.csv line 3: ``.
    """

    photo: str
    crack: int
    reason: str = ""
    box: tuple[int, ...] | None = None
    where: str = ""

    def check_place(self, crack: CrackMeasurement) -> None:
        """Refuse a crack that lies elsewhere than the table says: its numbers are those of another run.

        Raises
        ------
        SettingsError
            If the boxes differ.
        """
        box = (crack.left, crack.top, crack.right - crack.left, crack.bottom - crack.top)
        if self.box not in {None, box}:
            raise SettingsError(
                f"{self.where}crack {self.crack} of {self.photo} lies elsewhere than the table says; its "
                "numbers are of another run: look them up in cracks.csv"
            )


def read_strikes(path: Path, usual_reason: str = "") -> tuple[Strike, ...]:
    """Read a table with the columns photo and crack, perhaps reason and the box; others are passed over.

    A ``cracks.csv`` of which some rows were deleted will do, and so does a ``struck.csv``.

    Parameters
    ----------
    path
        CSV in UTF-8, separated by commas, semicolons or tabs.
    usual_reason
        Of the rows that give none.

    Raises
    ------
    SettingsError
        If the file cannot be read, lacks a column, or a row says no number.
    """
    table = UserTable.of(content_of(path), path).stripped()
    columns = set(table.columns)
    if not {"photo", "crack"} <= columns:
        raise SettingsError(
            f"{path} line 1 has the columns {', '.join(sorted(columns)) or 'none'}; "
            "expected photo, crack, reason"
        )
    return tuple(_strikes(path, table, usual_reason))


def _strikes(path: Path, table: UserTable, usual_reason: str) -> Iterator[Strike]:
    for line, cells in table.rows:
        where = f"{path} line {line}: "
        box = tuple(_number(cells[name], name, where) for name in BOX_COLUMNS if cells.get(name))
        yield Strike(
            photo=cells["photo"],
            crack=_number(cells["crack"], "crack", where),
            reason=cells.get("reason") or usual_reason,
            box=box if len(box) == len(BOX_COLUMNS) else None,
            where=where,
        )


def _number(text: str, column: str, where: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise SettingsError(f"{where}{column} is {text!r}; expected a whole number") from error
