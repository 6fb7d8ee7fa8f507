"""Generators and discriminators: sizes, shapes and what they cannot do."""

import pytest

pytest.importorskip("torch", reason='needs the extra "train"')

import torch

from crackwise.errors import RecipeError
from crackwise.nets.conditional import (
    ConditionalDiscriminator,
    ConditionalGenerator,
    ModulatedBlock,
    Noise,
    Scene,
    build_conditional,
    fill,
    with_grain,
)
from crackwise.nets.dcgan import DcganDiscriminator, DcganGenerator, build_dcgan
from tinygenerators import tiny_pairs, tiny_plain


def parameters_of(net):
    return sum(parameter.numel() for parameter in net.parameters())


class TestDcgan:
    def test_the_generator_has_the_parameters_of_the_paper(self):
        """Kernels of 4 × 4 without bias; batch norm has two per filter, and none at the end."""
        kernels = 100 * 512 + 512 * 256 + 256 * 128 + 128 * 64 + 64 * 3
        assert 16 * kernels + 2 * (512 + 256 + 128 + 64) == 3_576_704
        assert parameters_of(DcganGenerator(64, latent=100, filters=64)) == 3_576_704

    def test_the_discriminator_has_the_parameters_of_the_paper(self):
        """The first layer has no batch norm, nor the last."""
        kernels = 3 * 64 + 64 * 128 + 128 * 256 + 256 * 512 + 512 * 1
        assert 16 * kernels + 2 * (128 + 256 + 512) == 2_765_568
        assert parameters_of(DcganDiscriminator(64, filters=64)) == 2_765_568

    def test_each_has_five_layers_at_64_px_and_one_more_for_each_doubling(self):
        for size_px, layers in ((32, 4), (64, 5), (128, 6)):
            for net, kind in (
                (DcganGenerator(size_px, 10, 2), torch.nn.ConvTranspose2d),
                (DcganDiscriminator(size_px, 2), torch.nn.Conv2d),
            ):
                assert sum(isinstance(part, kind) for part in net.modules()) == layers

    @pytest.mark.parametrize("size_px", [32, 64])
    def test_noise_becomes_photos_and_photos_become_one_number_each(self, size_px):
        generator, discriminator = DcganGenerator(size_px, 7, 2), DcganDiscriminator(size_px, 2)
        photos = generator(torch.randn(3, 7))
        assert photos.shape == (3, 3, size_px, size_px)
        assert photos.abs().max() <= 1
        assert discriminator(photos).shape == (3,)

    def test_weights_are_drawn_as_the_paper_says(self):
        torch.manual_seed(0)
        generator = DcganGenerator(64, 100, 64)
        kernels = torch.cat([p.detach().flatten() for p in generator.parameters() if p.dim() == 4])
        norms = [part for part in generator.modules() if isinstance(part, torch.nn.BatchNorm2d)]
        scales = torch.cat([part.weight.detach() for part in norms])
        assert kernels.mean().abs() < 1e-4
        assert abs(float(kernels.std()) - 0.02) < 1e-4
        assert abs(float(scales.mean()) - 1) < 3e-3
        assert abs(float(scales.std()) - 0.02) < 3e-3
        assert all((part.bias == 0).all() for part in norms)

    def test_a_size_that_is_no_power_of_two_is_refused(self):
        with pytest.raises(RecipeError, match=r"data\.size_px is 96; .* 4 px times a power of 2"):
            build_dcgan(tiny_plain("data.size_px=96"))


def scene_of(photos):
    """Hide a square of 8 px in the middle, with a line of 2 px as the mask."""
    where = torch.zeros(len(photos), 3, *photos.shape[2:])
    where[:, 0, 28:36, 28:36] = 1
    where[:, 1, 31:33, 28:36] = 1
    return Scene(photos, where)


def noise_of(count, seed=0):
    chance = torch.Generator().manual_seed(seed)
    return Noise(torch.randn(count, 5, generator=chance), torch.full((count, 1, 2), 20))


