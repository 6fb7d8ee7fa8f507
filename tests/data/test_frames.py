"""Frames of videos that the test films itself: place, blur and time of every frame are known."""

import csv
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from crackwise.data.dataset import list_images
from crackwise.data.frames import FrameSettings, list_videos, rewrite_frames, write_frames
from crackwise.data.frames.choose import Choice, Moments, choose_frames
from crackwise.data.frames.sharpness import sharpness_of
from crackwise.data.frames.video import Glance, read_glances
from crackwise.data.frames.views import look_at, shows_new
from crackwise.errors import DataError, OutputError, SettingsError
from films import HEIGHT, RATE, WIDTH, drawn_wall, film, turned, uneven, view_of

# there, standing still, back again, and on to a part not seen before
THERE, STILL, BACK, ELSEWHERE = range(60), range(60, 90), range(90, 150), range(150, 180)
PLACES_PX = [
    *np.linspace(0, 590, 60),
    *[590.0] * 30,
    *np.linspace(590, 0, 60),
    *np.linspace(1500, 1790, 30),
]
BLURRED = {number for number in range(180) if number % 5 in (0, 1, 3)} | set(range(22, 32))
WALL = drawn_wall()


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return film(tmp_path_factory.mktemp("films") / "walk.avi", WALL, PLACES_PX, BLURRED)


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return film(tmp_path_factory.mktemp("films") / "short.avi", WALL, np.linspace(0, 500, 30))


@pytest.fixture(scope="module")
def chosen(walk: Path) -> Choice:
    return choose_frames(walk, FrameSettings())


def table(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text("utf-8").splitlines()))


def numbers_of(choice: Choice) -> list[int]:
    return [candidate.number for candidate in choice.kept]


def test_a_blurred_frame_is_never_chosen_where_a_sharp_one_is_near(chosen: Choice) -> None:
    assert not BLURRED & set(numbers_of(chosen))


def test_a_moment_of_nothing_but_blur_is_left_out_without_a_floor(walk: Path) -> None:
    choice = choose_frames(walk, FrameSettings(least_sharpness=0, least_new=0.01))
    assert len(choice.kept) >= 10
    assert not BLURRED & set(numbers_of(choice))


def test_chosen_frames_show_each_other_in_part_only(chosen: Choice) -> None:
    places = sorted(PLACES_PX[number] for number in numbers_of(chosen))
    new = [(right - left) / WIDTH for left, right in pairwise(places)]
    assert min(new) > 0.3 - 0.05


def test_chosen_frames_leave_no_gap(chosen: Choice) -> None:
    places = [PLACES_PX[number] for number in numbers_of(chosen)]
    for track in ((0, 590), (1500, 1790)):
        on_track = sorted(place for place in places if track[0] <= place <= track[1])
        assert max(np.diff([track[0], *on_track, track[1]])) < 0.7 * WIDTH


def test_a_camera_that_stands_still_or_comes_back_adds_nothing(chosen: Choice) -> None:
    numbers = numbers_of(chosen)
    assert sum(number in STILL for number in numbers) <= 1
    assert not [number for number in numbers if number in BACK]
    assert [number for number in numbers if number in ELSEWHERE]


def test_every_frame_is_accounted_for(chosen: Choice) -> None:
    left = chosen.left_out
    total = len(chosen.kept) + left.less_sharp + left.blurred + left.nothing_new + left.beyond_count
    assert total == len(PLACES_PX)


def test_the_count_is_kept_and_spread_over_the_video(walk: Path) -> None:
    numbers = numbers_of(choose_frames(walk, FrameSettings(count=3)))
    assert len(numbers) == 3
    assert numbers[0] < 40
    assert numbers[2] in ELSEWHERE


