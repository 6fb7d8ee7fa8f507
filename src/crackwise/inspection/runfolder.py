"""The folder of a run: it goes on with the same run only, or begins anew."""

from collections.abc import Sequence
from pathlib import Path

from crackwise.errors import OutputError, SettingsError
from crackwise.files import remove
from crackwise.inspection.artefacts import (
    is_in_place,
    keep_by_hand,
    photo_of,
    photo_of_stem,
    remove_artefacts,
    remove_leftovers,
    stem_of_photo,
)
from crackwise.inspection.layout import REPORT_FILES, RUN_FILE, STRUCK_FILE, SUFFIX_OF_ARTEFACT, artefact_path
from crackwise.inspection.runfile import RunFile, is_of_crackwise, read_run, write_run
from crackwise.inspection.sources import Source

FILES = (*REPORT_FILES, STRUCK_FILE, RUN_FILE)


def continue_run(out: Path, run: RunFile, sources: Sequence[Source]) -> list[Path]:
    """Begin a run in a folder, or go on with the same run in it, also at another scale.

    Then ``rescaling`` in ``run.json`` lists the photos that are still to have it.

    Returns
    -------
    Where masks by hand lie now that lay where a photo of another name is inspected; see :func:`begin_again`.

    Raises
    ------
    SettingsError
        If the folder holds a run that was made with something else, and the message says what differs; or if
        its ``run.json`` is damaged or of another program.
    OutputError
        If it holds folders of our names but no ``run.json``, or cannot be written.
    """
    if is_of_crackwise(out / RUN_FILE):
        earlier = read_run(out)
        _check_same(out, earlier, run)
        if run.scale != earlier.scale:
            _check_complete(out, sources)
        remove_leftovers(out, FILES, SUFFIX_OF_ARTEFACT)
        kept = _remove_renamed(out, sources)
        rescaling = earlier.rescaling if run.scale == earlier.scale else tuple(sorted(photo_of_stem(out)))
        run = run.model_copy(update={"failures": earlier.failures, "rescaling": rescaling})
    else:
        _check_foreign(out)
        kept = []
    write_run(out, run)
    return kept


def correct_run(out: Path, run: RunFile) -> None:
    """Go on with a run of any kind, as it says itself, or begin one where there is none.

    Raises
    ------
    OutputError
        As :func:`continue_run`.
    """
    if is_of_crackwise(out / RUN_FILE):
        remove_leftovers(out, FILES, SUFFIX_OF_ARTEFACT)
    else:
        _check_foreign(out)
    write_run(out, run)


def begin_again(out: Path, run: RunFile) -> list[Path]:
    """Remove the artefacts of an earlier run, never a file that it did not make, and begin a new one.

    Returns
    -------
    The masks that a user drew or corrected, and the table of the cracks that were struck out, moved to
    MASKS_BY_HAND, where no run writes anything else.

    Raises
    ------
    OutputError
        As :func:`continue_run`.
    """
    kept = []
    if is_of_crackwise(out / RUN_FILE):
        remove_leftovers(out, FILES, SUFFIX_OF_ARTEFACT)
        for stem in photo_of_stem(out):
            kept += remove_artefacts(out, stem)
        struck = out / STRUCK_FILE
        if struck.exists():
            kept.append(keep_by_hand(out, struck, Path(STRUCK_FILE)))
        for name in FILES:
            remove(out / name)
        _remove_empty_folders(out)
    else:
        _check_foreign(out)
    write_run(out, run)
    return kept


def _check_same(out: Path, earlier: RunFile, run: RunFile) -> None:
    differences = earlier.differences(run)
    if not differences or (len(differences) == 1 and earlier.takes_scale(run.scale, run.scale_ways or ())):
        return
    is_scale_gone = run.scale == "none" != earlier.scale
    raise SettingsError(
        f"{out} holds a run that differs: {'; '.join(differences)}; {'give its scale, ' * is_scale_gone}"
        "choose another --out, or add --overwrite to begin again"
    )


def _check_complete(out: Path, sources: Sequence[Source]) -> None:
    """Refuse another scale for a part of a run's photos."""
    left = sorted(set(stem_of_photo(out)) - {source.name for source in sources})
    if left:
        raise SettingsError(
            f"another scale is for all photos of the run in {out}, and {len(left)} are not named or gone, "
            f"first {left[0]}; name all, delete the file of one that is gone in {out / 'json'}, or give "
            "single photos their scale with crackwise measure"
        )


def _check_foreign(out: Path) -> None:
    if (out / RUN_FILE).exists():
        read_run(out)  # says that it is none of ours
    ours = [name for name in (*SUFFIX_OF_ARTEFACT, *REPORT_FILES) if (out / name).exists()]
    if ours:
        raise OutputError(
            f"{out} already holds {', '.join(ours)} but no {RUN_FILE}, so it was not made by crackwise; "
            "choose another --out"
        )


def _remove_renamed(out: Path, sources: Sequence[Source]) -> list[Path]:
    """Remove what lies under the stem of a photo of another one, and what it left under an earlier stem.

    A photo has another stem when it now keeps its extension or has a number, or no longer does.
    """
    kept = []
    for source in sources:
        if photo_of(artefact_path(out, "json", source.stem)) not in {None, source.name}:
            kept += remove_artefacts(out, source.stem)
    stems = {source.name: source.stem for source in sources}
    for earlier, photo in photo_of_stem(out).items():
        record = artefact_path(out, "json", earlier)
        if photo in stems and not is_in_place(out, record, stems[photo]):
            kept += remove_artefacts(out, earlier)
    return kept


def _remove_empty_folders(out: Path) -> None:
    for kind in SUFFIX_OF_ARTEFACT:
        folders = [path for path in (out / kind).rglob("*") if path.is_dir()]
        for folder in [*sorted(folders, reverse=True), out / kind]:
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()
