"""Copies, near duplicates and crops among drawn photos; what is unlike stays unpaired."""

import threading
from pathlib import Path

import cv2
import numpy as np
import pytest

from crackwise.arrays import Rgb
from crackwise.data.draw import DrawSettings, draw_scene
from crackwise.data.draw.settings import NEVER_CRACKED
from crackwise.data.duplicates import NamedPhoto, find_duplicates
from crackwise.data.duplicates.features import Features, find_features, mirrored
from crackwise.data.duplicates.matching import fit_move
from crackwise.data.duplicates.overlap import Overlap
from crackwise.data.duplicates.relief import agreement
from crackwise.data.duplicates.symmetry import SYMMETRIES, turned, turned_waves
from crackwise.errors import DataError, SettingsError
from crackwise.files import write_image

SIDE_PX = 224


def scene(surface: str, seed: int, shape: tuple[int, int] = (SIDE_PX, SIDE_PX)) -> Rgb:
    cracks = 0 if surface in NEVER_CRACKED else 1
    return draw_scene(
        DrawSettings(*shape, surface=surface, crack_count=cracks), np.random.default_rng(seed)
    ).photo


def written(folder: Path, pictures: dict[str, Rgb]) -> list[NamedPhoto]:
    for name, picture in pictures.items():
        write_image(folder / name, picture)
    return [NamedPhoto(name, folder / name) for name in pictures]


def brightened(picture: Rgb) -> Rgb:
    return np.clip(picture * 1.1 + 12, 0, 255).astype(np.uint8)


def resized(picture: Rgb, scale: float) -> Rgb:
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return cv2.resize(picture, None, fx=scale, fy=scale, interpolation=way)


@pytest.fixture(scope="module")
def wall() -> Rgb:
    return scene("concrete", 1, (480, 640))


@pytest.fixture(scope="module")
def others() -> dict[str, Rgb]:
    """Photos of other places, so that a pair is found among many."""
    return {f"other-{surface}.png": scene(surface, 5) for surface in ("concrete", "brick")}


