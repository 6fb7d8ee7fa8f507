"""Drawn scenes: exact geometry, visible cracks, empty truth where nothing is cracked, files on disk."""

import csv
import itertools
import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from crackwise.data.draw import (
    CrackStyle,
    DrawnCrack,
    DrawSettings,
    Stroke,
    coverage_of,
    draw_scene,
    mask_of,
    random_settings,
    write_drawn,
)
from crackwise.data.draw.distractors import SURFACE_MARKS
from crackwise.data.draw.files import parse_size
from crackwise.data.draw.objects import OBJECTS
from crackwise.data.draw.paths import branched, network, rough_path, stroke_along, tapered, visible_parts
from crackwise.data.draw.scene import SURFACES
from crackwise.data.draw.settings import CLEAN_SHARE, NEVER_CRACKED
from crackwise.data.draw.surface import linear, plain
from crackwise.errors import OutputError, SettingsError

CRACKED_SURFACES = [name for name in SURFACES if name not in NEVER_CRACKED]


def slot(middle: tuple[float, float], length_px: float, angle_deg: float, width_px: float) -> Stroke:
    along = np.array([np.sin(np.radians(angle_deg)), np.cos(np.radians(angle_deg))])
    path = np.array(middle) + np.linspace(-length_px / 2, length_px / 2, 50)[:, None] * along
    half = np.full(50, width_px / 2)
    return Stroke(path, half, half)


@pytest.mark.parametrize("angle_deg", [0, 7, 30, 45, 63, 90, 118, 171])
@pytest.mark.parametrize("width_px", [1.0, 3.3, 8.0, 20.7])
def test_a_slot_covers_its_length_times_its_width(angle_deg: float, width_px: float) -> None:
    if angle_deg == 0:
        width_px = np.round(width_px * 16) / 16  # a level edge falls on one of 16 sample lines a pixel
    covered = coverage_of([slot((100.3, 99.7), 140, angle_deg, width_px)], (200, 200)).sum()
    assert covered == pytest.approx(140 * width_px, rel=0.005)


def test_a_level_slot_is_off_by_a_sixteenth_of_a_pixel_at_most() -> None:
    for width_px in np.linspace(2, 3, 23):
        covered = coverage_of([slot((50.37, 50), 60, 0, float(width_px))], (100, 100)).sum()
        assert abs(covered / 60 - width_px) <= 1 / 16


def test_an_upright_slot_covers_border_pixels_in_part() -> None:
    row = coverage_of([slot((20, 10), 30, 90, 2.5)], (40, 21))[20]
    assert row[8:13].tolist() == pytest.approx([0, 0.75, 1, 0.75, 0])


def test_where_two_slots_cross_the_pixels_count_once() -> None:
    crossing = [slot((60, 60), 100, 20, 6), slot((60, 60), 100, 80, 4)]
    overlap = 6 * 4 / np.sin(np.radians(60))
    assert coverage_of(crossing, (121, 121)).sum() == pytest.approx(600 + 400 - overlap, rel=0.003)


def test_strokes_inside_another_add_nothing() -> None:
    wide = slot((60, 60), 80, 90, 60)
    inner = [slot((60, 45), 20, 90, 5), slot((60, 55), 20, 90, 5), slot((60, 75), 20, 70, 3)]
    assert np.allclose(coverage_of([wide, *inner], (120, 120)), coverage_of([wide], (120, 120)))


def test_a_wedge_covers_the_area_of_a_trapezium() -> None:
    path = np.linspace([20.0, 20.0], [80.0, 100.0], 40)
    half = np.linspace(4, 1, 40)
    assert coverage_of([Stroke(path, half, half)], (120, 120)).sum() == pytest.approx(100 * 5, rel=0.003)


def test_the_two_edges_lie_where_left_and_right_say() -> None:
    path = np.linspace([20.0, 5.0], [20.0, 35.0], 10)  # left to right, so left is up
    column = coverage_of([Stroke(path, np.full(10, 3.5), np.full(10, 0.5))], (40, 40))[:, 20]
    assert np.flatnonzero(column).tolist() == [17, 18, 19, 20]
    assert column.sum() == pytest.approx(4, abs=1 / 16)


def test_a_stroke_outside_the_image_covers_nothing() -> None:
    assert coverage_of([slot((-50, -50), 40, 30, 5)], (64, 64)).sum() == 0
    assert coverage_of([], (64, 64)).sum() == 0


def test_a_hairline_stays_in_one_piece_in_the_mask() -> None:
    strokes = [slot((60, 60), 100, 27, 0.6)]
    mask = mask_of(strokes, coverage_of(strokes, (120, 120)))
    components, _ = cv2.connectedComponents(mask.astype(np.uint8))
    assert components == 2
    assert 80 < mask.sum() < 130


