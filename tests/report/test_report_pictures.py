"""Pictures inside a report."""

import cv2
import numpy as np
import pytest

from crackwise.errors import OutputError
from crackwise.report.pictures import FULL_COLOUR, faded, fullest_part, jpeg


def test_a_jpeg_keeps_red_red_and_thin_lines_their_colour():
    picture = np.full((32, 32, 3), 255, np.uint8)
    picture[:, 16] = (220, 38, 127)
    read = cv2.imdecode(np.frombuffer(jpeg(picture, 95, *FULL_COLOUR), np.uint8), cv2.IMREAD_COLOR)[..., ::-1]
    assert np.abs(read[:, 16].astype(int) - (220, 38, 127)).max() < 25


def test_a_picture_that_is_too_long_for_a_jpeg_is_one_sentence():
    with pytest.raises(OutputError, match="cannot be encoded at 65501×1 px"):
        jpeg(np.zeros((1, 65_501, 3), np.uint8), 80)


def test_a_faded_photo_keeps_45_percent_of_its_contrast_to_white():
    assert faded(np.full((2, 3, 3), 155, np.uint8)).tolist() == [[[210] * 3] * 3] * 2  # 255 − 0.45 · 100


def test_the_fullest_part_holds_most_of_a_mask():
    mask = np.zeros((50, 90), bool)
    mask[5, 5:9] = mask[40, 70:79] = True
    rows, cols = fullest_part(mask, 20)
    assert mask[rows, cols].sum() == 9
    assert mask[rows, cols].shape == (20, 20)
    assert fullest_part(mask, 60) == (slice(0, 50), slice(19, 79))
