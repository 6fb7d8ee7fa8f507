"""CVAT: one XML file, "CVAT for images 1.1"; the tool shows photos upright, so shapes belong to that."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from crackwise.data.finding import Finding
from crackwise.data.labelled import LabelledSet
from crackwise.data.names import find_photo, safe_name
from crackwise.data.readers.cvatshapes import read_shapes
from crackwise.data.readers.draft import Draft, settle
from crackwise.data.readers.options import DEFAULTS, ReadOptions
from crackwise.data.readers.photofolder import folder_of
from crackwise.data.readers.splits import split_of
from crackwise.data.readers.textfile import read_text
from crackwise.errors import DataError

_FILE = "annotations.xml"


def read_cvat(path: Path, options: ReadOptions = DEFAULTS) -> LabelledSet:
    """Read an export of CVAT: the file, or the unpacked folder that it lies in.

    Shapes are painted from the lowest ``z_order`` to the highest, hidden (occluded) ones too. An image
    without shapes says that there is no crack.

    Raises
    ------
    DataError
        If the file is broken or no export for images, or nothing says which category is the crack.
    """
    file = _file(path)
    root = _parsed(file)
    drafts: list[Draft] = []
    findings: list[Finding] = []
    doubled = _doubled(root)
    for number, image in enumerate(root.iter("image"), start=1):
        where = image.get("name") or f"image {number}"
        try:
            draft, notes = _read_image(image, doubled, file.parent, options)
        except DataError as error:
            findings.append(Finding("annotation", "error", where[:200], str(error)))
        else:
            drafts.append(draft)
            findings.extend(Finding("shape", "note", draft.name, note) for note in notes)
    if not drafts and not findings:
        raise DataError(f"{file} names no image; expected an export as CVAT for images 1.1")
    return settle(drafts, [*findings, *_without_shapes(drafts, file)], file, options)


def _file(path: Path) -> Path:
    if path.suffix.lower() == ".zip":
        raise DataError(f"{path} is packed; unpack it and give the folder with its {_FILE}")
    folder = folder_of(path)
    if path.is_file():
        return path
    found = folder / _FILE if (folder / _FILE).is_file() else None
    others = sorted(folder.glob("*.xml"))
    if found is None and len(others) != 1:
        raise DataError(f"{folder} holds {len(others)} .xml files; expected {_FILE}, or give the file itself")
    return found or others[0]


def _parsed(file: Path) -> Element:
    parser = ElementTree.XMLParser(target=_WithoutDoctype(file))  # noqa: S314 - no entities
    try:
        root = ElementTree.fromstring(read_text(file), parser)  # noqa: S314 - no entities
    except (ElementTree.ParseError, ValueError) as error:
        raise DataError(f"{file} is no XML, or cut off: {error}; export it again") from error
    if root.tag != "annotations":
        raise DataError(
            f"{file} is <{root.tag[:40]}>; expected <annotations>, an export as CVAT for images 1.1"
        )
    if root.find("track") is not None:
        raise DataError(f"{file} is an export for video; export it as CVAT for images 1.1")
    return root


class _WithoutDoctype(ElementTree.TreeBuilder):
    """Stop where entities could be declared: a few hundred bytes of those can fill all memory."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self._file = file

    def doctype(self, name: str, public: str | None, system: str | None) -> None:
        """Refuse, whatever the encoding in which it is hidden."""
        raise DataError(f"{self._file} declares a DOCTYPE, which CVAT never writes; it is not read")


def _doubled(root: Element) -> frozenset[str]:
    """List the names that several subsets of a project have."""
    pairs = {(image.get("name") or "", image.get("subset") or "") for image in root.iter("image")}
    counts = Counter(name for name, _ in pairs)
    return frozenset(name for name, count in counts.items() if count > 1)


def _read_image(
    image: Element, doubled: frozenset[str], folder: Path, options: ReadOptions
) -> tuple[Draft, tuple[str, ...]]:
    """Read an image; a name that is doubled gets its subset in front."""
    name = safe_name(image.get("name") or "")
    size = _size(image)
    shapes, notes = read_shapes(image, size, options.line_width_px)
    found = find_photo(name, list(_folders(folder, image.get("subset") or "", options.photos)))
    if found is None:
        raise DataError(
            f"the photo is not in {folder / 'images'} or beside the file; copy it there or say where it is "
            "with --photos"
        )
    subset = image.get("subset") or ""
    named = safe_name(f"{subset}/{name}") if subset and image.get("name") in doubled else name
    draft = Draft(named, found, shapes, size, split_of(subset))
    counted = Counter(notes)
    return draft, tuple(note if count == 1 else f"{note} ({count} times)" for note, count in counted.items())


def _folders(folder: Path, subset: str, photos: Path | None) -> Iterator[Path]:
    is_folder = subset and "/" not in subset and "\\" not in subset and subset != ".."
    for place in (*([] if photos is None else [photos]), folder / "images"):
        if is_folder:
            yield place / subset
        yield place
    yield folder


def _without_shapes(drafts: Sequence[Draft], file: Path) -> tuple[Finding, ...]:
    count = sum(not draft.shapes for draft in drafts)
    if not count:
        return ()
    message = f"{count} of {len(drafts)} photos have no shape: taken as photos without cracks"
    return (Finding("no annotations", "note", file.name, message),)


def _size(image: Element) -> tuple[int, int] | None:
    """Read (H, W); None where the file does not say."""
    height, width = image.get("height"), image.get("width")
    if height is None or width is None:
        return None
    if not (height.isdecimal() and width.isdecimal() and int(height[:9]) > 0 and int(width[:9]) > 0):
        raise DataError(f"its size is {width[:20]!r} × {height[:20]!r}; expected whole numbers above 0")
    return int(height[:9]), int(width[:9])
