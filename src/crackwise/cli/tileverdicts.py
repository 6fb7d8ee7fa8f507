"""How good the verdicts on single tiles are, where masks tell which of them are cracked."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer

from crackwise.errors import CrackwiseError

if TYPE_CHECKING:
    from crackwise.cli.verdicts import Known
    from crackwise.data.truth import Truth
    from crackwise.inspection.verdict import TileRecord
    from crackwise.report.verdict_page import VerdictPage


@dataclass(frozen=True, slots=True)
class KnownTile:
    """A tile of a photo, and whether its part of the mask is cracked."""

    of: "Known"
    number: int
    tile: "TileRecord"
    is_cracked: bool

    @property
    def name(self) -> str:
        """Photo and number, as in ``tiles.csv``."""
        return f"{self.of.record.photo}, tile {self.number}"


def tile_page(known: "Sequence[Known]", truth: "Truth", crack_px: int) -> "VerdictPage | None":
    """Judge the tiles of photos that were cut into several; None where no mask says which are cracked."""
    import numpy as np

    from crackwise.report.verdict_page import VerdictPage
    from crackwise.score.verdicts import Verdicts

    tiles = {one.name: one for photo in known for one in _known_tiles(photo, truth, crack_px)}
    if not tiles:
        return None
    verdicts = Verdicts(
        tuple(tiles),
        np.array([one.is_cracked for one in tiles.values()], bool),
        np.array([one.tile.probability for one in tiles.values()], np.float32),
    )
    threshold = known[0].record.threshold
    remark = (
        f"A tile is cracked with at least {crack_px} crack pixels in its mask, sound without any; tiles with "
        "fewer, or with cracks in their border alone, are not judged."
    )
    page = VerdictPage.of(truth.name, verdicts, threshold, lambda name: _picture(tiles[name]), unit="tiles")
    return page.with_remark(remark)


def _known_tiles(known: "Known", truth: "Truth", crack_px: int) -> Iterator[KnownTile]:
    from crackwise.data.labelledtiles import verdict_of_mask

    record = known.record
    if len(record.tiles) < 2:
        return
    try:
        mask = truth.mask_of(known.photo)
    except CrackwiseError as error:
        typer.echo(f"warning: the tiles of {record.photo} are not judged: {error}", err=True)
        return
    if mask is None:
        return
    for number, tile in enumerate(record.tiles, start=1):
        is_cracked = verdict_of_mask(mask[tile.window.slices], crack_px)
        if is_cracked is not None:
            yield KnownTile(known, number, tile, is_cracked)


def _picture(one: KnownTile) -> bytes | None:
    from crackwise.report.verdict_pictures import thumbnail

    return thumbnail(one.of.photo, one.tile.window)