def test_a_floor_that_nothing_reaches_is_said_with_the_sharpest(short: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no sharp frame: the sharpest of 30 reaches \d\.\d\d, expected 9"):
        write_frames([short], tmp_path / "out", FrameSettings(least_sharpness=9))
    assert not list(tmp_path.iterdir())


def test_files_hold_the_frames_that_their_names_and_the_table_say(walk: Path, tmp_path: Path) -> None:
    write_frames([walk], tmp_path / "out", FrameSettings())
    rows = table(tmp_path / "out" / "frames.csv")
    assert [row["file"] for row in rows] == [path.name for path in list_images(tmp_path / "out" / "images")]
    for row in rows:
        number, time_s = int(row["frame"]), float(row["time_s"])
        assert time_s == pytest.approx(number / RATE, abs=0.5 / RATE)
        assert row["file"] == f"walk_t{time_s:08.3f}s.jpg"
        assert row["video"] == "walk.avi"
        picture = cv2.imread(str(tmp_path / "out" / "images" / row["file"]))
        difference = np.abs(picture.astype(float) - view_of(WALL, PLACES_PX[number]))
        assert difference.mean() < 6  # the next place differs by 10 px and 30 grey values


def test_frames_of_one_video_are_one_group(walk: Path, tmp_path: Path) -> None:
    other = film(tmp_path / "walk.avi", WALL, np.linspace(2000, 2300, 30))
    write_frames([walk, other], tmp_path / "out", FrameSettings())
    rows = table(tmp_path / "out" / "groups.csv")
    assert {row["group"] for row in rows} == {"walk", "walk-2"}
    assert all(row["file"].startswith(row["group"] + "_t") for row in rows)
    assert len(rows) == len(list_images(tmp_path / "out" / "images"))


def test_a_second_run_gives_the_same_bytes(short: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_frames([short], tmp_path / name, FrameSettings())
    one, two = (
        {path.relative_to(root): path.read_bytes() for path in root.rglob("*.*")}
        for root in (tmp_path / "one", tmp_path / "two")
    )
    assert one == two


def test_uneven_frames_keep_their_own_times(tmp_path: Path) -> None:
    video = film(tmp_path / "phone.mp4", WALL, np.linspace(0, 900, 60), codec="mp4v")
    uneven(video, [(20, 1), (20, 3), (20, 1)])
    choice = choose_frames(video, FrameSettings())
    true_s = np.concatenate([[0], np.cumsum([1] * 20 + [3] * 20 + [1] * 19)]) / RATE
    assert choice.timeline.is_uneven
    assert choice.timeline.times_s == pytest.approx(true_s, abs=0.001)
    assert [one.time_s for one in choice.kept] == pytest.approx(true_s[numbers_of(choice)], abs=0.001)


def test_even_frames_are_not_called_uneven(chosen: Choice) -> None:
    assert not chosen.timeline.is_uneven
    assert not chosen.timeline.is_cut


def test_the_rotation_flag_of_a_phone_is_honoured(tmp_path: Path) -> None:
    video = turned(film(tmp_path / "phone.mp4", WALL, [0.0] * 10, codec="mp4v"))
    write_frames([video], tmp_path / "out", FrameSettings())
    (image,) = list_images(tmp_path / "out" / "images")
    picture = cv2.imread(str(image)).astype(float)
    upright = cv2.rotate(view_of(WALL, 0), cv2.ROTATE_90_CLOCKWISE)
    assert picture.shape == (WIDTH, HEIGHT, 3)
    assert np.abs(picture - upright).mean() < 6


def test_a_cut_video_gives_what_comes_before_the_cut(walk: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.avi"
    data = walk.read_bytes()
    cut.write_bytes(data[: len(data) // 2])
    choice = choose_frames(cut, FrameSettings())
    read = len(choice.timeline.times_s)
    assert choice.timeline.is_cut
    assert 60 < read < 120
    assert choice.kept
    assert max(numbers_of(choice)) < read - 1


def test_the_last_frame_before_a_cut_is_not_trusted(tmp_path: Path) -> None:
    whole = film(tmp_path / "whole.avi", WALL, np.linspace(0, 1180, 60))
    data = whole.read_bytes()
    for share in (0.3, 0.35, 0.4, 0.45):
        whole.write_bytes(data[: int(len(data) * share)])
        choice = choose_frames(whole, FrameSettings(least_sharpness=0))
        assert len(choice.timeline.times_s) - 1 not in numbers_of(choice)


def broken(kind: str, folder: Path) -> Path:
    path = folder / {"photo": "a.jpg", "no frames": "a.avi"}.get(kind, "a.mp4")
    if kind == "text":
        path.write_text("this is not a video\n" * 50)
    elif kind == "empty":
        path.touch()
    elif kind == "photo":
        cv2.imwrite(str(path), view_of(WALL, 0))
    elif kind == "no frames":
        film(path, WALL, [])
    elif kind == "noise":
        path.write_bytes(np.random.default_rng(0).bytes(20_000))
    elif kind == "without index":
        film(path, WALL, [0.0] * 20, codec="mp4v")
        path.write_bytes(path.read_bytes()[:-2000])
    elif kind == "folder of nothing":
        path.mkdir()
    return path


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("text", "cannot be read as a video"),
        ("noise", "cannot be read as a video"),
        ("without index", "cut off before its index"),
        ("empty", r"is empty \(0 bytes\)"),
        ("missing", "there is no file"),
        ("photo", "is a photo; expected a video"),
        ("no frames", "cannot be read as a video|holds no frame"),
        ("folder of nothing", "holds no video"),
    ],
)
def test_what_is_no_video_is_one_clear_sentence_and_nothing_is_written(
    tmp_path: Path, kind: str, sentence: str
) -> None:
    video = broken(kind, tmp_path)
    with pytest.raises(DataError, match=sentence):
        write_frames(list_videos([video]), tmp_path / "out", FrameSettings())
    assert {path.name for path in tmp_path.iterdir()} <= {video.name}


def test_one_bad_video_does_not_stop_the_others(short: Path, tmp_path: Path) -> None:
    made = write_frames([broken("text", tmp_path), short], tmp_path / "out", FrameSettings(count=2))
    assert [video.group for video in made.videos] == ["short"]
    assert len(made.failures) == 1
    assert "a.mp4" in made.failures[0]
    assert len(list_images(tmp_path / "out" / "images")) == 2


@pytest.mark.parametrize("after", [10, 31])  # while choosing, and while writing
def test_an_interrupt_leaves_nothing_behind(short: Path, tmp_path: Path, after: int) -> None:
    def stop(done: int, total: int) -> None:
        assert total == 2 * 30
        if done > after:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_frames([short], tmp_path / "out", FrameSettings(), stop)
    assert not list(tmp_path.iterdir())


def test_a_used_folder_is_refused_and_replaced_on_request(short: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_frames([short], out, FrameSettings())
    with pytest.raises(OutputError, match="exists already; choose another --out, or add --overwrite"):
        write_frames([short], out, FrameSettings(count=1))
    rewrite_frames([short], out, FrameSettings(count=1))
    assert len(list_images(out / "images")) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("name", ["masks/a.png", "images/mine.jpg", "notes.txt"])
def test_replacing_never_removes_a_file_of_somebody_else(short: Path, tmp_path: Path, name: str) -> None:
    out = tmp_path / "out"
    write_frames([short], out, FrameSettings(count=1))
    mine = out / name
    mine.parent.mkdir(exist_ok=True)
    mine.write_bytes(b"mine")
    with pytest.raises(OutputError, match="which this command did not write"):
        rewrite_frames([short], out, FrameSettings())
    assert mine.read_bytes() == b"mine"


def test_an_earlier_set_stays_when_its_replacement_fails(short: Path, tmp_path: Path) -> None:
    write_frames([short], tmp_path / "out", FrameSettings(count=1))
    with pytest.raises(DataError, match="cannot be read"):
        rewrite_frames([broken("text", tmp_path)], tmp_path / "out", FrameSettings())
    assert len(list_images(tmp_path / "out" / "images")) == 1


def test_a_folder_gives_its_videos_once(walk: Path) -> None:
    assert list_videos([walk.parent, walk]) == (walk,)


def test_hidden_files_as_a_mac_leaves_them_beside_videos_are_none(tmp_path: Path) -> None:
    for name in ("walk.mp4", "._walk.mp4"):
        (tmp_path / name).touch()
    assert list_videos([tmp_path]) == (tmp_path / "walk.mp4",)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"count": 0}, "--count is 0"),
        ({"every_s": 0}, "--every is 0"),
        ({"least_new": 1.5}, "--least-new is 1.5"),
        ({"least_new": float("nan")}, "--least-new is nan"),
        ({"least_sharpness": -1}, "--least-sharpness is -1"),
    ],
)
def test_settings_out_of_range_are_refused(settings: dict[str, float], sentence: str) -> None:
    with pytest.raises(SettingsError, match=sentence):
        FrameSettings(**settings)


