"""What can be written about a run, by the name of its format."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from crackwise.inspection.record import InspectionRecord
from crackwise.report.settings import ReportSettings
from crackwise.report.writers.coco import write_coco
from crackwise.report.writers.html import write_html
from crackwise.report.writers.pdf import write_pdf
from crackwise.report.writers.tables import write_tables


@dataclass(frozen=True, slots=True)
class Writer:
    """How a format is written, and its files in the run folder; the first is always written."""

    write: Callable[[Sequence[InspectionRecord], Path, ReportSettings], None]
    files: tuple[str, ...]

    def is_in(self, folder: Path) -> bool:
        """Tell whether an earlier command wrote this format into a run folder."""
        return (folder / self.files[0]).exists()


REPORTS = {
    "html": Writer(write_html, ("report.html",)),
    "pdf": Writer(write_pdf, ("report.pdf",)),
    "csv": Writer(write_tables, ("cracks.csv", "photos.csv", "quantities.csv", "budget.csv")),
    "coco": Writer(write_coco, ("coco.json",)),
}
