"""Measuring many photos whose masks are given, also in place of what an earlier inspection found."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path, PurePosixPath

from crackwise.arrays import CrackMask
from crackwise.data.dataset import files_below
from crackwise.errors import PhotoError, SettingsError
from crackwise.files import sha256_of
from crackwise.inspection.artefacts import (
    check_drawable,
    earlier_record,
    given_sha256,
    has_artefacts,
    has_given_mask,
    is_done,
    is_mask_edited,
    stem_of_photo,
)
from crackwise.inspection.batch import RunOptions
from crackwise.inspection.inspect import Inspection
from crackwise.inspection.layout import RUN_FILE, artefact_path
from crackwise.inspection.measure import GivenMask, measure_photo, read_mask
from crackwise.inspection.record import MASK_GIVEN, InspectionRecord
from crackwise.inspection.runfile import MEASURING, RunFile
from crackwise.inspection.scales import Scaled
from crackwise.inspection.settings import MeasuringSettings
from crackwise.inspection.shown import accented
from crackwise.inspection.sources import Source
from crackwise.inspection.struck import struck_words
from crackwise.photo import Photo

SUFFIXES = (".png", ".bmp", ".tif", ".tiff")


@dataclass(frozen=True)
class Masks:
    """Where the masks of photos lie.

    Parameters
    ----------
    path
        One mask for one photo, or a folder with ``<stem>.png`` for each photo: its path below the photos'
        folder without suffix, or, where no two photos share it, its bare name without suffix.
    sources
        The photos.
    """

    path: Path
    sources: tuple[Source, ...]

    @classmethod
    def of(cls, path: Path, sources: Sequence[Source]) -> "Masks":
        """Check that there is a mask for any photo; photos that lie in the folder of masks are masks.

        Raises
        ------
        SettingsError
            If there is none, or one file for several photos.
        """
        if not path.exists():
            raise SettingsError(f"--mask {path} does not exist; expected a mask or a folder of <stem>.png")
        if path.is_file():
            if len(sources) > 1:
                raise SettingsError(
                    f"--mask {path} is one file for {len(sources)} photos; expected a folder of <stem>.png"
                )
            return cls(path, tuple(sources))
        folder = path.resolve()
        masks = cls(path, tuple(each for each in sources if folder not in each.path.resolve().parents))
        if not any(masks.found.values()):
            raise SettingsError(f"--mask {path} holds no mask of any photo; expected <stem>.png")
        return masks

    @cached_property
    def found(self) -> dict[str, Path | None]:
        """The mask of each photo by its stem; None where there is none."""
        if self.path.is_file():
            return {source.stem: self.path for source in self.sources}
        shared = [Counter(column) for column in zip(*(_shorter(source) for source in self.sources))]
        return {
            source.stem: next((path for path in self._candidates(source, shared) if path.is_file()), None)
            for source in self.sources
        }

    def _candidates(self, source: Source, shared: Sequence[Counter[str]]) -> Iterator[Path]:
        """Name the places in turn; a name that two photos share is of neither, but in the folder of a run."""
        is_of_run = (self.path.parent / RUN_FILE).is_file()
        short = [name for name, counts in zip(_shorter(source), shared) if counts[name] == 1]
        own = [source.stem] if is_of_run or all(counts[source.stem] < 2 for counts in shared) else []
        stems = [form for stem in (*own, source.name, *short) for form in accented(stem)]
        suffixes = [letters for suffix in SUFFIXES for letters in (suffix, suffix.upper())]
        return (self.path / f"{stem}{suffix}" for stem in dict.fromkeys(stems) for suffix in suffixes)

    def without_photo(self) -> tuple[Path, ...]:
        """List the masks in the folder that belong to no photo, sorted."""
        if self.path.is_file():
            return ()
        # a file system that takes small and capital letters as equal finds a.PNG by a.png
        used = {_in_small(path) for path in self.found.values() if path is not None}
        return tuple(sorted(path for path in files_below(self.path, SUFFIXES) if _in_small(path) not in used))


def _in_small(path: Path) -> Path:
    return path.with_suffix(path.suffix.lower())


def _shorter(source: Source) -> tuple[str, str]:
    """Give the name of a photo without its suffix, with and without its folders."""
    name = PurePosixPath(source.name)
    return str(name.with_suffix("")), name.stem


@dataclass(frozen=True, slots=True)
class ByMask:
    """Measures each photo by its given mask; the work of a batch.

    A photo of an earlier run keeps the scale and the inspected share it had there, unless this run has a rule
    for the scale.
    """

    masks: Masks
    options: RunOptions
    settings: MeasuringSettings

    def is_done(self, source: Source) -> bool:
        """Tell whether there is a record of this very mask, or one and no mask.

        With the mask that the run itself wrote, a photo whose mask was given and whose overlay is gone is
        measured again.
        """
        out, mask = self.options.out, self.masks.found[source.stem]
        if not has_artefacts(out, source.stem, ("json",)):
            return False
        if mask is None:
            return True
        if is_mask_edited(out, source.stem):
            return False
        if not self.is_own(source):
            return is_done(out, source, ()) and given_sha256(out, source.stem) == self._sha256(mask)
        return has_artefacts(out, source.stem) or not has_given_mask(out, source)

    def is_own(self, source: Source) -> bool:
        """Tell whether the mask of a photo is the one that lies in the run."""
        mask = self.masks.found[source.stem]
        own = artefact_path(self.options.out, "masks", source.stem)
        return mask is not None and mask.resolve() == own.resolve()

    def kept(self) -> list[Source]:
        """List the photos that stay as they are measured, as their masks are those that the run wrote."""
        return [one for one in self.masks.sources if self.is_own(one) and self.is_done(one)]

    def run_after(self, run: RunFile, kept: Sequence[Source], rescaled: Sequence[Source]) -> RunFile:
        """Say how all photos of a run are measured when this is done, as far as they are alike.

        Parameters
        ----------
        run
            As it is now.
        kept, rescaled
            The photos that stay as they are, and those of them that get the scale of the options.
        """
        masked = {one.name for one in self.masks.sources if self.masks.found[one.stem]}
        if not set(stem_of_photo(self.options.out)) <= masked:
            return run
        rule = self.options.scale_rule
        scale = {"scale": rule.described(), "scale_ways": rule.kinds, "rescaling": ()}
        is_axis_stated = run.knows_directions or self.settings.axis_deg != run.settings.axis_deg
        way = {"settings": self.settings, "measuring": MEASURING, "is_axis_stated": is_axis_stated}
        has_scale = rule.ways and len(kept) == len(rescaled)
        is_one_way = run.model == MASK_GIVEN and not kept
        return run.model_copy(update=(scale if has_scale else {}) | (way if is_one_way else {}))

    def begin(self, source: Source) -> None:
        """Check that there is a mask; the earlier record stays until the new one is written."""
        if self.masks.found[source.stem] is None:
            raise PhotoError(f"{source.name} has no mask in {self.masks.path}; expected {source.stem}.png")

    def inspect(self, photo: Photo, source: Source) -> Inspection:
        """Measure one photo."""
        path = self.masks.found[source.stem]
        assert path is not None, "begin has checked it"
        earlier = earlier_record(self.options.out, source.stem)
        scaled = self._scaled(photo, source, earlier)
        check_drawable(scaled.photo.info)
        mask = _fitting(read_mask(path), scaled)
        if earlier is None:  # in an earlier run, an emptied mask says that there is no crack
            mask.check_cracked()
        region = scaled.region(None)
        if region is None:
            region = earlier_region(artefact_path(self.options.out, "regions", source.stem), scaled.photo)
        inspection = measure_photo(
            scaled.photo,
            mask,
            self.settings,
            scale=scaled.scale,
            inspected_px=_inspected_px(region, scaled.photo, earlier),
        )
        measured = inspection.with_scale_warnings(scaled.warnings)
        return replace(
            measured,
            warnings=(*measured.warnings, *_of_struck(earlier)),
            region=region,
            given_sha256=self._sha256(path),
        )

    def _sha256(self, mask: Path) -> str:
        """Hash a mask's file with what else decides its figures: scale, axis and the way of measuring."""
        try:
            parts = [sha256_of(mask), self.options.scale_rule.described(), str(self.settings), str(MEASURING)]
        except OSError as error:
            raise SettingsError(f"the mask {mask} cannot be read: {error.strerror or error}") from error
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    def _scaled(self, photo: Photo, source: Source, earlier: InspectionRecord | None) -> Scaled:
        if self.options.scale_rule.ways or earlier is None:
            return self.options.scale_rule.scale_for(photo, source)
        if (earlier.height_px, earlier.width_px) != photo.pixels.shape[:2]:
            raise PhotoError(
                f"{source.name} is {photo.info.width_px}×{photo.info.height_px} but was inspected at "
                f"{earlier.width_px}×{earlier.height_px}; add --rectify if it was rectified then"
            )
        return Scaled(photo, earlier.scale)


