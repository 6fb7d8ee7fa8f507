"""What can be written about a run, by the name of its format."""

from collections.abc import Callable, Sequence
from pathlib import Path

from crackwise.inspection.record import InspectionRecord
from crackwise.report.settings import ReportSettings
from crackwise.report.writers.coco import write_coco
from crackwise.report.writers.html import write_html
from crackwise.report.writers.pdf import write_pdf
from crackwise.report.writers.tables import write_tables

REPORTS: dict[str, Callable[[Sequence[InspectionRecord], Path, ReportSettings], None]] = {
    "html": write_html,
    "pdf": write_pdf,
    "csv": write_tables,
    "coco": write_coco,
}