def edge(sigma_px: float, step: float) -> np.ndarray:
    """Draw vertical and horizontal steps of known blur."""
    columns = np.arange(240) // 40 % 2 * step + 60
    picture = np.add.outer(columns / 2, columns / 2).astype(np.float32)
    return np.round(cv2.GaussianBlur(picture, (0, 0), sigma_px)).astype(np.uint8)


@pytest.mark.parametrize("step", [40, 150])
@pytest.mark.parametrize("sigma_px", [1.5, 2, 3])
def test_sharpness_follows_the_formula_at_any_contrast(sigma_px: float, step: float) -> None:
    # edges only: few pixels off a peak of the slope lower the ratio a little
    expected = np.sqrt((sigma_px**2 + 3.0**2) / (sigma_px**2 + 0.7**2))
    assert sharpness_of(edge(sigma_px, step)) == pytest.approx(expected, rel=0.15)


def test_motion_in_one_direction_counts_as_blur() -> None:
    still = cv2.cvtColor(view_of(WALL, 0), cv2.COLOR_BGR2GRAY)
    for size in ((9, 1), (1, 9)):
        assert sharpness_of(cv2.blur(still, size)) < 0.75 * sharpness_of(still)


def test_a_covered_lens_is_not_sharp() -> None:
    noise = np.random.default_rng(0).normal(20, 2, (180, 320)).astype(np.uint8)
    assert sharpness_of(noise) == 0