def _fitting(mask: GivenMask, scaled: Scaled) -> GivenMask:
    """Carry a mask of the photo as it was over to the rectified photo, if it is one."""
    flat = scaled.rectified
    if flat is None or scaled.card is None or mask.pixels.shape == flat.inside.shape:
        return mask
    is_of_photo = mask.pixels.shape == scaled.card.shape
    return replace(mask, pixels=flat.carried(mask.pixels)) if is_of_photo else mask


def _of_struck(earlier: InspectionRecord | None) -> tuple[str, ...]:
    """Say that a mask takes the place of what was struck out: its cracks have numbers of their own."""
    if earlier is None or not earlier.struck:
        return ()
    return (f"{struck_words(earlier.struck)} before this mask was measured; now it alone says what counts",)


def earlier_region(path: Path, photo: Photo) -> CrackMask | None:
    """Read where a photo was inspected in an earlier run; None for all of it, and in runs that do not say."""
    if not path.is_file():
        return None
    region = read_mask(path).pixels
    return region if region.shape == photo.pixels.shape[:2] else None


def _inspected_px(region: CrackMask | None, photo: Photo, earlier: InspectionRecord | None) -> int | None:
    if region is not None:
        return int(region.sum())
    if earlier is None:
        return None
    return max(1, round(earlier.inspected_share * photo.info.height_px * photo.info.width_px))
