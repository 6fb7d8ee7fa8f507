"""From a run folder to one model file: ONNX with normalisation, sigmoid and card inside."""

import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from importlib import metadata
from pathlib import Path

import onnx

from crackwise.arrays import Rgb
from crackwise.data.dataset import Sample
from crackwise.files import write_bytes
from crackwise.inspection.appearance import typical_ranges
from crackwise.inspection.card import ModelCard, TrainingSet
from crackwise.inspection.classifiercard import ClassifierCard
from crackwise.inspection.model import CARD_KEY, load_model
from crackwise.nets.build import build_net
from crackwise.nets.cracknet import CrackNet
from crackwise.recipe import ClassifierSource, DataRecipe, SourceRecipe, dump_recipe
from crackwise.training.calibrate import Calibration, calibrate
from crackwise.training.checkpoint import FinishedRun
from crackwise.training.cost import count_parameters
from crackwise.training.folder import Folders, read_run
from crackwise.training.graph import agreeing_graph, stored
from crackwise.training.runfiles import BEST_FILE, START_FILE
from crackwise.training.sources import SourceSamples, gather_run
from crackwise.training.storage import Storage, compute_in_int8
from crackwise.training.validation import OVERLAP_PX, TILE_PX
from crackwise.zooms import Zooms, resized

ZOOMS = Zooms((0.5, 1.0, 2.0), up_to_megapixels=0.5)
"""At which sizes an exported model looks at photos unless said otherwise."""

_CALIBRATION_PHOTOS = 48  # of each source
_TYPICAL_PHOTOS = 12  # of each source, to set int8 up
_SEEN_PHOTOS = 200  # of each source, for how they look
_UNCHOSEN = Calibration(0.5, 0.5, 0, 0.0, 0.0, {})  # of a model file whose thresholds are being chosen


@dataclass(frozen=True, slots=True)
class Release:
    """What the card says beside recipe and calibration; without a name, the model has that of its recipe.

    ``zooms`` are the sizes at which photos are looked at, ``storage`` is how weights are stored and
    computed with, ``checkpoints`` are those of the run folder to choose from, ``before`` is the card of the
    model file that the training started from; all four are for segmentation.
    """

    version: str
    licence: str
    encoder: str
    limits: str
    name: str = ""
    zooms: Zooms = ZOOMS
    storage: Storage = "fp16"
    checkpoints: tuple[str, ...] = (BEST_FILE,)
    before: ModelCard | None = None


def export_run(folders: Folders, out: Path, release: Release) -> ModelCard:
    """Choose thresholds on the validation groups of a run and write a checkpoint of it as a model file.

    They are chosen with what the file itself predicts, at the zooms of the release. Of several checkpoints
    the one is written that is best then, by :attr:`Calibration.merit`; among equals the first.

    Returns
    -------
    The card that was written.
    """
    runs = [read_run(folders.run, name) for name in release.checkpoints]
    release = started_from(folders.run, release)
    sources = gather_run(runs[0].recipe, folders)
    found = max((_calibrated(run, sources, release) for run in runs), key=lambda one: one.chosen.merit)
    seen = typical_ranges(_photos_of_training(sources))
    card = make_card(found.run, found.net, sources, found.chosen, release)
    card = card.model_copy(update={"seen": seen, "precision": found.precision})
    write_bytes(out, with_card(found.content, card, found.precision))
    return card


@dataclass(frozen=True, slots=True)
class _Calibrated:
    """A checkpoint as it would be exported."""

    run: FinishedRun
    net: CrackNet
    content: bytes
    precision: str
    chosen: Calibration


def _calibrated(run: FinishedRun, sources: tuple[SourceSamples, ...], release: Release) -> _Calibrated:
    """Turn a checkpoint into a graph, and choose thresholds with what that predicts."""
    sys.stderr.write(f"step {run.step:,}: choosing thresholds on the validation photos\n")
    net = load_net(run)
    zooms = Zooms() if run.recipe.data.sees_whole_photos else release.zooms
    if release.storage == "int8":
        content, precision = in_int8(net, sources, run.recipe.data), "int8"
    else:
        content, precision = stored(net, TILE_PX)
    with tempfile.TemporaryDirectory() as folder:
        draft = Path(folder) / "draft.onnx"
        draft.write_bytes(with_card(content, make_card(run, net, sources, _UNCHOSEN, release), precision))
        look = partial(load_model(draft, "fp32").predict, tile_px=TILE_PX, overlap_px=OVERLAP_PX)
        chosen = calibrate(partial(zooms.predict, predict=look), sources, _CALIBRATION_PHOTOS)
    sys.stderr.write(f"step {run.step:,}: {chosen.summary}\n")
    return _Calibrated(run, net, content, precision, replace(chosen, zooms=zooms))


