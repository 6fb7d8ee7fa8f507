"""What a set is like: widths and lengths of drawn labels, shares, light, scenes."""

import math

import numpy as np
import pytest

from crackwise.data.folder import read_folder, read_folders
from crackwise.data.labelwidths import NO_WIDTHS, measure_labels
from crackwise.data.stats import describe
from crackwise.errors import DataError
from drawn import draw_crack, straight
from smallsets import Photo, write_set


@pytest.mark.parametrize("width_px", range(1, 10))
@pytest.mark.parametrize("angle_deg", [0, 90])
def test_a_label_along_the_grid_has_exactly_its_width(width_px, angle_deg):
    mask = np.zeros((120, 300), bool)
    mask[40 : 40 + width_px, 20:280] = True
    mask = mask if angle_deg == 0 else mask.T
    widths = measure_labels(mask)
    assert widths.quantile_px(0.5) == widths.quantile_px(0.95) == width_px
    assert widths.length_px == pytest.approx(259, abs=width_px)  # thinning shortens either end


@pytest.mark.parametrize("width_px", [2, 3, 4, 6, 9])
@pytest.mark.parametrize("angle_deg", [20, 45, 70, 135])
def test_a_sloping_label_has_its_width_within_three_quarters_of_a_pixel(width_px, angle_deg):
    crack = draw_crack(straight(250, angle_deg), width_px)
    widths = measure_labels(crack.mask)
    assert widths.quantile_px(0.5) == pytest.approx(width_px, abs=0.75)
    # steps of the pixel grid are longer than the line: by up to 8 % at 22.5°
    assert 0.95 * 250 - width_px < widths.length_px < 1.09 * 250


def test_a_diagonal_label_of_even_thickness_keeps_its_length():
    mask = np.eye(160, dtype=bool) | np.eye(160, k=1, dtype=bool)
    assert measure_labels(np.pad(mask, 10)).length_px == pytest.approx(160 * math.sqrt(2), rel=0.03)


def test_widths_of_two_photos_add_up():
    thin, thick = np.zeros((40, 100), bool), np.zeros((40, 100), bool)
    thin[10:12, 10:90] = True
    thick[10:18, 10:90] = True
    both = measure_labels(thin) + measure_labels(thick)
    assert both.quantile_px(0.25) == 2
    assert both.quantile_px(0.9) == 8
    assert both.length_px == measure_labels(thin).length_px + measure_labels(thick).length_px


def test_a_mask_without_crack_has_no_widths():
    assert measure_labels(np.zeros((9, 9), bool)) is NO_WIDTHS
    assert NO_WIDTHS.quantile_px(0.5) is None


def test_a_set_is_counted_source_by_source(tmp_path):
    walls = write_set(
        tmp_path / "walls",
        {
            "a.png": Photo("one", 4, 30),
            "b.png": Photo("one", 0, grey=100),
            "c.png": Photo("two", 2, 40, shape=(50, 80)),
        },
        parts={"a.png": "train", "b.png": "train", "c.png": "test"},
    )
    roads = write_set(tmp_path / "roads", {"a.png": Photo("g")}, labels={"a.png": "crack"})
    figures, other = describe(read_folders([walls, roads])).sources
    assert (figures.source, figures.photos, figures.cracked, figures.undamaged) == ("walls", 3, 2, 1)
    assert figures.sizes == {"60×40": 2, "80×50": 1}
    assert figures.megapixels == pytest.approx((2 * 40 * 60 + 50 * 80) / 1e6)
    assert figures.crack_share == pytest.approx((4 * 30 + 2 * 40) / (2 * 40 * 60 + 50 * 80))
    assert figures.crack_share_quantiles[0] == pytest.approx(2 * 40 / (50 * 80))
    assert figures.crack_share_quantiles[-1] == pytest.approx(4 * 30 / (40 * 60))
    assert (figures.groups, figures.largest_group) == (2, 2)
    assert figures.parts == {"train": 2, "test": 1}
    assert figures.label_width_p95_px == 4
    assert figures.label_width_median_px == 2  # 39 px of skeleton are 2 px wide, 29 or fewer 4 px
    assert figures.crack_darkness_quantiles == pytest.approx([100] * 5)  # 160 beside 60
    assert figures.grey_quantiles[0] == pytest.approx(100)
    share = 4 * 30 / (40 * 60)
    assert figures.contrast_quantiles[-1] == pytest.approx(100 * math.sqrt(share * (1 - share)), rel=1e-3)
    assert (other.source, other.cracked, other.crack_share) == ("roads", 1, None)
    assert other.label_width_median_px is None


def test_a_photo_that_cannot_be_read_is_a_finding_and_counts_nowhere(tmp_path):
    root = write_set(tmp_path / "walls", {"a.png": Photo("g", 2), "b.png": Photo("g", 2)})
    (root / "images" / "b.png").write_bytes(b"no picture")
    figures = describe(read_folder(root))
    assert [finding.where for finding in figures.findings] == ["walls/b.png"]
    assert figures.sources[0].photos == 1


def test_progress_is_told_photo_by_photo(tmp_path):
    root = write_set(tmp_path / "walls", {f"{n:03}.png": Photo("g") for n in range(70)})
    told = []
    describe(read_folder(root), lambda done, total: told.append((done, total)))
    assert told == [(done, 70) for done in range(1, 71)]


def test_no_set_a_damaged_table_and_two_sets_of_one_name_are_refused(tmp_path):
    with pytest.raises(DataError, match="is no data set: it has no folder images"):
        read_folder(tmp_path)
    first = write_set(tmp_path / "1" / "walls", {"a.png": Photo("g")})
    second = write_set(tmp_path / "2" / "walls", {"a.png": Photo("g")}, labels={"a.png": "cracks"})
    with pytest.raises(DataError, match="has the label 'cracks'; expected crack or no crack"):
        read_folder(second)
    (second / "labels.csv").unlink()
    with pytest.raises(DataError, match="two of the sets are named walls"):
        read_folders([first, second])
