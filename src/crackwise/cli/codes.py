"""``crackwise codes``, and the options by which a report judges and prices, for all that write one."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from crackwise.inspection.runfile import RunFile
    from crackwise.report.code_choice import CodeChoice
    from crackwise.severity.quantities import PriceList

_PANEL = "Report: verdicts and costs; default: as in the run; another choice rebuilds the reports only"
_NONE = "none"

CodeName = Annotated[
    str | None,
    typer.Option(
        "--code",
        rich_help_panel=_PANEL,
        help="Code to judge widths by: see crackwise codes; a TOML file; or none.",
    ),
]
Exposure = Annotated[
    str | None, typer.Option(rich_help_panel=_PANEL, help="Exposure class of the code, such as XC3.")
]
Prices = Annotated[
    Path | None,
    typer.Option(rich_help_panel=_PANEL, help="TOML file with prices per metre, for a budget; or none."),
]


@dataclass(frozen=True, slots=True)
class CodeOptions:
    """What the options say, read and checked."""

    choice: "CodeChoice | None" = None
    prices: "PriceList | None" = None

    @classmethod
    def of(
        cls, code: str | None, exposure: str | None, prices: Path | None, run: "RunFile | None" = None
    ) -> "CodeOptions":
        """Read code and prices, and take over from a run what the options leave open.

        Raises
        ------
        SettingsError
            If one of them is not known or cannot be read.
        """
        from crackwise.report.code_choice import CodeChoice
        from crackwise.severity.quantities import load_prices

        if prices == Path(_NONE):
            chosen_prices = None
        else:
            chosen_prices = load_prices(prices) if prices else run.prices if run else None
        if code == _NONE:
            return cls(CodeChoice.load(None, exposure), chosen_prices)
        if code is None and run and run.code:
            return cls(CodeChoice.of(run.code, exposure or run.exposure), chosen_prices)
        return cls(CodeChoice.load(code, exposure), chosen_prices)

    def kept_in(self, run: "RunFile", axis_deg: float | None) -> "RunFile":
        """Keep code and prices with a run for its reports, and whether somebody stated its axis."""
        code, exposure = (self.choice.code, self.choice.exposure) if self.choice else (None, None)
        is_axis_stated = run.knows_directions or axis_deg == run.settings.axis_deg
        kept = {"code": code, "exposure": exposure, "is_axis_stated": is_axis_stated, "prices": self.prices}
        return run.model_copy(update=kept)


def codes() -> None:
    """List the codes that come with the package, with their exposure classes."""
    from rich.console import Console
    from rich.table import Table

    from crackwise.severity.code import load_code, shipped_codes

    table = Table("--code", "what it is", "--exposure")
    for name in shipped_codes():
        code = load_code(name)
        table.add_row(name, f"{code.title}; {code.clause}", ", ".join(code.exposures) or "none")
    Console().print(table)
