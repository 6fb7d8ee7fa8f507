"""Who drew a set, and how it is drawn again."""

from importlib import metadata
from pathlib import Path

from crackwise.data.provenance import PROVENANCE
from crackwise.files import write_json


def write_provenance(out: Path, count: int, size: str, seed: int) -> None:
    """Write ``provenance.json`` beside the photos of a drawn set."""
    provenance = {
        "schema_version": 1,
        "made_by": f"crackwise {metadata.version('crackwise')}",
        "generator": {"name": "drawn"},
        "seed": seed,
        "count": count,
        "size": size,
        "training_sources": [],
        "holds_training_photos": False,
    }
    write_json(out / PROVENANCE, provenance)