def started_from(run: Path, release: Release) -> Release:
    """Add the card of the model file that a run started from, and its encoder where none is stated."""
    path = run / START_FILE
    if not path.is_file():
        return release
    before = ModelCard.model_validate_json(path.read_text(encoding="utf-8"))
    encoder = before.encoder if release.encoder in {"none", "not stated"} else release.encoder
    return replace(release, before=before, encoder=encoder)


def load_net(run: FinishedRun) -> CrackNet:
    """Rebuild the network of a run with the weights of its checkpoint."""
    net = build_net(run.recipe.model.model_copy(update={"encoder_weights": "none"}))
    net.load_state_dict(run.state)
    return net.eval()


def export(net: CrackNet, card: ModelCard, out: Path) -> Path:
    """Write the model file, its weights as fp16; as fp32 where that would change the predictions.

    Raises
    ------
    ModelError
        If the exported graph disagrees with PyTorch on the same tiles by more than ``PARITY``.
    """
    content, precision = stored(net, card.tile_px)
    write_bytes(out, with_card(content, card, precision))
    return out


def in_int8(net: CrackNet, sources: Sequence[SourceSamples], data: DataRecipe) -> bytes:
    """Give the graph with convolutions that compute in int8, set up on photos for training as it sees them.

    Raises
    ------
    ModelError
        If the graph in fp32 disagrees with PyTorch.
    MissingExtraError
        If ONNX Runtime is not installed.
    """
    graph = agreeing_graph(net, TILE_PX)
    return bytes(compute_in_int8(graph, _typical_photos(sources, net.stride_px, data)).SerializeToString())


def _photos_of_training(sources: Sequence[SourceSamples]) -> Iterator[Rgb]:
    """Read photos for training, as many of each source at most; drawn ones only where there are no others."""
    real = [source for source in sources if source.recipe.kind != "drawn"]
    for source in real or sources:
        for sample in _spread(source.training, _SEEN_PHOTOS):
            yield sample.read_image()


def _spread(samples: Sequence[Sample], most: int) -> Sequence[Sample]:
    """Take at most so many, evenly."""
    return samples[:: max(1, -(-len(samples) // most))]


def _typical_photos(sources: Sequence[SourceSamples], stride_px: int, data: DataRecipe) -> Iterator[Rgb]:
    """Give some photos for training of each source: whole at the size of the training, or a part."""
    for source in sources:
        for sample in _spread(source.training, _TYPICAL_PHOTOS):
            photo = sample.read_image()
            if data.sees_whole_photos:
                photo = resized(photo, data.size_px)
            H, W = (min(length, TILE_PX) // stride_px * stride_px for length in photo.shape[:2])
            yield photo[:H, :W]


def with_card(content: bytes, card: ModelCard | ClassifierCard, precision: str) -> bytes:
    """Put a card into a model file; the precision is that of its stored weights."""
    model = onnx.load_from_string(content)
    card = card.model_copy(update={"precision": precision})
    model.metadata_props.append(onnx.StringStringEntryProto(key=CARD_KEY, value=card.model_dump_json()))
    return bytes(model.SerializeToString())


def make_card(
    run: FinishedRun,
    net: CrackNet,
    sources: tuple[SourceSamples, ...],
    calibration: Calibration,
    release: Release,
) -> ModelCard:
    """Fill the card from what the run knows."""
    return ModelCard(
        name=release.name or run.recipe.name,
        version=release.version,
        tile_px=TILE_PX,
        fit_px=run.recipe.data.size_px if run.recipe.data.sees_whole_photos else None,
        stride_px=net.stride_px,
        overlap_px=OVERLAP_PX,
        threshold_high=calibration.threshold_high,
        threshold_low=calibration.threshold_low,
        min_area_px=calibration.min_area_px,
        min_length_px=calibration.min_length_px,
        min_confidence=calibration.min_confidence,
        precision="fp16",
        parameters=count_parameters(net),
        training_data=_learnt_from(sources, release.before),
        encoder=release.encoder,
        recipe=dump_recipe(run.recipe),
        steps=run.step,
        scores=calibration.scores,
        licence=release.licence,
        crackwise_version=metadata.version("crackwise"),
        trained_on=datetime.now(UTC).date().isoformat(),
        zooms=calibration.zooms.factors,
        zooms_up_to_megapixels=calibration.zooms.up_to_megapixels,
        limits=release.limits,
    )


def _learnt_from(sources: Sequence[SourceSamples], before: ModelCard | None) -> tuple[TrainingSet, ...]:
    """Name the sources of a training, and others of the model that it started from."""
    own = {source.recipe.name: training_set(source.recipe, len(source.training)) for source in sources}
    others = before.training_data if before else ()
    return (*own.values(), *(one for one in others if one.name not in own))


def training_set(source: SourceRecipe | ClassifierSource, images: int) -> TrainingSet:
    """Say for a card where so many images come from."""
    return TrainingSet(
        name=source.name,
        images=images,
        licence=source.licence or "not stated",
        source=source.source or "not stated",
    )
