"""CrackForest's MATLAB files."""

from pathlib import Path

import numpy as np
import pytest
from scipy.io import savemat

from crackwise.data.readers.crackforest import read_crackforest
from crackwise.data.readers.options import ReadOptions
from crackwise.errors import DataError
from photofiles import drawn_photo, save

REAL = Path(__file__).parents[3] / "shared" / "data" / "formats" / "cfd_mat"
SIZE = (20, 30)
SEGMENTS = np.ones(SIZE, np.uint8)
SEGMENTS[5:8] = 2
SEGMENTS[10:] = 3


def written(path, segments=SEGMENTS):
    path.parent.mkdir(parents=True, exist_ok=True)
    truth = np.zeros((1, 1), [("Segmentation", object), ("Boundaries", object)])
    truth["Segmentation"][0, 0] = segments
    truth["Boundaries"][0, 0] = segments
    savemat(path, {"groundTruth": truth})
    return path


@pytest.mark.parametrize("photo", ["truth/a.jpg", "image/a.jpg", "images/a.JPG", "truth/image/a.png"])
def test_segment_two_is_the_crack_of_the_photo_of_its_name(photo, tmp_path):
    written(tmp_path / "truth" / "a.mat")
    save(tmp_path / photo, drawn_photo(*SIZE))
    (found,) = read_crackforest(tmp_path / "truth").photos
    assert found.image.resolve() == (tmp_path / photo).resolve()
    assert found.label.size == SIZE
    np.testing.assert_array_equal(found.label.mask(SIZE), SEGMENTS == 2)


def test_photos_may_lie_elsewhere(tmp_path):
    written(tmp_path / "truth" / "a.mat")
    save(tmp_path / "camera" / "a.jpg", drawn_photo(*SIZE))
    read = read_crackforest(tmp_path / "truth" / "a.mat", ReadOptions(photos=tmp_path / "camera"))
    assert read.photos[0].name == "a.jpg"
    with pytest.raises(DataError, match=r"there is no photo a\.jpg beside .*--photos"):
        read_crackforest(tmp_path / "truth" / "a.mat")


def test_ground_truth_of_another_photo_is_refused(tmp_path):
    written(tmp_path / "a.mat")
    save(tmp_path / "a.jpg", drawn_photo(*SIZE))
    (found,) = read_crackforest(tmp_path).photos
    with pytest.raises(DataError, match="is 30×20 but its photo is 31×20"):
        found.label.mask((20, 31))


@pytest.mark.skipif(not REAL.is_dir(), reason="needs ../shared/data beside the checkout")
def test_real_files_hold_thin_cracks():
    read = read_crackforest(REAL)
    shares = [photo.label.mask((320, 480)).mean() for photo in read.photos]
    assert len(shares) == 3
    assert all(0.005 < share < 0.1 for share in shares)