def test_the_mask_of_a_wide_slot_has_its_area() -> None:
    strokes = [slot((60, 60), 80, 33, 12)]
    mask = mask_of(strokes, coverage_of(strokes, (120, 120)))
    assert mask.sum() == pytest.approx(80 * 12, rel=0.02)


def test_strokes_are_cut_exactly_at_the_border() -> None:
    (part,) = visible_parts([slot((10, 30), 500, 0, 4)], (40, 64))
    assert part.length_px == pytest.approx(64)
    assert part.path[0].tolist() == pytest.approx([10, -0.5])
    assert part.path[-1].tolist() == pytest.approx([10, 63.5])


def test_a_crack_that_leaves_and_returns_becomes_two_branches() -> None:
    path = np.concatenate([np.linspace([20, 50], [-20, 55], 30), np.linspace([-20, 55], [20, 60], 30)[1:]])
    parts = visible_parts([Stroke(path, np.ones(59), np.ones(59))], (40, 100))
    assert len(parts) == 2


def test_length_and_widths_of_a_crack_follow_from_its_branches() -> None:
    crack = DrawnCrack.of([slot((50, 50), 30, 10, 2), slot((50, 50), 40, 70, 4)])
    assert crack.length_px == pytest.approx(70)
    assert crack.width_mean_px == pytest.approx((30 * 2 + 40 * 4) / 70)
    assert crack.width_max_px == pytest.approx(4)
    assert crack.width_max_along_px == pytest.approx(4)


def test_one_wide_point_counts_with_its_share_of_the_average_along_the_crack() -> None:
    path = np.linspace([50.0, 0.0], [50.0, 200.0], 201)
    half = np.where(np.arange(201) == 100, 6.0, 2.0)
    crack = DrawnCrack.of([Stroke(path, half, half)])
    assert crack.width_max_px == pytest.approx(12)
    assert crack.width_max_along_px == pytest.approx(4 + 8 / (5 * np.sqrt(2 * np.pi)), rel=1e-3)


def test_a_path_without_roughness_is_straight() -> None:
    path = rough_path(
        np.array([0.0, 0]), np.array([30.0, 40]), CrackStyle(3, roughness=0), np.random.default_rng(1)
    )
    assert np.linalg.norm(np.diff(path, axis=0), axis=1).sum() == pytest.approx(50, rel=1e-3)


def test_a_rough_path_is_longer_and_keeps_its_ends() -> None:
    start, end = np.array([5.0, 5]), np.array([200.0, 320])
    path = rough_path(start, end, CrackStyle(3, roughness=0.15), np.random.default_rng(2))
    assert path[0] == pytest.approx(start, abs=0.5)
    assert path[-1] == pytest.approx(end, abs=0.5)
    assert 1.01 < np.linalg.norm(np.diff(path, axis=0), axis=1).sum() / np.linalg.norm(end - start) < 1.6


def test_a_tapered_stroke_ends_in_a_tip() -> None:
    stroke = tapered(slot((50, 50), 60, 0, 6), 0.5)
    assert stroke.width_px[0] == pytest.approx(6)
    assert stroke.width_px[-1] < 1


def test_side_branches_start_on_their_parent_and_are_thinner() -> None:
    rng = np.random.default_rng(4)
    style = CrackStyle(8, branching=6, variation=0, raggedness=0)
    trunk = stroke_along(rough_path(np.array([200.0, 0]), np.array([200.0, 400]), style, rng), style, rng)
    first, *sides = branched(trunk, style, rng)
    assert first is trunk
    assert sides
    for side in sides:
        assert side.width_px.max() < 8
        gaps = [
            np.linalg.norm(other.path - side.path[0], axis=1).min()
            for other in (trunk, *sides)
            if other is not side
        ]
        assert min(gaps) < 1e-6


def test_the_edges_of_a_network_meet() -> None:
    strokes = network((300, 300), 60, CrackStyle(2), np.random.default_rng(5))
    ends = np.concatenate([stroke.path[[0, -1]] for stroke in strokes])
    distances = np.linalg.norm(ends[:, None] - ends[None], axis=2) + 1e9 * np.eye(len(ends))
    assert np.mean(distances.min(1) < 0.5) > 0.8