CHANGES = {
    "re-encoded": (lambda p: cv2.imdecode(cv2.imencode(".jpg", p, [cv2.IMWRITE_JPEG_QUALITY, 40])[1], 1), 0),
    "halved": (lambda p: resized(p, 0.5), 0),
    "enlarged": (lambda p: resized(p, 1.5), 0),
    "squeezed": (lambda p: cv2.resize(p, (256, 256), interpolation=cv2.INTER_AREA), 0),
    "brightened": (brightened, 0),
    "grey": (lambda p: np.dstack([cv2.cvtColor(p, cv2.COLOR_RGB2GRAY)] * 3), 0),
    "flipped": (lambda p: p[::-1], 1),
    "mirrored": (lambda p: p[:, ::-1], 2),
    "half turn": (lambda p: np.rot90(p, 2), 3),
    "transposed": (lambda p: p.transpose(1, 0, 2), 4),
    "quarter turn to the left": (lambda p: np.rot90(p, 1), 5),
    "quarter turn to the right": (lambda p: np.rot90(p, -1), 6),
    "anti-transposed": (lambda p: np.rot90(p, 2).transpose(1, 0, 2), 7),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_copy_is_a_near_duplicate_and_the_sentence_says_how_it_is_turned(
    name: str, wall: Rgb, others: dict[str, Rgb], tmp_path: Path
) -> None:
    change, symmetry = CHANGES[name]
    photos = written(tmp_path, {"a.png": wall, **others, "b.png": np.ascontiguousarray(change(wall))})
    (pair,) = find_duplicates(photos, workers=2)
    assert (pair.first, pair.second, pair.kind) == ("a.png", "b.png", "near duplicate")
    assert f"again, {SYMMETRIES[symmetry]}:" in pair.evidence


def test_the_same_bytes_are_the_same_file_and_copies_name_the_first(wall: Rgb, tmp_path: Path) -> None:
    photos = written(tmp_path, {"a.png": wall, "b.png": wall, "c.bmp": wall, "d.png": brightened(wall)})
    pairs = [(pair.first, pair.second, pair.kind) for pair in find_duplicates(photos, workers=1)]
    assert pairs == [
        ("a.png", "b.png", "same file"),
        ("a.png", "c.bmp", "same pixels"),
        ("a.png", "d.png", "near duplicate"),
    ]


def crop(picture: Rgb, row: float, col: float, side_px: float = 400, turn_deg: float = 0) -> Rgb:
    """Cut a turned square with its middle at a place, and scale it to 400 px."""
    matrix = cv2.getRotationMatrix2D((col, row), turn_deg, 400 / side_px)
    matrix[:, 2] += 200 - np.array([col, row])
    return cv2.warpAffine(picture, matrix, (400, 400), flags=cv2.INTER_LINEAR)


@pytest.fixture(scope="module")
def large_wall() -> Rgb:
    return scene("concrete", 3, (800, 800))


TURNED_SHARE = 2 / (1 + np.sin(np.radians(25)) + np.cos(np.radians(25)))  # squares with one middle
CROPS = {  # the second crop, whether it is mirrored, and what it shares with rows and columns 100 to 500
    "a half": ((300, 500), False, 0.5),
    "a quarter": ((300, 600), False, 0.25),
    "a corner": ((500, 500), False, 0.25),
    "turned by 25 degrees": ((300, 300, 400, 25), False, TURNED_SHARE),
    "closer": ((320, 290, 290), False, 1.0),
    "mirrored": ((400, 400), True, 0.75**2),
}


@pytest.mark.parametrize("name", CROPS)
def test_crops_of_one_photo_overlap_by_their_shared_area(
    name: str, large_wall: Rgb, others: dict[str, Rgb], tmp_path: Path
) -> None:
    place, is_mirrored, share = CROPS[name]
    second = crop(large_wall, *place)
    second = np.ascontiguousarray(second[:, ::-1]) if is_mirrored else second
    pictures = {"a.png": crop(large_wall, 300, 300), **others, "b.jpg": second}
    (pair,) = find_duplicates(written(tmp_path, pictures), workers=2)
    assert (pair.first, pair.second, pair.kind) == ("a.png", "b.jpg", "overlap")
    assert pair.strength == pytest.approx(share, abs=0.04)
    assert ("when mirrored" in pair.evidence) == is_mirrored


def test_crops_of_one_photo_that_share_nothing_are_no_pair(large_wall: Rgb, tmp_path: Path) -> None:
    pictures = {"a.png": crop(large_wall, 200, 200), "b.png": crop(large_wall, 600, 600)}
    assert find_duplicates(written(tmp_path, pictures), workers=1) == ()


@pytest.mark.parametrize("surface", ["concrete", "asphalt", "brick", "tile", "paving", "facade"])
def test_different_photos_of_one_surface_are_no_pair(surface: str, tmp_path: Path) -> None:
    pictures = {f"{seed}.jpg": scene(surface, seed) for seed in range(5)}
    assert find_duplicates(written(tmp_path, pictures), workers=2) == ()


def grid(seed: int, shift_px: int = 0) -> Rgb:
    """Draw joints every 32 px with grain of its own on each."""
    rows, cols = np.mgrid[:256, :256] + shift_px
    grey = (
        150
        - 60.0 * ((rows % 32 < 3) | (cols % 32 < 3))
        + np.random.default_rng(seed).normal(0, 6, (256, 256))
    )
    return np.dstack([np.clip(grey, 0, 255).astype(np.uint8)] * 3)


def test_a_repeating_texture_is_no_overlap(tmp_path: Path) -> None:
    pictures = {f"{seed}.png": grid(seed, 5 * seed) for seed in range(4)}
    assert not [pair for pair in find_duplicates(written(tmp_path, pictures)) if pair.kind == "overlap"]


def test_grey_values_tell_a_shared_place_from_joints_that_fit_anywhere() -> None:
    first, second = grid(1)[:160, :160, 0], grid(2)[:160, :160, 0]
    joints = agreement(first, second, np.eye(2, 3))
    assert joints.correlation > 0.8
    assert not Overlap(joints.share, 40, joints.correlation, joints.distinctness, False).is_certain
    rough = cv2.GaussianBlur(np.random.default_rng(3).normal(0, 1, (200, 200)), (0, 0), 2)
    rough = np.clip(128 + 200 * rough, 0, 255).astype(np.uint8)
    shifted = np.array([[1.0, 0, -30], [0, 1, -10]])  # rows and columns of one crop to those of the other
    place = agreement(
        np.ascontiguousarray(rough[:160, :160]), np.ascontiguousarray(rough[30:190, 10:170]), shifted
    )
    assert place.share == pytest.approx(130 / 160 * 150 / 160, abs=0.01)
    assert place.correlation > 0.95
    assert Overlap(place.share, 6, place.correlation, place.distinctness, False).is_certain


@pytest.mark.parametrize(
    ("scale", "is_found"), [(1.0, True), (0.5, True), (3.0, True), (0.2, False), (5.0, False)]
)
def test_a_move_that_shrinks_or_enlarges_beyond_four_times_is_refused(scale: float, is_found: bool) -> None:
    rng = np.random.default_rng(4)
    points = rng.uniform(0, 400, (60, 2)).astype(np.float32)
    descriptors = rng.integers(0, 120, (60, 128)).astype(np.uint8)
    angles_deg, sizes_px = np.zeros(60, np.float32), np.ones(60, np.float32)
    first = Features(points, angles_deg, sizes_px, descriptors, (400, 400))
    second = Features((points * scale + 7).astype(np.float32), angles_deg, sizes_px, descriptors, (400, 400))
    move = fit_move(first, second)
    assert (move is not None) == is_found
    if move:
        assert move.inliers == 60
        assert np.allclose(move.matrix, [[scale, 0, 7], [0, scale, 7]], atol=1e-3)


def test_pictures_without_structure_are_no_pairs(tmp_path: Path) -> None:
    level = np.linspace(0, 255, 6).astype(np.uint8)
    flat = {f"flat-{grey}.png": np.full((200, 200, 3), grey, np.uint8) for grey in level}
    ramps = {
        f"ramp-{k}.jpg": np.dstack([np.outer(np.ones(200), np.arange(200) * k + 20)] * 3) for k in (0.5, 1.0)
    }
    photos = written(tmp_path, flat | {name: ramp.astype(np.uint8) for name, ramp in ramps.items()})
    assert find_duplicates(photos) == ()


def test_a_file_that_is_no_picture_is_compared_by_its_bytes(wall: Rgb, tmp_path: Path) -> None:
    photos = written(tmp_path, {"a.png": wall})
    for name, content in {"b.jpg": b"cut", "c.jpg": b"cut", "d.jpg": b"", "e.jpg": b"torn"}.items():
        (tmp_path / name).write_bytes(content)
        photos.append(NamedPhoto(name, tmp_path / name))
    pairs = find_duplicates(photos)
    assert [(pair.first, pair.second, pair.kind) for pair in pairs] == [("b.jpg", "c.jpg", "same file")]


def test_a_picture_of_one_pixel_is_compared_too(tmp_path: Path) -> None:
    dot = np.zeros((1, 1, 3), np.uint8)
    (pair,) = find_duplicates(written(tmp_path, {"a.png": dot, "b.bmp": dot, "c.png": dot[:, [0, 0]]}))
    assert (pair.second, pair.kind) == ("b.bmp", "same pixels")


def test_one_thread_finds_the_same_as_three_and_progress_ends_at_the_number_of_photos(
    large_wall: Rgb, others: dict[str, Rgb], tmp_path: Path
) -> None:
    shifted = {f"{col}.png": crop(large_wall, 300, col) for col in (220, 320, 420, 520)}
    photos, seen = written(tmp_path, others | shifted), []
    found = find_duplicates(photos, workers=3, on_photo=lambda done, total: seen.append((done, total)))
    assert len(found) >= 3
    assert found == find_duplicates(photos, workers=1)
    assert seen == sorted(seen)
    assert seen[-1] == (6, 6)


def test_interrupting_stops_at_once(others: dict[str, Rgb], tmp_path: Path) -> None:
    calls, before = [], set(threading.enumerate())

    def interrupt(done: int, total: int) -> None:
        calls.append(done)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        find_duplicates(written(tmp_path, others), workers=1, on_photo=interrupt)
    assert len(calls) == 1
    assert not set(threading.enumerate()) - before


def test_nothing_has_no_pairs() -> None:
    assert find_duplicates([]) == ()


def test_two_photos_of_one_name_are_refused(tmp_path: Path) -> None:
    photos = [NamedPhoto("a", tmp_path / "1.png"), NamedPhoto("a", tmp_path / "2.png")]
    with pytest.raises(DataError, match="2 photos are named 'a'; give each a name of its own"):
        find_duplicates(photos)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"gone\.png cannot be read: No such file"):
        find_duplicates([NamedPhoto("gone", tmp_path / "gone.png")])


