"""What a report says about the run besides its records."""

from dataclasses import dataclass

from crackwise.crack.measurements import CrackMeasurement
from crackwise.inspection.card import ModelCard
from crackwise.inspection.record import InspectionRecord
from crackwise.report.code_choice import CodeChoice
from crackwise.report.figures import Statistic
from crackwise.severity.quantities import PriceList
from crackwise.severity.verdict import Verdict


@dataclass(frozen=True, slots=True)
class ReportSettings:
    """Title page and context of a run.

    Parameters
    ----------
    title, project, inspector
        As the user gave them; empty when not given.
    created
        ISO 8601 date or time.
    failures
        Photos that could not be inspected with the reason: (photo, reason).
    card
        Card of the model; None when masks were measured without a model.
    options
        Options of the run as (name, value), shown in this order.
    choice
        The code to judge by; None judges nothing.
    is_axis_stated
        Whether somebody said which way the road or beam runs in the photos of the run.
    prices
        The user's unit prices; None makes no budget.
    """

    title: str = "Crack inspection"
    project: str = ""
    inspector: str = ""
    created: str = ""
    failures: tuple[tuple[str, str], ...] = ()
    card: ModelCard | None = None
    options: tuple[tuple[str, str], ...] = ()
    choice: CodeChoice | None = None
    is_axis_stated: bool = False
    prices: PriceList | None = None

    @property
    def heading(self) -> str:
        """The title, or what stands for one that was taken away."""
        return self.title or "Crack inspection"

    def knows_axis_of(self, record: InspectionRecord) -> bool:
        """Whether somebody said which way road or beam runs in a photo: an axis other than 0 was given."""
        return self.is_axis_stated or record.settings.axis_deg != 0

    def lacks_axis_of(self, record: InspectionRecord) -> bool:
        """Whether the code judges by a direction that nobody stated for a photo."""
        return bool(self.choice and self.choice.code.has_directions) and not self.knows_axis_of(record)

    def verdict(self, record: InspectionRecord, crack: CrackMeasurement) -> Verdict | None:
        """Judge a crack of a photo; None without a code."""
        if self.choice is None:
            return None
        return self.choice.verdict(crack, is_axis_stated=self.knows_axis_of(record))

    @property
    def widths(self) -> tuple[Statistic, ...]:
        """Which widths of a crack are shown wherever it is named, that which the code compares first."""
        compared = self.choice.compared if self.choice else "max"
        return ("max", "p95") if compared == "max" else (compared, "max")