@pytest.mark.parametrize("surface", CRACKED_SURFACES)
def test_cracks_are_darker_than_what_surrounds_them(surface: str) -> None:
    settings = DrawSettings(
        256, 300, surface=surface, pattern="single", crack_width_px=(4, 6), marks=("stains",)
    )
    scene = draw_scene(settings, np.random.default_rng(11))
    grey = scene.photo.mean(2)
    near = cv2.dilate(scene.mask.astype(np.uint8), np.ones((17, 17))) > 0
    close = cv2.dilate(scene.mask.astype(np.uint8), np.ones((5, 5))) > 0
    assert scene.cracks
    assert grey[scene.mask].mean() < grey[near & ~close].mean() - 7


@pytest.mark.parametrize("surface", list(SURFACES))
def test_a_scene_without_cracks_has_an_empty_truth(surface: str) -> None:
    settings = DrawSettings(
        128, 160, surface=surface, crack_count=0, marks=("joints", "moss"), objects=("wires",), shadow_count=1
    )
    scene = draw_scene(settings, np.random.default_rng(7))
    assert scene.photo.shape == (128, 160, 3)
    assert scene.photo.dtype == np.uint8
    assert not scene.mask.any()
    assert not scene.coverage.any()
    assert scene.cracks == ()
    assert scene.photo.std() > 1


@pytest.mark.parametrize("mark", list(SURFACE_MARKS))
def test_a_mark_changes_the_surface_into_a_new_one(mark: str) -> None:
    before = plain((120, 150), linear(150, 150, 150))
    untouched = before.colour.copy()
    after = [SURFACE_MARKS[mark](before, np.random.default_rng(seed)) for seed in range(6)]
    assert np.array_equal(before.colour, untouched)
    assert not before.height.any()
    assert any(not np.array_equal(surface.colour, untouched) for surface in after)
    for surface in after:
        assert surface.colour.shape == (120, 150, 3)
        assert np.isfinite(surface.colour).all()


@pytest.mark.parametrize("name", list(OBJECTS))
def test_an_object_hides_some_of_the_photo(name: str) -> None:
    overlays = [OBJECTS[name]((120, 150), np.random.default_rng(seed)) for seed in range(6)]
    for overlay in overlays:
        assert overlay.opacity.shape == (120, 150)
        assert 0 <= overlay.opacity.min() <= overlay.opacity.max() <= 1
    assert any(overlay.opacity.max() > 0.9 for overlay in overlays)


def test_an_object_never_hides_a_crack() -> None:
    settings = DrawSettings(
        200, 200, surface="plaster", crack_width_px=(4, 6), objects=("wires", "leaves", "grass")
    )
    for seed in range(3):
        scene = draw_scene(settings, np.random.default_rng(seed))
        grey = scene.photo.mean(2)
        assert np.percentile(grey[scene.coverage > 0.99], 90) < np.median(grey)


def test_the_drawn_area_is_the_length_times_the_mean_width() -> None:
    settings = DrawSettings(400, 400, pattern="single", crack_width_px=(5, 5))
    for seed in range(4):
        scene = draw_scene(settings, np.random.default_rng(seed))
        (crack,) = scene.cracks
        assert scene.coverage.sum() == pytest.approx(crack.length_px * crack.width_mean_px, rel=0.03)


def test_the_same_seed_draws_the_same_pixels() -> None:
    scenes = [
        draw_scene(random_settings(rng, (150, 140)), rng)
        for rng in (np.random.default_rng(3), np.random.default_rng(3))
    ]
    assert np.array_equal(scenes[0].photo, scenes[1].photo)
    assert np.array_equal(scenes[0].mask, scenes[1].mask)
    other = np.random.default_rng(4)
    assert not np.array_equal(scenes[0].photo, draw_scene(random_settings(other, (150, 140)), other).photo)


def test_about_one_random_scene_in_four_is_without_cracks() -> None:
    rng = np.random.default_rng(0)
    clean = np.mean([random_settings(rng, (512, 512)).crack_count == 0 for _ in range(1000)])
    assert 0.2 < clean < 0.3
    assert all(random_settings(rng, (512, 512), 1.0).crack_count == 0 for _ in range(50))
    assert all(random_settings(rng, (512, 512), 0.0).crack_count > 0 for _ in range(50))


def test_random_settings_reach_every_surface_and_pattern() -> None:
    rng = np.random.default_rng(0)
    drawn = [random_settings(rng, (512, 512)) for _ in range(600)]
    assert {settings.surface for settings in drawn} == set(SURFACES)
    assert len({settings.pattern for settings in drawn}) == 5
    assert min(settings.crack_width_px[0] for settings in drawn) < 1
    assert max(settings.crack_width_px[1] for settings in drawn) > 25


