"""``crackwise data check``: what is wrong with data sets, for people, for machines and to look at."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

import typer

from crackwise.cli.counting import shown_count
from crackwise.cli.options import Workers
from crackwise.cli.tables import percent, table_lines

if TYPE_CHECKING:
    from crackwise.data.check import CheckReport
    from crackwise.data.check.figures import SetFigures

FailOn: TypeAlias = Literal["error", "warning", "never"]

Roots = Annotated[
    list[Path],
    typer.Argument(metavar="SET...", help="Sets, or folders of photos; all are compared together."),
]
Json = Annotated[Path | None, typer.Option("--json", help="Write findings and figures for machines.")]
Html = Annotated[Path | None, typer.Option("--html", help="Write a contact sheet to look at the findings.")]
WriteGroups = Annotated[
    bool,
    typer.Option(
        "--write-groups",
        help="Put what belongs together into groups.csv; the old file stays as groups.csv.bak.",
    ),
]
Fail = Annotated[FailOn, typer.Option(help="End with exit code 1 from which level on.")]
SplitFile = Annotated[
    Path | None, typer.Option("--split", help="CSV of file and part; default: split.csv of each set.")
]


def check(
    roots: Roots,
    json_file: Json = None,
    html: Html = None,
    write_groups: WriteGroups = False,
    fail_on: Fail = "error",
    split: SplitFile = None,
    workers: Workers = None,
) -> None:
    """Tell what is wrong with data sets: masks, duplicates, shared scenes, fat labels, balance."""
    from crackwise.cli.data.findings import print_findings
    from crackwise.data.check import compare, judge, look_at_all, prepare
    from crackwise.data.duplicates.find import DEFAULT_WORKERS

    threads = workers or DEFAULT_WORKERS
    sets = prepare(roots, split)
    with shown_count("checking", "photos") as show:
        looks = look_at_all(sets, threads, show)
    with shown_count("comparing", "photos") as show:
        pairs = compare(looks, threads, show)
    report = judge(sets, looks, pairs)
    typer.echo("\n\n".join("\n".join(lines) for lines in tables(report.figures)))
    print_findings(report.findings)
    typer.echo(summary(report))
    _write_files(report, json_file, html)
    if write_groups:
        _write_groups(report)
    if _fails(report, fail_on):
        raise typer.Exit(1)


def tables(figures: "Sequence[SetFigures]") -> list[list[str]]:
    """Make narrow tables of the figures per set."""
    counted = ("set", "photos", "with mask", "cracked", "without", "scenes", "largest", "size")
    tables = [table_lines(counted, [_counted(each) for each in figures])]
    weighed = [each for each in figures if each.balance.inverse_frequency]
    if weighed:
        heads = ("set", "crack pixels", "w1 inverse", "w0", "w1 median", "w0")
        tables.append(table_lines(heads, [_weighed(each) for each in weighed]))
    fat = [each for each in figures if each.fatness]
    if fat:
        heads = ("set", "label : dark line", "25 % – 75 %", "label", "line", "photos measured")
        tables.append(table_lines(heads, [_fat(each) for each in fat]))
    return tables


def summary(report: "CheckReport") -> str:
    """Count the findings by level."""
    from crackwise.data.finding import LEVELS

    counts = Counter(finding.level for finding in report.findings)
    if not counts:
        return "nothing to say against it" if len(report.sets) == 1 else "nothing to say against them"
    levels = [level for level in reversed(LEVELS) if counts[level]]
    return ", ".join(f"{counts[level]} {level}{'s' if counts[level] > 1 else ''}" for level in levels)


def _counted(each: "SetFigures") -> tuple[str, ...]:
    size, count = next(iter(each.sizes.items()), ("–", each.photos))
    more = "" if count == each.photos else f" and {len(each.sizes) - 1} more"
    balance = each.balance
    counts = (
        each.photos,
        each.with_mask,
        balance.cracked,
        balance.undamaged,
        each.groups,
        each.largest_group,
    )
    return (each.name, *(f"{number:,}" for number in counts), f"{size}{more}")


def _weighed(each: "SetFigures") -> tuple[str, ...]:
    inverse, middle = each.balance.inverse_frequency, each.balance.median_frequency
    assert inverse is not None
    assert middle is not None
    weights = (inverse[1], inverse[0], middle[1], middle[0])
    return (each.name, percent(each.balance.crack_share, 2), *(f"{weight:.3g}" for weight in weights))


def _fat(each: "SetFigures") -> tuple[str, ...]:
    fatness = each.fatness
    assert fatness is not None
    low, high = fatness.ratio_quartiles
    widths = (f"{fatness.label_width_px:.1f} px", f"{fatness.dark_width_px:.1f} px")
    photos = f"{fatness.photos:,} ({percent(fatness.photo_share)})"
    return (each.name, f"{fatness.ratio:.2f}", f"{low:.2f} – {high:.2f}", *widths, photos)


def _write_files(report: "CheckReport", json_file: Path | None, html: Path | None) -> None:
    from crackwise.files import write_json

    if json_file is not None:
        write_json(json_file, report.as_json())
        typer.echo(f"findings and figures: {json_file}")
    if html is not None:
        from crackwise.report.check_sheet import write_check_sheet

        write_check_sheet(report, html)
        typer.echo(f"contact sheet: {html}")


def _write_groups(report: "CheckReport") -> None:
    from crackwise.data.check import merge_groups, write_groups

    groups = merge_groups(report.sets, report.pairs)
    for listed in report.sets:
        written = write_groups(listed, groups)
        if written.joined == 0:
            typer.echo(f"{written.path}: nothing to join, {written.group_count} groups as before")
            continue
        kept = f"; the old file is {written.backup.name}" if written.backup else ""
        typer.echo(f"{written.path}: {written.group_count} groups, {written.joined} photos changed{kept}")


def _fails(report: "CheckReport", fail_on: FailOn) -> bool:
    from crackwise.data.finding import at_least

    return fail_on != "never" and bool(at_least(report.findings, fail_on))