def test_fewer_than_one_thread_is_refused() -> None:
    with pytest.raises(SettingsError, match="workers is 0; expected 1 or more"):
        find_duplicates([], workers=0)


@pytest.mark.parametrize("symmetry", range(8))
def test_the_waves_of_a_turned_picture_need_no_new_transform(symmetry: int) -> None:
    picture = np.random.default_rng(2).random((64, 64)).astype(np.float32)
    expected = cv2.dct(np.ascontiguousarray(turned(picture, symmetry)))[1:17, 1:17]
    assert np.allclose(turned_waves(cv2.dct(picture)[1:17, 1:17], symmetry), expected, atol=1e-5)


def test_mirrored_features_are_those_of_the_mirrored_picture(wall: Rgb) -> None:
    grey = cv2.cvtColor(wall, cv2.COLOR_RGB2GRAY)
    ours, searched = mirrored(find_features(grey)), find_features(np.ascontiguousarray(grey[:, ::-1]))
    distance = np.linalg.norm(ours.points[:, None] - searched.points[None], axis=2)
    turn_deg = np.abs((ours.angles_deg[:, None] - searched.angles_deg[None] + 180) % 360 - 180)
    found = (distance < 1) & (turn_deg < 5)
    assert found.any(axis=1).mean() > 0.85
    first, second = np.nonzero(found)
    unlike = ours.descriptors[first].astype(float) - searched.descriptors[second]
    assert np.median(np.linalg.norm(unlike, axis=1)) < 60  # of 512; random ones lie 500 apart
