"""The main job on one photo: predict, threshold, trace, measure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib import metadata
from pathlib import Path

import numpy as np

from crackwise import scratch
from crackwise.arrays import CrackMask, Grey, Levels, ProbabilityMap, Rgb
from crackwise.crack.components import Components
from crackwise.crack.mask import find_cracks
from crackwise.crack.measure import Certainty, measure, summarise
from crackwise.crack.measurements import CrackMeasurement, PhotoSummary
from crackwise.crack.network import CrackNetwork, trace
from crackwise.crack.oblique import measure_widths_as_taken
from crackwise.crack.sections import EdgeMap
from crackwise.crack.select import Cracks, PossibleCrack, keep_cracks
from crackwise.crack.widths import measure_widths
from crackwise.errors import SettingsError
from crackwise.inspection.appearance import unlike
from crackwise.inspection.capture import capture_of
from crackwise.inspection.card import ModelCard
from crackwise.inspection.model import CrackModel, load_model
from crackwise.inspection.record import MASK_GIVEN, InspectionRecord, NetworkRecord, PossibleRecord
from crackwise.inspection.settings import DEFAULTS, MeasuringSettings, ResolvedSettings, Settings
from crackwise.levels import to_levels, to_probability
from crackwise.photo import Photo, PhotoInfo, as_photo
from crackwise.scale import Scale, as_scale
from crackwise.zooms import Zooms


@dataclass(frozen=True, slots=True)
class HowFound:
    """How the cracks of a photo were found: by a model, or by whoever gave the mask.

    Parameters
    ----------
    settings
        With every value stated.
    card
        The model's; None for a given mask.
    precision
        The arithmetic used; ``none`` without a model.
    engine
        Name and version of what ran the model; None without one.
    levels
        (H, W) probability in levels, as the model gave it; None without a model.
    """

    settings: ResolvedSettings | MeasuringSettings
    card: ModelCard | None = None
    precision: str = "none"
    engine: tuple[str, str] | None = None
    levels: Levels | None = None


@dataclass(frozen=True, slots=True)
class Inspection:
    """Everything that is known about one photo after its inspection.

    Parameters
    ----------
    photo
        Pixels and what the file says about them.
    scale
        None when unknown; then every ``*_mm`` is None.
    card, settings, precision, engine
        The model, the settings with every value stated, the arithmetic used, and name and version of what ran
        the model; for a given mask None, MeasuringSettings, ``none`` and None.
    levels
        (H, W) probability in 256 levels, as the model gave it, before region of interest and threshold; None
        for a given mask.
    regions
        The pixels of the cracks that are reported.
    network, cracks, summary
        Their graph, their measurements, the photo's totals.
    inspected_share
        Share of the photo inside the region of interest, (0, 1].
    warnings
        Sentences about how the photo was measured, such as on a missing marker card.
    possible
        What was found too, but is too short or too doubtful for the settings, and counted nowhere.
    region
        (H, W) bool, where the photo was inspected; None for all of it, or where that is not known.
    scale_warnings
        How many of the first of them are about the scale.
    given_sha256
        Of a given mask's file and what else decided the figures; None without one.
    """

    photo: Photo
    scale: Scale | None
    card: ModelCard | None
    settings: ResolvedSettings | MeasuringSettings
    precision: str
    levels: Levels | None
    regions: Components
    network: CrackNetwork
    cracks: tuple[CrackMeasurement, ...]
    summary: PhotoSummary
    inspected_share: float
    warnings: tuple[str, ...] = ()
    possible: tuple[PossibleCrack, ...] = ()
    region: CrackMask | None = None
    scale_warnings: int = 0
    given_sha256: str | None = None
    engine: tuple[str, str] | None = None

    def with_scale_warnings(self, warnings: Sequence[str]) -> "Inspection":
        """Put what is to be said about the scale before the warnings."""
        return replace(self, warnings=(*warnings, *self.warnings), scale_warnings=len(warnings))

    @property
    def info(self) -> PhotoInfo:
        """What the file says about the photo."""
        return self.photo.info

    @property
    def mask(self) -> CrackMask:
        """The cracks that are reported, (H, W) bool, painted anew each time."""
        return self.regions.mask()

    @property
    def probability(self) -> ProbabilityMap | None:
        """What ``levels`` stand for, (H, W) float32 in [0, 1], made anew each time; None for a given mask."""
        return None if self.levels is None else to_probability(self.levels)

    def record(self, photo: str, stem: str) -> InspectionRecord:
        """Give the result without pixels, as it is stored.

        Parameters
        ----------
        photo
            Name to show, relative to what the user named.
        stem
            Name of the artefacts in the run folder.
        """
        info = self.info
        return InspectionRecord(
            photo=photo,
            stem=stem,
            height_px=info.height_px,
            width_px=info.width_px,
            taken_at=info.taken_at,
            camera=info.camera,
            latitude_deg=info.latitude_deg,
            longitude_deg=info.longitude_deg,
            scale=self.scale,
            model=f"{self.card.name} {self.card.version}" if self.card else MASK_GIVEN,
            settings=self.settings,
            precision=self.precision,
            inspected_share=self.inspected_share,
            summary=self.summary,
            cracks=self.cracks,
            network=NetworkRecord.of(self.network),
            versions=dict(
                [("crackwise", metadata.version("crackwise")), *([self.engine] if self.engine else [])]
            ),
            warnings=self.warnings,
            scale_warnings=self.scale_warnings,
            photo_bytes=info.file_bytes,
            photo_modified_ns=info.file_modified_ns,
            given_sha256=self.given_sha256,
            possible=tuple(PossibleRecord.of(one) for one in self.possible),
        )


def inspect(
    photo: str | Path | Rgb | Grey | Photo,
    *,
    scale: Scale | str | None = None,
    model: CrackModel | Path | str | None = None,
    settings: Settings = DEFAULTS,
    roi: CrackMask | None = None,
) -> Inspection:
    """Find, trace and measure the cracks in one photo.

    Parameters
    ----------
    photo
        A file, pixels (H, W, 3) uint8 RGB or (H, W) uint8 grey, or a photo that was read or rectified.
    scale
        Millimetres per pixel, or text such as ``"0.2mm/px"``; without it there are only pixels.
    model
        A loaded model, a model file, the name of a shipped model, or None for the default one. Load it once
        for many photos.
    settings
        What the model card says unless stated.
    roi
        (H, W) bool, where to inspect.

    Raises
    ------
    PhotoError, ModelError, SettingsError
        If the photo, the model or an argument cannot be used.
    """
    if not isinstance(model, CrackModel):
        model = load_model(model, settings.precision)
    return inspect_photo(
        as_photo(photo),
        model,
        settings,
        scale=as_scale(scale),
        roi=roi,
    )


def inspect_photo(
    photo: Photo,
    model: CrackModel,
    settings: Settings = DEFAULTS,
    *,
    scale: Scale | None = None,
    roi: CrackMask | None = None,
) -> Inspection:
    """Inspect a photo that is already read; see :func:`inspect`."""
    if roi is not None:
        _check_roi(roi, photo.info)
    resolved = settings.resolved(model.card)
    levels = predict_map(photo.pixels, model, resolved)
    found = find_in_map(levels, resolved, roi)
    how = HowFound(resolved, model.card, model.precision, model.engine.software, levels)
    inspected_px = None if roi is None else int(roi.sum())
    inspection = measure_found(
        photo, found.regions, found.network, how, scale=scale, inspected_px=inspected_px
    )
    warning = unlike(photo.pixels, model.card.seen, f"{model.card.name} {model.card.version}")
    scratch.let_go(photo.pixels)
    warnings = (warning,) if warning else ()
    return replace(inspection, possible=found.possible, region=roi, warnings=warnings)


def measure_found(
    photo: Photo,
    regions: Components,
    network: CrackNetwork,
    how: HowFound,
    *,
    scale: Scale | None = None,
    inspected_px: int | None = None,
) -> Inspection:
    """Measure cracks in the grey values of their photo, however they were found.

    Parameters
    ----------
    photo
        (H, W)
    regions, network
        Of the cracks, and what was traced from them.
    how
        How they were found.
    scale
        Adds millimetres.
    inspected_px
        Area that was looked at, > 0; None for the whole photo.
    """
    network, optics = _measure_widths(photo, regions, network)
    sharpness = optics or capture_of(photo)
    scratch.let_go(photo.pixels)
    cracks = measure(
        network,
        regions,
        scale=scale,
        levels=how.levels,
        optics=sharpness,
        axis_deg=how.settings.axis_deg,
    )
    photo_px = regions.shape[0] * regions.shape[1]
    area_px = photo_px if inspected_px is None else inspected_px
    return Inspection(
        photo=photo,
        scale=scale,
        card=how.card,
        settings=how.settings,
        precision=how.precision,
        levels=how.levels,
        regions=regions,
        network=network,
        cracks=cracks,
        summary=summarise(cracks, scale=scale, inspected_px=area_px, sharpness=sharpness),
        inspected_share=area_px / photo_px,
        engine=how.engine,
    )


def _measure_widths(
    photo: Photo, regions: Components, network: CrackNetwork
) -> tuple[CrackNetwork, Certainty | None]:
    if photo.taken is None:
        return measure_widths(photo.pixels, regions, network)
    return measure_widths_as_taken(photo.taken, regions, network)


def predict_map(photo: Rgb, model: CrackModel, settings: ResolvedSettings) -> Levels:
    """Predict a photo (H, W, 3) by tiles and at the sizes that the settings say, in levels (H, W)."""
    zooms = Zooms(settings.zooms, settings.zooms_up_to_megapixels)
    tile_px, overlap_px = settings.tile_px, settings.overlap_px
    if zooms.of(photo.shape) == (1.0,):
        return model.predict_levels(photo, tile_px=tile_px, overlap_px=overlap_px)
    return to_levels(zooms.predict(photo, partial(model.predict, tile_px=tile_px, overlap_px=overlap_px)))


def find_in_map(levels: Levels, settings: ResolvedSettings, roi: CrackMask | None = None) -> Cracks:
    """Go from a map in levels (H, W) to the cracks that are reported, their widths by the map's edges."""
    seen = levels if roi is None else np.where(roi, levels, np.uint8(0))
    regions = find_cracks(
        seen, high=settings.threshold_high, low=settings.threshold_low, min_area_px=settings.min_area_px
    )
    network = trace(regions, edge=EdgeMap.of_levels(seen, settings.threshold_low))
    scratch.let_go(seen)
    return keep_cracks(
        Cracks(regions, network, measure(network, regions, levels=seen)),
        min_length_px=settings.min_length_px,
        min_confidence=settings.min_confidence,
    )


def _check_roi(roi: CrackMask, info: PhotoInfo) -> None:
    if roi.dtype != np.bool_ or roi.ndim != 2:
        raise SettingsError(
            f"the region of interest is {roi.dtype} of shape {roi.shape}; expected bool, (H, W): mask > 0"
        )
    if roi.shape != (info.height_px, info.width_px):
        raise SettingsError(
            f"the region of interest is {roi.shape[1]}×{roi.shape[0]} but the photo is "
            f"{info.width_px}×{info.height_px}; draw it on the photo itself"
        )
    if not roi.any():
        raise SettingsError(
            "the region of interest is empty; expected at least one pixel that is to be inspected"
        )
