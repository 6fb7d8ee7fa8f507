"""Truth: grey levels computed by hand; noise by its standard deviation."""

import numpy as np
import pytest

from crackwise.score.perturb import PERTURBATIONS

GREY = np.full((60, 80, 3), 100, np.uint8)
STEP = np.repeat(np.repeat(np.where(np.arange(80) < 43, 60, 160)[None, :, None], 60, axis=0), 3, axis=2)


def made_worse(kind: str, photo: np.ndarray, seed: int = 0) -> np.ndarray:
    return PERTURBATIONS[kind](photo.astype(np.uint8), np.random.default_rng(seed))


@pytest.mark.parametrize("kind", PERTURBATIONS)
def test_size_and_type_stay_and_the_photo_itself_is_left_alone(kind: str) -> None:
    before = STEP.astype(np.uint8)
    worse = PERTURBATIONS[kind](before, np.random.default_rng(0))
    assert (worse.shape, worse.dtype) == (STEP.shape, np.uint8)
    assert (before == STEP).all()
    assert not (worse == before).all()


def test_brightness_is_multiplied_and_clipped() -> None:
    assert (made_worse("brightness × 0.6", GREY) == 60).all()
    assert (made_worse("brightness × 1.4", GREY) == 140).all()
    assert (made_worse("brightness × 1.4", GREY * 0 + 250) == 255).all()


def test_blur_has_the_stated_width() -> None:
    # a step becomes the normal distribution; its slope in the middle is height / (σ √(2π)) a pixel
    for kind, sigma_px in (("blur σ 1 px", 1.0), ("blur σ 2 px", 2.0)):
        across = made_worse(kind, STEP)[30, :, 0].astype(float)
        slope = float(np.diff(across).max())
        assert slope == pytest.approx(100 / (sigma_px * np.sqrt(2 * np.pi)), rel=0.1)


@pytest.mark.parametrize(("kind", "sigma"), [("noise σ 10 of 255", 10), ("noise σ 25 of 255", 25)])
def test_noise_has_the_stated_deviation_and_follows_its_generator(kind: str, sigma: float) -> None:
    noisy = made_worse(kind, GREY).astype(float)
    assert noisy.mean() == pytest.approx(100, abs=0.5)
    assert noisy.std() == pytest.approx(sigma, rel=0.05)
    assert (made_worse(kind, GREY, 1) == made_worse(kind, GREY, 1)).all()
    assert (made_worse(kind, GREY, 1) != made_worse(kind, GREY, 2)).any()


def test_colours_stay_in_their_channels() -> None:
    red = np.zeros((40, 40, 3), np.uint8)
    red[:, :, 0] = 200
    for kind in PERTURBATIONS:
        worse = made_worse(kind, red).astype(float).mean(axis=(0, 1))
        assert worse[0] > 100 > worse[2], kind


def test_stronger_compression_loses_more() -> None:
    photo = np.random.default_rng(0).integers(0, 256, (64, 64, 3)).astype(np.uint8)
    lost = [np.abs(made_worse(f"JPEG quality {q}", photo) - photo.astype(float)).mean() for q in (50, 20)]
    assert lost[0] < lost[1]
