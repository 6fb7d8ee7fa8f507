"""``crackwise data split``: photos into training, validation and test, or into folds."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from crackwise.cli.counting import shown_count
from crackwise.cli.tables import percent, table_lines
from crackwise.errors import SettingsError

if TYPE_CHECKING:
    from crackwise.data.split import Entry, PartFigures, Split

DEFAULT_PARTS = "70/15/15"

Roots = Annotated[list[Path], typer.Argument(metavar="SET...", help="Folders in the canonical layout.")]
Out = Annotated[Path | None, typer.Option(help="CSV to create; how it was made goes beside it as JSON.")]
Shares = Annotated[
    str | None,
    typer.Option(
        "--parts", help=f"train/validation/test or train/test in percent; default: {DEFAULT_PARTS}."
    ),
]
Folds = Annotated[int | None, typer.Option(help="So many equal folds instead, each once the test.")]
LeaveSourceOut = Annotated[bool, typer.Option("--leave-source-out", help="Each set is a part instead.")]
By = Annotated[
    Literal["group", "file"],
    typer.Option(help="What stays together; by file, photos of one scene lie in several parts."),
]
Seed = Annotated[int, typer.Option(min=0, help="Same seed, same split, whatever the order of the files.")]
Verify = Annotated[
    Path | None, typer.Option(help="Compare the sets with this split instead of making a new one.")
]


def split(
    roots: Roots,
    out: Out = None,
    parts: Shares = None,
    folds: Folds = None,
    leave_source_out: LeaveSourceOut = False,
    by: By = "group",
    seed: Seed = 0,
    verify: Verify = None,
) -> None:
    """Part photos by group, stratified by source, cracked or not, and crack share; write it with hashes."""
    if verify is not None:
        _verify(verify, roots)
        return
    if out is None:
        raise SettingsError("there is no --out; give the CSV to create, --out split.csv")
    if sum((parts is not None, folds is not None, leave_source_out)) > 1:
        raise SettingsError("--parts, --folds and --leave-source-out exclude each other; give one of them")
    _make(roots, out, _Wanted(parts, folds, leave_source_out, by, seed))


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What the options ask for."""

    parts: str | None
    folds: int | None
    leave_source_out: bool
    by: Literal["group", "file"]
    seed: int

    def make(self, entries: "Sequence[Entry]") -> "Split":
        from crackwise.data.split import (
            SplitSettings,
            fold_shares,
            leave_source_out,
            make_split,
            parse_shares,
        )

        if self.leave_source_out:
            return leave_source_out(entries)
        shares = parse_shares(self.parts or DEFAULT_PARTS) if self.folds is None else fold_shares(self.folds)
        return make_split(entries, SplitSettings(shares, self.by, self.seed))

    def words(self) -> list[str]:
        """Write the options out, defaults too, which may change."""
        if self.leave_source_out:
            return ["--leave-source-out"]
        sizes = ["--folds", str(self.folds)] if self.folds else ["--parts", self.parts or DEFAULT_PARTS]
        return [*sizes, "--by", self.by, "--seed", str(self.seed)]


def _make(roots: Sequence[Path], out: Path, wanted: _Wanted) -> None:
    from crackwise.data.folder import read_folders
    from crackwise.data.split import check_free, look_at, weigh, write_split

    check_free(out)
    photos = read_folders(roots)
    with shown_count("reading", "photos") as show:
        entries = look_at(photos, show)
    made = wanted.make(entries)
    _warn(made, roots)
    write_split(made, out, _provenance(roots, out, wanted))
    typer.echo("\n".join(_table(weigh(made, entries))))
    typer.echo(f"{len(made.rows)} photos in {len(made.parts)} parts: {out}")


def _warn(made: "Split", roots: Sequence[Path]) -> None:
    from crackwise.data.dataset import count_without_group
    from crackwise.data.split import absent_parts, shared_files, torn_groups

    torn = torn_groups(made)
    if torn:
        _warning(
            f"{len(torn)} groups are torn apart, such as {torn[0][1]} of {torn[0][0]}: photos of one "
            "scene lie in several parts, so a test on them flatters; leave out --by file"
        )
    for source, part in absent_parts(made):
        _warning(f"part {part} has no photo of {source}: its scenes are too few or too large to be parted")
    shared = shared_files(made)
    if shared:
        _warning(
            f"{len(shared)} photos lie in several parts as the same file, such as {shared[0][1]} of "
            f"{shared[0][0]}; group them with crackwise data check --write-groups, or keep each scene in "
            "one set, then split again"
        )
    for root in roots:
        if not (root / "groups.csv").is_file():
            _warning(
                f"{root} has no groups.csv, so each photo counts as a scene of its own; find what belongs "
                "together with crackwise data check --write-groups"
            )
        elif count := count_without_group(root):
            _warning(
                f"groups.csv of {root} says nothing of {count} photos, so each of them counts as a scene of "
                "its own; add rows, or find what belongs together with crackwise data check --write-groups"
            )


def _warning(text: str) -> None:
    typer.echo(f"warning: {text}", err=True)


def _table(figures: "Sequence[PartFigures]") -> list[str]:
    heads = ("source", "part", "photos", "", "groups", "cracked photos", "crack pixels")
    return table_lines(heads, [_row(each) for each in figures])


def _row(part: "PartFigures") -> tuple[str, ...]:
    return (
        part.source,
        part.part,
        f"{part.photos:,}",
        percent(part.photo_share, 1),
        f"{part.groups:,}",
        percent(part.cracked_share, 1),
        percent(part.crack_share, 2),
    )


def _verify(path: Path, roots: Sequence[Path]) -> None:
    from crackwise.data.finding import at_least
    from crackwise.data.split import read_split, verify

    made = read_split(path)
    with shown_count("comparing", "photos") as show:
        findings = verify(made, roots, show)
    for finding in findings:
        typer.echo(f"{finding.level}: {finding}")
    if at_least(findings, "warning"):
        raise typer.Exit(1)
    typer.echo(f"{len(made.rows)} photos are as they were when they were split")


def _provenance(roots: Sequence[Path], out: Path, wanted: _Wanted) -> dict[str, str]:
    """Say how the split was made, by the names of the folders alone: where they lie is nobody's business."""
    names = sorted(root.resolve().name for root in roots)
    words = ["crackwise", "data", "split", *names, *wanted.words(), "--out", out.name]
    return {"command": shlex.join(words), "crackwise_version": metadata.version("crackwise")}
