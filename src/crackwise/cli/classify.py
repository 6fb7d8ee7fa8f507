"""``crackwise classify``: is there a crack in each photo at all, and where in a large one."""

from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crackwise.cli.finish import list_failures, say_stopped, watched
from crackwise.cli.inspect import Paths
from crackwise.cli.options import MaxMegapixels, Workers
from crackwise.cli.seen import Seen, seen_among, seen_by_model
from crackwise.cli.verdicts import judged_pages, known_verdicts, write_scores
from crackwise.errors import SettingsError

if TYPE_CHECKING:
    from crackwise.data.truth import Truth
    from crackwise.inspection.batch import BatchResult
    from crackwise.inspection.classifier import Classifier
    from crackwise.inspection.sources import Source
    from crackwise.inspection.verdict import Judge, Judging, VerdictRecord
    from crackwise.inspection.verdictfolder import ClassifyFile

_LISTED_FINDINGS = 10

Out = Annotated[Path, typer.Option(help="Folder for verdicts.csv and pictures.")]
Model = Annotated[
    Path | None,
    typer.Option(help="A classifier (.onnx with its card); default: what crackwise-base finds."),
]
Threshold = Annotated[
    float | None,
    typer.Option(help="Call cracked what is at least so probable, 0 to 1; default: as the model card says."),
]
Why = Annotated[
    bool, typer.Option("--why", help="Draw what speaks for a crack in photos that are called cracked.")
]
TruthPath = Annotated[
    Path | None,
    typer.Option(
        "--truth",
        help="Judge the verdicts: folders crack/ and nocrack/, a table of path and label, or a labelled set.",
    ),
]
CrackPx = Annotated[
    int,
    typer.Option(
        min=1, help="With masks in --truth: from so many crack pixels on a tile counts as truly cracked."
    ),
]
Overwrite = Annotated[
    bool, typer.Option("--overwrite", help="Remove the earlier verdicts in --out and begin again.")
]


def classify(
    paths: Paths,
    out: Out,
    model: Model = None,
    threshold: Threshold = None,
    why: Why = False,
    truth: TruthPath = None,
    crack_px: CrackPx = 64,
    overwrite: Overwrite = False,
    workers: Workers = None,
    max_megapixels: MaxMegapixels = 300.0,
) -> None:
    """Say of each photo whether it shows a crack, how probable that is, and in which tiles."""
    from crackwise.inspection.batch import RunOptions, run_work, usual_workers
    from crackwise.inspection.sources import find_photos
    from crackwise.inspection.verdictfolder import Classifying, begin, begin_again, remove_scores
    from crackwise.locks import alone_in
    from crackwise.report.verdict_files import write_look

    if threshold is not None and not 0 < threshold < 1:
        raise SettingsError(f"--threshold is {threshold:g}; expected more than 0 and less than 1")
    searched = find_photos(paths, out=out)
    sources = searched.photos
    known, seen = (_truth(truth, sources), seen_by_model(model)) if truth else (None, Seen())
    judge = _judge(model, threshold)
    explained_by = _explaining(judge) if why else None
    options = RunOptions(out=out, max_megapixels=max_megapixels, workers=workers or usual_workers())
    with alone_in(out):
        (begin_again if overwrite else begin)(out, _run_file(judge, sources))
        result = watched(
            lambda show: run_work(
                sources,
                Classifying(judge, out, with_why=why),
                options,
                write_photo=lambda look, source: write_look(
                    look, judge.judging, source, out, explained_by=explained_by
                ),
                report_progress=show,
            ),
            "classifying",
        ).after(searched)
        records = _finish(result, judge.judging, out)
        if known is None:
            if result.done and remove_scores(out):
                typer.echo(
                    "scores.json and report.html were of other verdicts and are gone; give --truth again",
                    err=True,
                )
        else:
            found = known_verdicts(known, sources, records)
            if found:
                pages = judged_pages(
                    known, found, judge.judging, out, failures=result.failures, crack_px=crack_px
                )
                photos = [one.photo for one in found]
                remarks = tuple(seen_among(seen, photos, known.name, judge.judging.model))
                write_scores(pages, judge.judging, out, remarks)
    if result.failures:
        raise typer.Exit(1)


def _judge(model: Path | None, threshold: float | None) -> "Judge":
    from crackwise.inspection.classifier import is_classifier, load_classifier
    from crackwise.inspection.model import load_model
    from crackwise.inspection.verdict import ByClassifier, ByCracks

    if model is not None and is_classifier(model):
        return ByClassifier(load_classifier(model), threshold)
    return ByCracks(load_model(model), threshold)


def _explaining(judge: "Judge") -> "Classifier":
    from crackwise.inspection.verdict import ByClassifier

    if not isinstance(judge, ByClassifier):
        raise SettingsError(
            f"--why explains a classifier, but {judge.judging.model} finds the cracks themselves, which "
            "pictures/ shows; leave --why out, or name a classifier with --model"
        )
    return judge.classifier


def _truth(path: Path, sources: "Sequence[Source]") -> "Truth":
    from crackwise.data.truth import read_truth

    truth = read_truth(path, [source.path for source in sources])
    unknown = [source for source in sources if source.path.resolve() not in truth.cracked]
    if len(unknown) == len(sources):
        raise SettingsError(
            f"--truth {path} knows none of the {len(sources)} photos, first {sources[0].name}; paths in a "
            "table start from its own folder, or are the last parts of those of the photos"
        )
    for finding in truth.findings[:_LISTED_FINDINGS]:
        typer.echo(f"{finding.level}: {finding}", err=True)
    if unknown:
        typer.echo(
            f"warning: {len(unknown)} of {len(sources)} photos are not in {path} and are not judged, first "
            f"{unknown[0].name}",
            err=True,
        )
    return truth


def _run_file(judge: "Judge", sources: "Sequence[Source]") -> "ClassifyFile":
    from crackwise.inspection.verdictfolder import ClassifyFile

    judging = judge.judging
    return ClassifyFile(
        crackwise_version=metadata.version("crackwise"),
        kind=judging.kind,
        model=judging.model,
        model_sha256=judging.model_sha256,
        precision=judging.precision,
        threshold=judging.threshold,
        roots=tuple(sorted({str(source.root) for source in sources})),
    )


def _finish(result: "BatchResult", judging: "Judging", out: Path) -> "Sequence[VerdictRecord]":
    """Write the tables of all verdicts in the folder and sum up; a photo that fails now has no verdict."""
    from crackwise.inspection.verdictfolder import read_verdicts
    from crackwise.report.verdict_files import write_verdict_tables

    if result.stopped is not None:
        say_stopped(result)
    failures = {failure.photo: failure.reason for failure in result.failures}
    records = [record for record in read_verdicts(out) if record.photo not in failures]
    write_verdict_tables(records, [*failures.items()], judging, out)
    _print_summary(records, result)
    list_failures(result)
    typer.echo(f"table: {out / 'verdicts.csv'}")
    return records


def _print_summary(records: "Sequence[VerdictRecord]", result: "BatchResult") -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(show_header=False, box=None)
    earlier = len(records) - result.done
    table.add_row("photos", f"{len(records)} done, {earlier} of them earlier, {len(result.failures)} failed")
    table.add_row("cracked", str(sum(record.cracked for record in records)))
    tiles = sum(len(record.tiles) for record in records)
    if tiles > len(records):
        cracked = sum(len(record.cracked_tiles) for record in records)
        table.add_row("tiles", f"{tiles:,}, {cracked:,} of them cracked")
    Console().print(table)
