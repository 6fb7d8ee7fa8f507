"""What is noticed about a set, on the terminal: by kind, the first of each by name, the others counted."""

from collections.abc import Sequence

import typer

from crackwise.data.finding import LEVELS, Finding, at_least

SHOWN = 5


def print_findings(findings: Sequence[Finding]) -> None:
    """List findings, the serious ones first."""
    kinds = sorted({(-LEVELS.index(finding.level), finding.kind) for finding in findings})
    for order, kind in kinds:
        level = LEVELS[-order]
        these = [finding for finding in findings if finding.kind == kind and finding.level == level]
        typer.echo(f"{level}: {kind} ({len(these)})")
        for finding in these[:SHOWN]:
            typer.echo(f"  {finding}")
        if len(these) > SHOWN:
            typer.echo(f"  … and {len(these) - SHOWN} more")


def end_with(findings: Sequence[Finding]) -> None:
    """End with exit code 1 if a photo was left out."""
    if at_least(findings, "error"):
        raise typer.Exit(1)
