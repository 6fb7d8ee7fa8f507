"""The tables that benchmarks/speed.py prints; standard library only."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

STAGES = {"decode_s": "decode", "inference_s": "inference", "measure_s": "threshold, trace, measure"}


@dataclass(frozen=True, slots=True)
class Result:
    """The runs of one system.

    Parameters
    ----------
    system
        As shown.
    runs
        Seconds by stage, one of each repetition.
    megapixels
        Of the photo.
    ours_s
        Median of our default system, the unit of the ratio.
    peak_mib
        Peak memory of the process.
    """

    system: str
    runs: tuple[dict[str, float], ...]
    megapixels: float
    ours_s: float
    peak_mib: float

    @property
    def totals_s(self) -> list[float]:
        """File to measurements, of each run."""
        return [sum(run.values()) for run in self.runs]

    def stage_s(self, stage: str) -> float:
        """Median of one stage."""
        return median(run[stage] for run in self.runs)

    def described(self) -> dict[str, Any]:
        """Everything as JSON."""
        total_s = median(self.totals_s)
        return {
            "system": self.system,
            "median_s": total_s,
            "ms_per_megapixel": 1000 * total_s / self.megapixels,
            "ratio_to_ours": total_s / self.ours_s,
            "peak_mib": self.peak_mib,
            "stages_s": {stage: self.stage_s(stage) for stage in STAGES},
            "runs": list(self.runs),
        }


def print_tables(
    results: Sequence[Result],
    *,
    written_s: Sequence[float],
    photo: dict[str, Any],
    machine: dict[str, str],
    command: str,
) -> None:
    """Print systems, stages of the first system, machine and command as Markdown."""
    print(_systems(results))
    print(f"\nWhere the time goes, {results[0].system}:\n\n{_stages(results[0], median(written_s))}\n")
    print(
        f"Photo: {photo['width_px']}×{photo['height_px']} px, {photo['cracks']} cracks found; "
        f"model {photo['model']}; tiles of {photo['tile_px']} px, overlap {photo['overlap_px']} px; "
        f"medians of {len(results[0].runs)} runs in turn."
    )
    print(f"Machine: {', '.join(f'{name} {value}' for name, value in machine.items())}.")
    print(f"Command: `{command}`")


def _systems(results: Sequence[Result]) -> str:
    megapixels = results[0].megapixels
    lines = [
        f"| system | median s for {megapixels:.3g} MP | fastest – slowest s | ms per MP | of it inference "
        "| ratio to ours | peak memory, MiB |",
        "|---|---|---|---|---|---|---|",
    ]
    for result in results:
        total_s, inference_s = median(result.totals_s), result.stage_s("inference_s")
        lines.append(
            f"| {result.system} | {total_s:.2f} | {min(result.totals_s):.2f} – {max(result.totals_s):.2f} "
            f"| {1000 * total_s / megapixels:.0f} | {1000 * inference_s / megapixels:.0f} "
            f"| {total_s / result.ours_s:.2f} | {result.peak_mib:.0f} |"
        )
    return "\n".join(lines)


def _stages(result: Result, written_s: float) -> str:
    stages_s = {label: result.stage_s(stage) for stage, label in STAGES.items()}
    total_s = sum(stages_s.values())
    lines = ["| stage | median s | share |", "|---|---|---|"]
    lines += [f"| {label} | {spent_s:.3f} | {spent_s / total_s:.0%} |" for label, spent_s in stages_s.items()]
    lines.append(f"| file to measurements | {total_s:.3f} | 100% |")
    lines.append(f"| after it: mask, overlay, zoom and record written | {written_s:.3f} | |")
    return "\n".join(lines)