def test_written_scenes_follow_the_canonical_layout(tmp_path: Path) -> None:
    write_drawn(tmp_path / "set", 4, "96x80", seed=5, mm_per_px=0.25)
    photos = sorted((tmp_path / "set" / "images").iterdir())
    truth = json.loads((tmp_path / "set" / "truth.json").read_text(encoding="utf-8"))
    with (tmp_path / "set" / "groups.csv").open(encoding="utf-8", newline="") as file:
        groups = list(csv.DictReader(file))
    assert [row["file"] for row in groups] == [photo.name for photo in photos] == list(truth["photos"])
    assert len({row["group"] for row in groups}) == 4
    assert truth["mm_per_px"] == 0.25
    for photo in photos:
        mask = cv2.imread(str(tmp_path / "set" / "masks" / f"{photo.stem}.png"), cv2.IMREAD_UNCHANGED)
        assert cv2.imread(str(photo)).shape == (80, 96, 3)
        assert mask.shape == (80, 96)
        assert set(np.unique(mask)) <= {0, 255}
        assert bool(mask.any()) == bool(truth["photos"][photo.name]["cracks"])
        for crack in truth["photos"][photo.name]["cracks"]:
            assert 0 < crack["width_mean_px"] <= crack["width_max_px"]
            assert crack["length_px"] >= 1


def test_a_scene_does_not_depend_on_how_many_are_drawn(tmp_path: Path) -> None:
    write_drawn(tmp_path / "two", 2, "64-96", seed=9)
    write_drawn(tmp_path / "three", 3, "64-96", seed=9)
    for name in ("images/drawn_00001.jpg", "masks/drawn_00001.png"):
        assert (tmp_path / "two" / name).read_bytes() == (tmp_path / "three" / name).read_bytes()


def test_the_scenes_of_a_set_differ(tmp_path: Path) -> None:
    write_drawn(tmp_path, 2, "64x64", seed=9)
    first, second = ((tmp_path / "images" / f"drawn_0000{i}.jpg").read_bytes() for i in (0, 1))
    assert first != second


def test_progress_is_reported_scene_by_scene(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    write_drawn(tmp_path, 2, "64x64", on_scene=lambda done, total: seen.append((done, total)))
    assert seen == [(1, 2), (2, 2)]


def test_a_set_that_is_interrupted_leaves_nothing_and_can_be_drawn_again(tmp_path: Path) -> None:
    def interrupt(done: int, _: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    out = tmp_path / "made"
    with pytest.raises(KeyboardInterrupt):
        write_drawn(out, 4, "64x64", 1, on_scene=interrupt)
    assert not any(tmp_path.iterdir())
    write_drawn(out, 4, "64x64", 1)
    assert len(list((out / "images").iterdir())) == 4


def test_a_folder_with_photos_is_not_written_into(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "mine.jpg").touch()
    with pytest.raises(OutputError, match="is not empty; choose a new folder as --out"):
        write_drawn(tmp_path, 1, "64x64")


def test_a_size_is_width_by_height_or_a_range() -> None:
    rng = np.random.default_rng(0)
    assert parse_size("640x480").pick(rng) == (480, 640)
    sides = set(itertools.chain.from_iterable(parse_size("448-450").pick(rng) for _ in range(60)))
    assert sides == {448, 449, 450}


@pytest.mark.parametrize("text", ["512", "512*512", "x512", "-4x3", "axb", ""])
def test_an_unclear_size_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="is not understood; write width x height"):
        parse_size(text)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"height_px": 20}, "512×20 px; expected 64 or more"),
        ({"surface": "cheese"}, "surface of the drawn photo is 'cheese'; choose one of concrete"),
        ({"pattern": "spiral"}, "pattern of the drawn photo is 'spiral'; choose one of single"),
        ({"camera": "film"}, "camera of the drawn photo is 'film'; choose one of sharp"),
        ({"marks": ("joints", "cheese")}, "mark of the drawn photo is 'cheese'; choose one of joints"),
        ({"objects": ("cow",)}, "object of the drawn photo is 'cow'; choose one of wires"),
        ({"surface": "wood"}, "wood is never drawn with cracks; set crack_count to 0"),
        ({"shadow_count": -1}, "below 0"),
        ({"crack_width_px": (5.0, 2.0)}, "two rising numbers"),
    ],
)
def test_impossible_settings_are_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        DrawSettings(**{"height_px": 512, "width_px": 512, **change})


def test_the_docs_say_how_many_scenes_have_no_crack() -> None:
    clean = [random_settings(np.random.default_rng([0, i]), (256, 256)).crack_count == 0 for i in range(2000)]
    assert np.mean(clean) == pytest.approx(CLEAN_SHARE, abs=0.03)
    text = (Path(__file__).parents[2] / "docs" / "generation.md").read_text("utf-8")
    assert f"without one with a chance of {100 * CLEAN_SHARE:g} %" in text
