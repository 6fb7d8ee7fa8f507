"""What a run was made with, and what its report needs besides the records: ``run.json``."""

import json
from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from crackwise.errors import SettingsError
from crackwise.files import write_text
from crackwise.inspection.artefacts import stem_of_photo
from crackwise.inspection.card import ModelCard
from crackwise.inspection.layout import RUN_FILE
from crackwise.inspection.scales import WayKind
from crackwise.inspection.settings import MeasuringSettings, ResolvedSettings
from crackwise.inspection.shown import Shown, shown
from crackwise.inspection.sources import gone_from, is_searched, path_in
from crackwise.severity.code import Code
from crackwise.severity.quantities import PriceList

MEASURING = 4
"""The way of measuring of this version.

2 has what a tone curve may hide in the intervals of widths; 3 measures the widths of a rectified photo in the
one as it was taken; 4 lets each point of a crack count as long as its piece of crack, which differs in a
rectified photo, calls a crack a map only where enough of it lies on loops, and takes for side branches what
its longest line leaves out.
"""


class RunFile(BaseModel):
    """What ``run.json`` says: all that decides the result, and what the report is headed with.

    ``scale`` is the rule in words, as ``ScaleRule.described`` gives it, and ``scale_ways`` the kinds of its
    ways (None in runs of before they were kept). Where masks were given, the model is MASK_GIVEN and has no
    hash and no card. ``code``, ``exposure`` and ``prices`` are what the last report judged by,
    ``is_axis_stated`` whether a user said which way the road or beam runs (None in runs of before it was
    kept), ``failures`` the photos without a record, with the reason. ``rescaling`` lists the stems of photos
    that are still to have the scale, which was another before. ``measuring`` counts the changes to how widths
    and their intervals are measured, so that figures of two ways do not stand in one run.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    crackwise_version: str
    model: str
    model_sha256: str
    precision: str
    settings: ResolvedSettings | MeasuringSettings
    measuring: int = 1
    scale: str
    scale_ways: tuple[WayKind, ...] | None = None
    roi_sha256: str | None
    keep_gps: bool
    roots: tuple[Shown, ...]
    title: Shown
    project: Shown
    inspector: Shown
    card: ModelCard | None = None
    code: Code | None = None
    exposure: str | None = None
    is_axis_stated: bool | None = None
    prices: PriceList | None = None
    failures: tuple[tuple[str, str], ...] = ()
    rescaling: tuple[Shown, ...] = ()

    @property
    def knows_directions(self) -> bool:
        """Whether somebody said which way the road or beam runs in the photos."""
        return self.settings.axis_deg != 0 if self.is_axis_stated is None else self.is_axis_stated

    def headed(self, title: str | None, project: str | None, inspector: str | None) -> "RunFile":
        """Change what the report is headed with; None keeps it."""
        heading = {"title": title, "project": project, "inspector": inspector}
        return self.model_copy(
            update={name: shown(text) for name, text in heading.items() if text is not None}
        )

    def reported_as(self, earlier: "RunFile") -> "RunFile":
        """Take over from an earlier command what the report is headed with and judges by."""
        names = ("title", "project", "inspector", "code", "exposure", "prices", "is_axis_stated")
        return self.model_copy(update={name: getattr(earlier, name) for name in names})

    def described(self) -> dict[str, str]:
        """Say in words all that decides the result."""
        settings = {name.replace("_", " "): str(value) for name, value in self.settings.model_dump().items()}
        return {
            "crackwise": self.crackwise_version,
            "model": self.model,
            "model sha256": self.model_sha256,
            **settings,
            "precision": self.precision,
            "way of measuring": str(self.measuring),
            "scale": self.scale,
            "region of interest": "none" if self.roi_sha256 is None else f"masks, sha256 {self.roi_sha256}",
            "GPS": "kept" if self.keep_gps else "left out",
            "photos": ", ".join(self.roots),
        }

    def takes_scale(self, scale: str, ways: Sequence[WayKind]) -> bool:
        """Tell whether what the run measured can be given another rule for the scale: its words and kinds.

        Not by a card of which only now is asked, as the card itself would not be inspected then, nor where
        photos are or were rectified, which are other pictures.
        """
        old = set(_ways_in_words(self.scale) if self.scale_ways is None else self.scale_ways)
        is_rectified = "rectified card" in old.union(ways)
        is_card_new = "card" in ways and "card" not in old
        return bool(ways) and scale != self.scale and not is_rectified and not is_card_new

    def differences(self, other: "RunFile") -> list[str]:
        """List what would make another result, as ``scale was none, is 0.2 mm/px``."""
        new = other.described()
        return [
            f"{name} was {old}, is {new[name]}" for name, old in self.described().items() if old != new[name]
        ]


def _ways_in_words(scale: str) -> tuple[WayKind, ...]:
    """Find the ways by the card in words; ``run.json`` of before the kinds were kept says no more."""
    if "marker card, rectified" in scale:
        return ("rectified card",)
    return ("card",) if "marker card" in scale else ()


def is_of_crackwise(path: Path) -> bool:
    """Tell whether a ``run.json`` or ``classify.json`` was written by crackwise, of whatever version."""
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return False
    return isinstance(content, dict) and "crackwise_version" in content


def unreadable(path: Path) -> SettingsError:
    """Say why what a folder was made with cannot be read, and what can be done."""
    if not is_of_crackwise(path):
        return SettingsError(f"{path} is damaged or of another program; choose another --out")
    return SettingsError(
        f"{path} is of another version of crackwise; choose another --out, or add --overwrite to begin again"
    )


def read_run(out: Path) -> RunFile:
    """Read ``run.json``.

    Raises
    ------
    SettingsError
        If it is damaged, or of another version of crackwise or another program.
    """
    path = out / RUN_FILE
    try:
        return RunFile.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise unreadable(path) from error


def run_in(out: Path) -> RunFile | None:
    """Read the run that a folder holds; None where there is no ``run.json``. See :func:`read_run`."""
    return read_run(out) if (out / RUN_FILE).exists() else None


def write_run(out: Path, run: RunFile) -> None:
    """Write ``run.json``, whole or not at all."""
    write_text(out / RUN_FILE, run.model_dump_json(indent=2) + "\n")


def keep_failures(
    out: Path, failures: Sequence[tuple[str, str]], searched: Sequence[Path]
) -> tuple[tuple[str, str], ...]:
    """Keep in ``run.json`` which photos failed, also earlier ones that are there and have no record yet.

    A folder that could not be searched is no failure any more once a command has searched it.

    Parameters
    ----------
    out
        The run folder.
    failures
        Of this command: (photo, reason).
    searched
        The folders, resolved, that this command searched with all below them.

    Returns
    -------
    All that are kept, by the name of the photo.
    """
    run = read_run(out)
    earlier = dict(run.failures)
    if earlier:
        roots = [Path(root) for root in run.roots]
        past = {*stem_of_photo(out), *gone_from(list(earlier), roots)}
        places = {name: path_in(name, roots) for name in earlier}
        past.update(name for name, place in places.items() if place and is_searched(place, searched))
        earlier = {photo: reason for photo, reason in earlier.items() if photo not in past}
    now = {photo: shown(reason) for photo, reason in failures}
    kept = tuple(sorted({**earlier, **now}.items()))
    if kept != run.failures:
        write_run(out, run.model_copy(update={"failures": kept}))
    return kept
