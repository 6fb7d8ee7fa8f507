"""What lies where in the folders that ``crackwise inspect``, ``measure`` and ``classify`` fill."""

from pathlib import Path

RUN_FILE = "run.json"
CLASSIFY_FILE = "classify.json"
STRUCK_FILE = "struck.csv"
"""In a run: the cracks that a user struck out."""

REPORT_FILES = (
    "cracks.csv",
    "photos.csv",
    "quantities.csv",
    "budget.csv",
    "coco.json",
    "report.html",
    "report.pdf",
)
"""What the formats of a report write; ``report.writers.REPORTS`` says which writes which."""

SUFFIX_OF_ARTEFACT = {
    "masks": ".png",
    "overlays": ".jpg",
    "zooms": ".jpg",
    "probability": ".png",
    "rectified": ".jpg",
    "regions": ".png",
    "json": ".json",
}
"""What a run keeps of each photo; each kind has its folder."""
MASKS_BY_HAND = "masks_by_hand"
"""Folder of a run for the masks that a user drew or corrected and that a new run would have removed."""
SUFFIX_OF_PICTURE = {"pictures": ".jpg", "why": ".jpg"}
"""The same of what ``crackwise classify`` keeps, beside ``json``."""

RUN_FOLDERS = frozenset({*SUFFIX_OF_ARTEFACT, MASKS_BY_HAND})
ARTEFACTS = RUN_FOLDERS | SUFFIX_OF_PICTURE.keys()
"""Folders of a run, which hold pictures that are no photos."""


def artefact_path(out: Path, kind: str, stem: str) -> Path:
    """Say where an artefact of a photo lies; ``kind`` is a key of SUFFIX_OF_ARTEFACT."""
    return out / kind / f"{stem}{SUFFIX_OF_ARTEFACT[kind]}"


def picture_path(out: Path, kind: str, stem: str) -> Path:
    """Say where a picture of a classified photo lies; ``kind`` is a key of SUFFIX_OF_PICTURE."""
    return out / kind / f"{stem}{SUFFIX_OF_PICTURE[kind]}"
