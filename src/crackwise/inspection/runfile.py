"""What a run was made with: ``run.json``."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from crackwise.errors import SettingsError
from crackwise.files import write_text
from crackwise.inspection.card import ModelCard
from crackwise.inspection.settings import MeasuringSettings, ResolvedSettings
from crackwise.inspection.sources import RUN_FILE


class RunFile(BaseModel):
    """What ``run.json`` says: all that decides the result, and what the report is headed with.

    ``scale`` is the rule in words, as ``ScaleRule.described`` gives it. Where masks were given, the model is
    MASK_GIVEN and has no hash and no card.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    crackwise_version: str
    model: str
    model_sha256: str
    precision: str
    settings: ResolvedSettings | MeasuringSettings
    scale: str
    roi_sha256: str | None
    keep_gps: bool
    roots: tuple[str, ...]
    title: str
    project: str
    inspector: str
    card: ModelCard | None = None

    def headed(self, title: str | None, project: str | None, inspector: str | None) -> "RunFile":
        """Change what the report is headed with; None keeps it."""
        heading = {"title": title, "project": project, "inspector": inspector}
        return self.model_copy(update={name: text for name, text in heading.items() if text is not None})

    def described(self) -> dict[str, str]:
        """Say in words all that decides the result."""
        settings = {name.replace("_", " "): str(value) for name, value in self.settings.model_dump().items()}
        return {
            "crackwise": self.crackwise_version,
            "model": self.model,
            "model sha256": self.model_sha256,
            **settings,
            "precision": self.precision,
            "scale": self.scale,
            "region of interest": "none" if self.roi_sha256 is None else f"masks, sha256 {self.roi_sha256}",
            "GPS": "kept" if self.keep_gps else "left out",
            "photos": ", ".join(self.roots),
        }

    def differences(self, other: "RunFile") -> list[str]:
        """List what would make another result, as ``scale was none, is 0.2 mm/px``."""
        new = other.described()
        return [
            f"{name} was {old}, is {new[name]}" for name, old in self.described().items() if old != new[name]
        ]


def read_run(out: Path) -> RunFile:
    """Read ``run.json``.

    Raises
    ------
    SettingsError
        If it is damaged or of another version of crackwise.
    """
    path = out / RUN_FILE
    try:
        return RunFile.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise SettingsError(
            f"{path} is damaged or of another version of crackwise; "
            "choose another --out, or add --overwrite to begin again"
        ) from error


def write_run(out: Path, run: RunFile) -> None:
    """Write ``run.json``, whole or not at all."""
    write_text(out / RUN_FILE, run.model_dump_json(indent=2) + "\n")
