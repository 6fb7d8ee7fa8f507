"""What ``crackwise compare`` finds out: who reached what on which photos, in figures and pictures."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from crackwise.cli.compared import Compared, judged_of
from crackwise.cli.costs import costs_of
from crackwise.cli.counting import shown_count
from crackwise.cli.extras import has_torch
from crackwise.cli.judged import Judged
from crackwise.cli.seen import Seen, seen_in_training

if TYPE_CHECKING:
    from crackwise.report.comparison_facts import ComparedSet, Contender, PhotoRow, Quality
    from crackwise.score.evaluation import Evaluation
    from crackwise.score.judge import JudgeSettings, PhotoSet


@dataclass(frozen=True, slots=True)
class Look:
    """One of those compared, who predicts, and what it reached on each set; empty without ``--data``."""

    compared: Compared
    judged: Judged | None = None
    evaluations: "tuple[Evaluation, ...]" = ()


def look_at(compared: Compared, sets: "Sequence[PhotoSet]", settings: "JudgeSettings") -> Look:
    """Judge one of those compared on every set, as crackwise evaluate does.

    Raises
    ------
    CrackwiseError
        If it cannot predict, or none of the photos of a set can be judged.
    """
    from crackwise.score.evaluation import evaluate_set

    if not sets:
        return Look(compared)
    judged = judged_of(compared)
    evaluations = []
    for one in sets:
        with shown_count(f"judging {compared.name} on {one.name}:", "photos") as show:
            there = replace(settings, threshold=judged.threshold)
            evaluations.append(evaluate_set(one, judged.predict, there, judged.operation, show))
    return Look(compared, judged, tuple(evaluations))


def compared_sets(looks: Sequence[Look], settings: "JudgeSettings") -> "tuple[ComparedSet, ...]":
    """Put the figures side by side, with the differences to the first where all were judged here."""
    from crackwise.report.comparison_facts import sets_of
    from crackwise.score.scored import ScoredSet

    if not looks[0].evaluations:
        return sets_of({look.compared.name: look.compared.scores for look in looks})
    scored = {look.compared.name: tuple(map(ScoredSet.of, look.evaluations)) for look in looks}
    return tuple(
        replace(one, qualities=(one.qualities[0], *_with_differences(one, place, looks, settings)))
        for place, one in enumerate(sets_of(scored))
    )


def with_pictures(
    compared: "Sequence[ComparedSet]", sets: "Sequence[PhotoSet]", looks: Sequence[Look], most: int
) -> "tuple[ComparedSet, ...]":
    """Add pictures of some photos of each set; there are none where nothing was judged here."""
    if not sets:
        return tuple(compared)
    return tuple(
        replace(one, rows=_photo_rows(photo_set, place, looks, most))
        for place, (one, photo_set) in enumerate(zip(compared, sets))
    )


def contenders_of(looks: Sequence[Look], rounds: int) -> "tuple[Contender, ...]":
    """Say who was compared, at what cost."""
    from crackwise.report.comparison_facts import Contender

    all_compared = [look.compared for look in looks]
    return tuple(
        Contender(
            one.name, one.kind, one.sha256, cost, one.steps, one.best_step, one.curves or {}, one.fit_px
        )
        for one, cost in zip(all_compared, costs_of(all_compared, rounds))
    )


def remarks_on(
    looks: Sequence[Look], compared: "Sequence[ComparedSet]", sets: "Sequence[PhotoSet]"
) -> tuple[str, ...]:
    """Say in sentences what limits the comparison."""
    from crackwise.report.comparison_facts import differing_photos

    remarks = [*differing_photos(compared), *seen_in_training(_seen(looks), sets)]
    if not sets:
        blind = [look.compared.name for look in looks if not look.compared.scores]
        remarks += [f"no scores are known of {', '.join(blind)}; judge all with --data"] if blind else []
        remarks.append("the figures are those that each run states; pictures and differences need --data")
    if not has_torch():
        remarks.append('GFLOP are counted with PyTorch; install the extra "train"')
    return tuple(remarks)


def _seen(looks: Sequence[Look]) -> dict[str, Seen]:
    return {look.compared.name: look.judged.seen for look in looks if look.judged is not None}


def _with_differences(
    one: "ComparedSet", place: int, looks: Sequence[Look], settings: "JudgeSettings"
) -> "Iterator[Quality]":
    """Subtract the figures of the first from those of each other."""
    from crackwise.report.comparison_table import DIFFERENCES
    from crackwise.score.paired import differences

    first = looks[0].evaluations[place].tallies
    for quality, look in zip(one.qualities[1:], looks[1:]):
        tallies = look.evaluations[place].tallies
        yield replace(quality, difference=differences(tallies, first, DIFFERENCES, settings.bootstrap))


def _photo_rows(
    photo_set: "PhotoSet", place: int, looks: Sequence[Look], most: int
) -> "tuple[PhotoRow, ...]":
    """Draw the same photos for all, of those that each of them could judge."""
    from crackwise.report.comparison_facts import PhotoRow, Picture
    from crackwise.report.comparison_pictures import choose_photos, contender_panel, given_panels
    from crackwise.score.worst import look_again

    tallies = [{one.file: one for one in look.evaluations[place].tallies} for look in looks]
    seen = [one for one in tallies[0].values() if all(one.file in known for known in tallies)]
    is_cracked = {one.file: one.pixels.found + one.pixels.missed > 0 for one in seen}
    chosen = choose_photos(
        [one for one in seen if is_cracked[one.file]], [one for one in seen if not is_cracked[one.file]], most
    )
    panels: list[list[Picture]] = [[] for _ in chosen]
    for look, known in zip(looks, tallies):
        assert look.judged is not None
        again = [known[one.file] for one in chosen]
        cases = look_again(photo_set, again, look.judged.predict, look.judged.threshold)
        for row, case in zip(panels, cases):
            row.extend([] if row else given_panels(case.photo, case.true))
            row.append(contender_panel(look.compared.name, case))
    return tuple(PhotoRow(one.file, tuple(row)) for one, row in zip(chosen, panels))