class TestConditional:
    @pytest.fixture
    def generator(self):
        torch.manual_seed(0)
        return ConditionalGenerator(latent=5, filters=4)

    @pytest.fixture
    def photos(self):
        return torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(1)) * 2 - 1

    def test_outside_of_the_hidden_band_the_photo_stays_as_it_is(self, generator, photos):
        scene = scene_of(photos)
        painted = generator(scene, noise_of(2))
        seen = (scene.hidden == 0).expand_as(photos)
        assert painted.shape == photos.shape
        assert torch.equal(painted[seen], photos[seen])
        assert not torch.isclose(painted[~seen], photos[~seen]).any(dim=0).all()
        assert painted.abs().max() <= 1

    def test_photos_too_small_to_draw_a_crack_for_are_refused_by_their_key(self):
        assert build_conditional(tiny_pairs("data.size_px=64"))
        with pytest.raises(RecipeError, match=r"data\.size_px is 32; .* takes 64 or more, in steps of 32"):
            build_conditional(tiny_pairs("data.size_px=32"))

    def test_what_is_hidden_plays_no_part(self, generator, photos):
        scene = scene_of(photos)
        other = torch.where(scene.hidden > 0, 0.5, photos)
        assert torch.equal(generator(scene, noise_of(2)), generator(Scene(other, scene.where), noise_of(2)))

    def test_mask_style_and_shifts_each_change_the_paint(self, generator, photos):
        scene, noise = scene_of(photos), noise_of(2)
        without = scene.where.clone()
        without[:, 1] = 0
        first = generator(scene, noise)
        for changed in (
            generator(Scene(photos, without), noise),
            generator(scene, Noise(-noise.style, noise.shifts)),
            generator(scene, Noise(noise.style, -noise.shifts)),
        ):
            assert not torch.equal(changed, first)

    def test_the_modulated_block_has_these_parameters(self):
        """3 × 3 kernels with bias: 8 → 4, where 3 → 16, and 16 → scale and shift of 4."""
        assert parameters_of(ModulatedBlock(8, 4)) == (72 * 4 + 4) + (27 * 16 + 16) + (144 * 8 + 8)

    def test_the_discriminator_gives_a_logit_per_patch_of_eight_px(self, photos):
        logits, features = ConditionalDiscriminator(4)(photos, scene_of(photos).where)
        assert logits.shape == (2, 1, 8, 8)
        assert [tuple(one.shape[1:]) for one in features] == [
            (4, 32, 32),
            (8, 16, 16),
            (16, 8, 8),
            (16, 8, 8),
        ]

    def test_what_is_hidden_is_filled_with_its_surroundings(self):
        """The left half is dark and the right half bright; so is the hole's."""
        photos = torch.full((1, 3, 64, 64), -0.5)
        photos[..., 32:] = 0.5
        seen = torch.ones(1, 1, 64, 64)
        seen[..., 20:44, 16:48] = 0
        filled = fill(torch.where(seen > 0, photos, 9.0), seen, levels=4)
        assert torch.equal(filled * seen, photos * seen)
        assert filled.abs().max() <= 0.5
        assert filled[..., 30:34, 17:19].mean() < -0.4
        assert filled[..., 30:34, 45:47].mean() > 0.4

    def test_what_is_hidden_gets_the_grain_of_another_place(self):
        """Stripes of ± 0.1 on the left, nothing on the right, where the hole is, 32 px away."""
        photos = torch.zeros(1, 3, 64, 64)
        photos[..., ::2, :32] = 0.1
        photos[..., 1::2, :32] = -0.1
        seen = torch.ones(1, 1, 64, 64)
        seen[..., 20:30, 44:54] = 0
        filled = with_grain(photos, seen, torch.tensor([[[0, 32]]]))
        assert torch.equal(filled * seen, photos * seen)
        hole = filled[0, 0, 20:30, 44:54]
        assert (hole[::2] > 0.08).all()
        assert (hole[1::2] < -0.08).all()

    def test_grain_from_where_nothing_is_seen_gives_way_to_the_next_shift(self):
        photos = torch.zeros(1, 3, 64, 64)
        photos[..., ::2, :16] = 0.1
        seen = torch.ones(1, 1, 64, 64)
        seen[..., 30:34, 20:60] = 0
        for shifts, is_grained in (([[0, 4]], False), ([[0, 4], [0, 48]], True)):
            filled = with_grain(photos, seen, torch.tensor([shifts]))
            assert bool((filled[0, 0, 30:34, 52:58].abs() > 0.02).any()) is is_grained

    def test_an_edge_is_not_copied_as_grain(self):
        """One dark column of 1.0 in fine stripes of 0.1: what is copied stays below 0.5."""
        photos = torch.full((1, 3, 64, 64), 0.1)
        photos[..., ::2, :] = -0.1
        photos[..., 10] = -1.0
        seen = torch.ones(1, 1, 64, 64)
        seen[..., 20:30, 40:60] = 0
        filled = with_grain(fill(photos, seen, 4), seen, torch.tensor([[[0, 40]]]))
        assert filled[..., 20:30, 40:60].min() > -0.5
