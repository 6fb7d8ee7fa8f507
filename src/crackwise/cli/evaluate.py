"""``crackwise evaluate``: how good a model, a training or anyone's predictions are on labelled photos."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer

from crackwise.cli.counting import shown_count
from crackwise.cli.judged import Judged, of_folder, of_model, of_run, with_threshold
from crackwise.cli.options import Replace, refuse_earlier
from crackwise.cli.seen import hashes_of, learnt_before_choosing, seen_in_training
from crackwise.cli.sets import set_names
from crackwise.cli.tables import table_lines
from crackwise.errors import SettingsError
from crackwise.training.runfiles import SCORES_FILE

if TYPE_CHECKING:
    from crackwise.report.evaluation import SetPage
    from crackwise.score.evaluation import Evaluation
    from crackwise.score.judge import Failure, JudgeSettings, PhotoSet

WORST_CRACKED, WORST_SOUND = 8, 4
"""Pictures of the report, for each set."""

Sets = Annotated[
    list[Path] | None, typer.Argument(metavar="SET...", help="Labelled sets: images/, masks/ or labels.csv.")
]
Model = Annotated[Path | None, typer.Option(help="Model file, or the name of a shipped one.")]
RunFolder = Annotated[Path | None, typer.Option(help="Run folder of crackwise train; its best checkpoint.")]
Predictions = Annotated[
    Path | None,
    typer.Option(help="Folder of 8-bit grey pictures by the stem of the photo: masks, or probability × 255."),
]
Out = Annotated[Path | None, typer.Option(help="Folder for scores.json, scores.csv and report.html.")]
CrackFree = Annotated[
    list[Path] | None, typer.Option(metavar="SET", help="A set in which no photo shows a crack.")
]
Part = Annotated[
    str,
    typer.Option(
        help="Only photos of this part of split.csv, such as test; of --crack-free where it has one."
    ),
]
Threshold = Annotated[
    float | None,
    typer.Option(
        min=0.004, max=1, help="Judge what has at least this probability; of a model instead of its own way."
    ),
]
Validation = Annotated[
    Path | None, typer.Option(metavar="SET", help="Choose that threshold on this set, by the pooled F1.")
]
ValidationPart = Annotated[str, typer.Option(help="Only on photos of this part of its split.csv.")]
Protocols = Annotated[
    str, typer.Option(help="What to count: all, or of pixels, thresholds, edges, tolerance, distance; comma.")
]
Robustness = Annotated[
    bool,
    typer.Option("--robustness", help="Also judge darker, lighter, blurred, noisy and compressed photos."),
]
Samples = Annotated[int, typer.Option(min=0, help="Samples of the bootstrap intervals; 0 for none.")]


def evaluate(
    data: Sets = None,
    model: Model = None,
    run: RunFolder = None,
    predictions: Predictions = None,
    out: Out = None,
    crack_free: CrackFree = None,
    part: Part = "",
    threshold: Threshold = None,
    validation: Validation = None,
    validation_part: ValidationPart = "",
    protocols: Protocols = "pixels,thresholds,tolerance,distance",
    robustness: Robustness = False,
    samples: Samples = 1000,
    overwrite: Replace = False,
) -> None:
    """Score a model, a training or a folder of predictions on labelled photos, each at its full size."""
    from crackwise.score.bootstrap import Bootstrap
    from crackwise.score.judge import JudgeSettings

    _check(model, run, predictions, threshold, validation, validation_part)
    if out is not None:
        refuse_earlier(out / SCORES_FILE, overwrite)
    if robustness and predictions is not None:
        raise SettingsError("--robustness needs a tool that can look at worse photos; give --model or --run")
    settings = JudgeSettings(0.5, _protocols(protocols), Bootstrap(samples))
    sets = _read_sets(data or [], crack_free or [], part)
    chosen_on = _read_sets([validation], [], validation_part) if validation else []
    _refuse_shared(sets, chosen_on)
    judged = _judged(model, run, predictions, [*sets, *chosen_on])
    unread: tuple[Failure, ...] = ()
    if chosen_on:
        threshold, unread = _best_threshold(chosen_on[0], judged, settings)
    if threshold is not None:
        judged = with_threshold(judged, threshold, chosen_on[0].name if chosen_on else "")
    settings = replace(settings, threshold=judged.threshold)
    evaluations = [_evaluate(one, judged, settings, robustness) for one in sets]
    typer.echo("\n\n".join("\n".join(_table(one)) for one in evaluations))
    seen = {judged.tool.name: judged.seen}
    remarks = (*seen_in_training(seen, sets), *learnt_before_choosing(seen, chosen_on))
    if out is not None:
        _write(out, judged, settings, list(zip(sets, evaluations)), remarks)
    for remark in remarks:
        typer.echo(f"note: {remark}", err=True)
    _tell_failures([*unread, *(failure for one in evaluations for failure in one.failures)])


def _check(
    model: Path | None,
    run: Path | None,
    predictions: Path | None,
    threshold: float | None,
    validation: Path | None,
    validation_part: str,
) -> None:
    if sum(given is not None for given in (model, run, predictions)) > 1:
        raise SettingsError("--model, --run and --predictions exclude one another; give one of them")
    if threshold is not None and validation is not None:
        raise SettingsError("--threshold states what --validation would choose; give one of them")
    if validation_part and validation is None:
        raise SettingsError(
            "--validation-part is of the set that chooses a threshold; name it: --validation SET"
        )


def _refuse_shared(sets: "Sequence[PhotoSet]", chosen_on: "Sequence[PhotoSet]") -> None:
    """Refuse to choose a threshold on photos, or copies of photos, that are judged with it."""
    if not chosen_on:
        return
    judged = {own for one in sets for own in hashes_of(one).values()}
    shared = [file for one in chosen_on for file, own in hashes_of(one).items() if own in judged]
    if shared:
        count = sum(len(one.photos) for one in chosen_on)
        raise SettingsError(
            f"{len(shared)} of {count} photos of --validation are judged too, first {shared[0]}; "
            "give another set, or parts of one with --part and --validation-part"
        )


def _protocols(text: str) -> "tuple[Any, ...]":
    from crackwise.score.tally import Protocol

    known = get_args(Protocol)
    wanted = known if text == "all" else tuple(word.strip() for word in text.split(","))
    unknown = [word for word in wanted if word not in known]
    if unknown:
        raise SettingsError(
            f"protocol {unknown[0]!r} is not known; expected all or some of {', '.join(known)}"
        )
    return tuple(word for word in known if word in wanted)


def _read_sets(labelled: Sequence[Path], crack_free: Sequence[Path], part: str) -> "list[PhotoSet]":
    """List the photos of every set; nothing is decoded."""
    from crackwise.data.folder import read_folder
    from crackwise.score.judge import with_truth

    if not labelled and not crack_free:
        raise SettingsError("there is nothing to judge on; name a labelled SET or give --crack-free SET")
    sound = [
        [replace(photo, mask=None, label="no crack") for photo in read_folder(root)] for root in crack_free
    ]
    listed = [read_folder(root) for root in labelled]
    names = set_names([*labelled, *crack_free])
    parts = [part] * len(listed) + [part if any(one.part for one in photos) else "" for photos in sound]
    return [with_truth(*one) for one in zip(names, [*listed, *sound], parts)]


def _judged(
    model: Path | None, run: Path | None, predictions: Path | None, sets: "Sequence[PhotoSet]"
) -> Judged:
    if predictions is not None:
        return of_folder(predictions, sets)
    return of_model(model) if run is None else of_run(run)


def _best_threshold(
    chosen_on: "PhotoSet", judged: Judged, settings: "JudgeSettings"
) -> "tuple[float, tuple[Failure, ...]]":
    """Choose on a set, and list its photos that could not be judged."""
    from crackwise.errors import DataError
    from crackwise.score.evaluation import best_threshold, stack_of
    from crackwise.score.judge import judge

    with shown_count(f"choosing the threshold on {chosen_on.name}:", "photos") as show:
        found = judge(chosen_on, judged.predict, replace(settings, protocols=("pixels",)), show)
    if not found.tallies or not (stack := stack_of(found.tallies)).has_probability:
        raise DataError(f"no threshold can be chosen on {chosen_on.name}: there are no probabilities for it")
    if stack.is_crack_free.all():
        raise DataError(f"no threshold can be chosen on {chosen_on.name}: none of its photos shows a crack")
    return best_threshold(stack), found.failures


def _evaluate(one: "PhotoSet", judged: Judged, settings: "JudgeSettings", is_robust: bool) -> "Evaluation":
    from crackwise.score.evaluation import evaluate_set, inverted_hint, refuse_labels, robustness
    from crackwise.score.perturb import PERTURBATIONS

    with shown_count(f"judging {one.name}:", "photos") as show:
        found = evaluate_set(one, judged.predict, settings, judged.operation, show)
    if judged.tool.kind == "predictions":
        refuse_labels(found)
        if (hint := inverted_hint(found)) is not None:
            typer.echo(f"warning: {hint}", err=True)
    rows = {}
    for kind in PERTURBATIONS if is_robust else ():
        with shown_count(f"judging {one.name}, {kind}:", "photos") as show:
            rows[kind] = robustness(one, judged.predict, settings, kind, show)
    return replace(found, robustness=rows)


def _table(one: "Evaluation") -> list[str]:
    from crackwise.report.evaluation import interval_text, number_text
    from crackwise.score.figures import FIGURES

    known = [(FIGURES[name], value) for name, value in one.scores.items()]
    rows = [
        (
            f"{figure.title}*" if figure.is_optimistic else figure.title,
            number_text(figure, value.value),
            interval_text(figure, value),
        )
        for figure, value in known
    ]
    note = ["* optimistic: at thresholds chosen on these very photos, no result"]
    lines = table_lines((f"{one.name}, {len(one.tallies)} photos", "value", "95 % interval"), rows)
    return [*lines, *(note if any(figure.is_optimistic for figure, _ in known) else [])]


def _write(
    out: Path,
    judged: Judged,
    settings: "JudgeSettings",
    found: "Sequence[tuple[PhotoSet, Evaluation]]",
    remarks: tuple[str, ...],
) -> None:
    from crackwise.files import write_json, write_text
    from crackwise.report.evaluation import render_evaluation
    from crackwise.score.scoresfile import scores_csv, scores_json

    evaluations = [one for _, one in found]
    pages = [_page(photo_set, one, judged, settings) for photo_set, one in found]
    content = scores_json(judged.tool, settings, evaluations, remarks)
    write_text(out / "report.html", render_evaluation(judged.tool, settings, pages, remarks))
    write_text(out / "scores.csv", scores_csv(evaluations))
    write_json(out / SCORES_FILE, content)
    typer.echo(f"\nreport, scores.json and scores.csv in {out}")


def _page(photo_set: "PhotoSet", one: "Evaluation", judged: Judged, settings: "JudgeSettings") -> "SetPage":
    from crackwise.report.evaluation import SetPage
    from crackwise.score.worst import Case, look_again, worst_cracked, worst_sound

    def looked(tallies: Any) -> Iterator[Case]:
        return look_again(photo_set, tallies, judged.predict, settings.threshold)

    return SetPage.of(
        one, looked(worst_cracked(one.tallies, WORST_CRACKED)), looked(worst_sound(one.tallies, WORST_SOUND))
    )


def _tell_failures(failures: "Sequence[Failure]") -> None:
    for failure in failures:
        typer.echo(f"not judged: {failure.source}/{failure.file}: {failure.reason}", err=True)
    if failures:
        raise typer.Exit(1)
