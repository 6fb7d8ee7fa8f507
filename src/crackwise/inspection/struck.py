"""Cracks that a user takes out of a finished run: joints, plants and watermarks that a model took for some.

Nothing is measured again, so that those that stay keep every figure, their numbers and their model.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import numpy as np

from crackwise import scratch
from crackwise.arrays import CrackMask
from crackwise.crack.components import Components, find_components
from crackwise.crack.measure import regions_of_cracks, summarise
from crackwise.crack.measurements import CrackMeasurement, PhotoSummary, summary_at_scale
from crackwise.data.runs import columns_of_runs, run_lengths
from crackwise.inspection.record import InspectionRecord, NetworkRecord, StruckCrack


def strike_out(
    record: InspectionRecord, mask: CrackMask, reason_of: Mapping[int, str], struck_at: str
) -> tuple[InspectionRecord, CrackMask]:
    """Take cracks out of the record of a photo and their regions out of its mask.

    Parameters
    ----------
    record, mask
        As the run holds them; they belong together.
    reason_of
        The reason of each crack, by number. One that is struck out already stays so, and takes over a reason.
    struck_at
        ISO 8601.
    """
    regions = find_components(mask)
    region_of = _region_of_cracks(record, regions)
    # a bent speck may have its axis in the region of another crack, which then stays
    staying = {region for crack, region in region_of.items() if crack not in reason_of}
    gone = {crack: {region_of[crack]} - staying for crack in region_of if crack in reason_of}
    earlier = [_reworded(one, reason_of.get(one.crack.crack, "")) for one in record.struck]
    now = [
        StruckCrack(
            crack=crack,
            branches=[branch for branch in record.network.branches if branch.crack == crack.crack],
            counts=_counts(regions, gone[crack.crack]),
            reason=reason_of[crack.crack],
            struck_at=struck_at,
        )
        for crack in record.cracks
        if crack.crack in reason_of
    ]
    cracks = [crack for crack in record.cracks if crack.crack not in reason_of]
    kept = ~np.isin(np.arange(regions.count), [region for each in gone.values() for region in each])
    return _with(record, cracks, [*earlier, *now]), regions.chosen(kept).mask()


def put_back(
    record: InspectionRecord, mask: CrackMask, numbers: Collection[int]
) -> tuple[InspectionRecord, CrackMask]:
    """Put cracks back that were struck out, as they were to the digit; other numbers are passed over."""
    back = [one for one in record.struck if one.crack.crack in numbers]
    rest = [one for one in record.struck if one.crack.crack not in numbers]
    painted: CrackMask = scratch.copy_of(mask)
    for one in back:
        left, part = columns_of_runs(np.array(one.counts, np.int64), len(mask))
        painted[:, left : left + part.shape[1]] |= part
    branches = [*record.network.branches, *(branch for one in back for branch in one.branches)]
    network = record.network.model_copy(update={"branches": sorted(branches, key=lambda one: one.crack)})
    with_branches = record.model_copy(update={"network": network})
    cracks = [*record.cracks, *(one.crack for one in back)]
    return _with(with_branches, cracks, rest), painted


def struck_words(struck: Sequence[StruckCrack]) -> str:
    """Say what was struck out of a photo: ``2 marks struck out by hand: bed joint (4, 7)``."""
    numbers: dict[str, list[str]] = {}
    for one in struck:
        numbers.setdefault(one.reason or "no reason given", []).append(str(one.crack.crack))
    reasons = "; ".join(f"{reason} ({', '.join(each)})" for reason, each in numbers.items())
    return f"{len(struck)} mark{'s' if len(struck) > 1 else ''} struck out by hand: {reasons}"


def _region_of_cracks(record: InspectionRecord, regions: Components) -> dict[int, int]:
    network = record.network.network()
    return dict(zip(np.unique(network.crack_of_branch).tolist(), regions_of_cracks(network, regions)))


def _reworded(struck: StruckCrack, reason: str) -> StruckCrack:
    return struck.model_copy(update={"reason": reason}) if reason else struck


def _counts(regions: Components, chosen: set[int]) -> list[int]:
    rows, cols, _ = regions.pixels(np.isin(regions.region, list(chosen)))
    return run_lengths(rows, cols, regions.shape)


def _with(
    record: InspectionRecord, cracks: Sequence[CrackMeasurement], struck: Sequence[StruckCrack]
) -> InspectionRecord:
    """Give a record of these cracks alone; what is known of the photo and its sharpness stays."""
    numbers = {crack.crack for crack in cracks}
    kept = tuple(sorted(cracks, key=lambda crack: crack.crack))
    branches = [branch for branch in record.network.branches if branch.crack in numbers]
    return record.model_copy(
        update={
            "cracks": kept,
            "network": NetworkRecord(nodes=record.network.nodes, branches=branches),
            "summary": _summary(record, kept),
            "struck": tuple(sorted(struck, key=lambda one: one.crack.crack)),
        }
    )


def _summary(record: InspectionRecord, cracks: Sequence[CrackMeasurement]) -> PhotoSummary:
    inspected_px = max(1, round(record.inspected_share * record.height_px * record.width_px))
    summary = replace(
        summarise(cracks, inspected_px=inspected_px),
        blur_px=record.summary.blur_px,
        smallest_width_px=record.summary.smallest_width_px,
    )
    return summary_at_scale(summary, record.scale)