def grey_view(place_px: float, wall: np.ndarray = WALL) -> np.ndarray:
    return cv2.cvtColor(view_of(wall, place_px), cv2.COLOR_BGR2GRAY)


@pytest.mark.parametrize("share", [0.1, 0.25, 0.35, 0.6])
def test_the_new_share_of_a_view_is_measured(share: float) -> None:
    kept, view = look_at(grey_view(400)), look_at(grey_view(400 + share * WIDTH))
    assert shows_new(view, [kept], 0.3) is (share > 0.3)


def test_two_views_that_together_show_a_third_leave_nothing_new() -> None:
    sides = [look_at(grey_view(place)) for place in (400 - 0.5 * WIDTH, 400 + 0.5 * WIDTH)]
    assert all(shows_new(look_at(grey_view(400)), [side], 0.3) for side in sides)
    assert not shows_new(look_at(grey_view(400)), sides, 0.3)


@pytest.mark.parametrize(("factor", "is_new"), [(1.3, False), (1.7, True)])
def test_a_view_from_much_nearer_is_new(factor: float, is_new: bool) -> None:
    far = grey_view(400)
    turn = cv2.getRotationMatrix2D((WIDTH / 2, HEIGHT / 2), 4, factor)
    near = cv2.warpAffine(far, turn, (WIDTH, HEIGHT))
    assert shows_new(look_at(near), [look_at(far)], 0.3) is is_new


@pytest.mark.parametrize(("moved_px", "is_new"), [(0, False), (40, False), (160, True)])
def test_a_surface_without_features_is_compared_whole(moved_px: int, is_new: bool) -> None:
    rng = np.random.default_rng(1)
    soft = cv2.resize(
        rng.normal(130, 4, (13, 60)).astype(np.float32), (960, 208), interpolation=cv2.INTER_CUBIC
    )

    def seen(left: int) -> np.ndarray:
        return np.clip(soft[:HEIGHT, left : left + WIDTH], 0, 255).astype(np.uint8)

    views = [look_at(seen(left)) for left in (100, 100 + moved_px)]
    assert min(len(view.points) for view in views) < 50
    assert shows_new(views[1], views[:1], 0.3) is is_new


def test_memory_stays_bounded_in_a_long_video() -> None:
    moments = Moments(FrameSettings(count=5))
    grey = np.zeros((36, 64), np.uint8)
    for number in range(1200):
        moments.add(Glance(number, float(number), grey))
    times_s = [one.time_s for one in moments.finish()]
    assert 150 < len(times_s) <= 401
    assert times_s[-1] > 1190


def test_glances_are_small(tmp_path: Path) -> None:
    path = tmp_path / "large.avi"
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, cv2.VideoWriter_fourcc(*"MJPG"), RATE, (1920, 1080))
    writer.write(np.zeros((1080, 1920, 3), np.uint8))
    writer.release()
    assert [glance.grey.shape for glance in read_glances(path)] == [(540, 960)]
