"""Weights of other programs: taken over exactly, reported honestly, never run."""

import os
import pickle
import warnings

import pytest

torch = pytest.importorskip("torch", reason='needs the extra "train"')

import segmentation_models_pytorch as smp  # noqa: E402
import timm  # noqa: E402
import torchvision  # noqa: E402
from safetensors.torch import save_file  # noqa: E402

from crackwise.errors import ModelError  # noqa: E402
from crackwise.nets.build import build_net  # noqa: E402
from crackwise.nets.foreign import load_foreign  # noqa: E402
from crackwise.recipe import ModelRecipe  # noqa: E402


def net_of(encoder, net="unet", **keys):
    torch.manual_seed(0)
    return build_net(ModelRecipe(net=net, encoder=encoder, encoder_weights="none", **keys)).eval()


def small_unet(classes=1):
    torch.manual_seed(1)
    net = smp.Unet("resnet18", encoder_weights=None, decoder_channels=(16, 8, 8, 8, 8), classes=classes)
    return moved(net)


def moved(net):
    """Give every tensor of a network values of its own, batch-norm statistics too."""
    generator = torch.Generator().manual_seed(2)
    for value in net.state_dict().values():
        if value.is_floating_point():
            value.add_(0.01 * torch.rand(value.shape, generator=generator))
        else:
            value.add_(7)
    return net.eval()


@pytest.fixture(scope="module")
def unet():
    return small_unet()


@pytest.fixture
def own():
    return net_of("resnet18", decoder_channels=(16, 8, 8, 8, 8))


def save(content, folder, name="weights.pt"):
    torch.save(content, folder / name)
    return folder / name


def assert_equal(mine, theirs):
    for key, value in theirs.items():
        torch.testing.assert_close(mine[key], value, rtol=0, atol=0, msg=key)


WRAPPINGS = {
    "as smp writes it": lambda state: state,
    "data parallel": lambda state: {f"module.{key}": value for key, value in state.items()},
    "lightning": lambda state: {"epoch": 3, "state_dict": {f"model.{key}": v for key, v in state.items()}},
    "lightning with a loss": lambda state: {
        "state_dict": {"loss.weight": torch.ones(1), **{f"net.{key}": v for key, v in state.items()}}
    },
    "compiled and nested": lambda state: {
        "model": {"state_dict": {f"_orig_mod.module.{key}": value for key, value in state.items()}}
    },
}


@pytest.mark.parametrize("wrapping", WRAPPINGS)
def test_a_unet_of_smp_is_taken_over_whole_however_it_was_wrapped(wrapping, unet, own, tmp_path):
    report = load_foreign(own, save(WRAPPINGS[wrapping](unet.state_dict()), tmp_path))
    assert_equal(own.net.state_dict(), unet.state_dict())
    assert len(report.fitted) == len(unet.state_dict())
    assert report.missing == report.misshapen == report.heads == ()
    assert report.left_over == (("loss.weight",) if "loss" in wrapping else ())
    photos = 255 * torch.rand(2, 3, 64, 96)
    mean, std = (
        torch.tensor(v).view(1, 3, 1, 1) for v in ([123.675, 116.28, 103.53], [58.395, 57.12, 57.375])
    )
    with torch.inference_mode():
        torch.testing.assert_close(own(photos), unet((photos - mean) / std)[:, 0])


def test_safetensors_are_read_as_well(unet, own, tmp_path):
    save_file(unet.state_dict(), tmp_path / "weights.safetensors")
    load_foreign(own, tmp_path / "weights.safetensors")
    assert_equal(own.net.state_dict(), unet.state_dict())


CLASSIFIERS = {  # our encoder: torchvision's name, tensors of its head
    "resnet18": ("resnet18", 2),
    "tu-resnet18": ("resnet18", 2),
    "vgg11_bn": ("vgg11_bn", 6),
    "mobilenet_v2": ("mobilenet_v2", 2),
    "densenet121": ("densenet121", 2),
}


@pytest.mark.parametrize("encoder", CLASSIFIERS)
def test_a_classifier_of_torchvision_fills_the_encoder_and_leaves_its_head(encoder, tmp_path):
    name, heads = CLASSIFIERS[encoder]
    theirs = moved(getattr(torchvision.models, name)(weights=None)).state_dict()
    net = net_of(encoder)
    report = load_foreign(net, save(theirs, tmp_path))
    inner = net.net.encoder.model if encoder.startswith("tu-") else net.net.encoder
    assert_equal(inner.state_dict(), {key: theirs[key] for key in inner.state_dict()})
    assert len(report.heads) == heads
    assert report.left_over == report.misshapen == ()
    assert all(".encoder." not in name for name in report.missing)
    assert len(report.fitted) == len(theirs) - heads
    assert str(report).startswith(f"{len(report.fitted)} of {len(net.state_dict()) - 2} tensors fitted; ")
    assert f"{heads} of a classifier left out (" in str(report)


def test_a_mobilenet_of_torchvision_fills_that_of_timm_under_other_names(tmp_path):
    theirs = moved(torchvision.models.mobilenet_v2(weights=None))
    own = net_of("tu-mobilenetv2_100")
    report = load_foreign(own, save(theirs.state_dict(), tmp_path))
    assert report.misshapen == ()
    assert {name.split(".")[1] for name in report.left_over} == {"18"}  # the layer behind the last features
    whole = timm.create_model("mobilenetv2_100", pretrained=False).eval()
    whole.load_state_dict(own.net.encoder.model.state_dict(), strict=False)
    photos = torch.rand(1, 3, 64, 64)
    with torch.inference_mode():
        torch.testing.assert_close(
            whole.blocks(whole.bn1(whole.conv_stem(photos))), theirs.features[:-1](photos)
        )


def test_a_densenet_file_with_the_names_of_before_2018_fits(tmp_path):
    theirs = moved(torchvision.models.densenet121(weights=None)).state_dict()
    older = {
        key.replace("norm1", "norm.1")
        .replace("norm2", "norm.2")
        .replace("conv1", "conv.1")
        .replace("conv2", "conv.2")
        if "denselayer" in key
        else key: value
        for key, value in theirs.items()
    }
    assert "features.denseblock1.denselayer1.norm.1.weight" in older
    report = load_foreign(net_of("densenet121"), save(older, tmp_path))
    assert len(report.fitted) == len(theirs) - 2


def test_another_number_of_classes_is_named_and_the_own_head_stays(own, tmp_path):
    before = own.net.segmentation_head[0].weight.clone()
    two = small_unet(classes=2)
    report = load_foreign(own, save(two.state_dict(), tmp_path))
    assert report.misshapen == ("net.segmentation_head.0.weight", "net.segmentation_head.0.bias")
    assert "2 of another shape (net.segmentation_head.0.weight, net.segmentation_head.0.bias)" in str(report)
    assert torch.equal(own.net.segmentation_head[0].weight, before)
    assert_equal(own.net.encoder.state_dict(), two.encoder.state_dict())


def test_only_the_encoder_of_another_network_fits_and_the_first_of_the_rest_are_named(own, tmp_path):
    theirs = moved(smp.FPN("resnet18", encoder_weights=None))
    report = load_foreign(own, save(theirs.state_dict(), tmp_path))
    encoder = {f"net.encoder.{key}" for key in theirs.encoder.state_dict()}
    assert set(report.fitted) == {*encoder, "net.segmentation_head.0.bias"}
    assert report.misshapen == ("net.segmentation_head.0.weight",)
    assert "left over (decoder.p5.weight, decoder.p5.bias, decoder.p4.skip_conv.weight, …)" in str(report)


def test_a_pspnet_of_smp_fits_ours_and_the_one_behind_the_restorer(tmp_path):
    theirs = moved(smp.PSPNet("resnet18", encoder_depth=5, encoder_weights=None, upsampling=8))
    path = save(theirs.state_dict(), tmp_path)
    ours, behind = net_of("resnet18", "pspnet"), net_of("resnet18", "superres")
    assert load_foreign(ours, path).missing == ()
    assert_equal(ours.net.state_dict(), theirs.state_dict())
    report = load_foreign(behind, path)
    assert_equal(behind.net.segment.state_dict(), theirs.state_dict())
    assert all(name.startswith("net.restore.") for name in report.missing)


def test_the_scaling_of_photos_stays_as_the_recipe_says(own, tmp_path):
    scaled = net_of("resnet18", decoder_channels=(16, 8, 8, 8, 8), input_mean=(0.0, 0.0, 0.0))
    same = load_foreign(
        net_of("resnet18", decoder_channels=(16, 8, 8, 8, 8)), save(own.state_dict(), tmp_path)
    )
    assert same.left_over == ()
    assert len(same.fitted) == len(own.state_dict()) - 2
    report = load_foreign(own, save(scaled.state_dict(), tmp_path))
    assert report.left_over == ("mean",)
    assert own.mean.flatten().tolist() == pytest.approx([123.675, 116.28, 103.53])


def test_weights_of_a_network_that_shares_no_name_are_refused_with_both_sides(own, tmp_path):
    path = save(torch.nn.Linear(3, 4).state_dict(), tmp_path)
    with pytest.raises(
        ModelError, match=r"no tensor of .*weights\.pt fits .* holds weight, bias, the network net\.enc"
    ):
        load_foreign(own, path)


def test_a_unet_of_smp_on_a_resnet_fills_one_on_the_same_resnet_of_timm(unet, tmp_path):
    own = net_of("tu-resnet18", decoder_channels=(16, 8, 8, 8, 8))
    report = load_foreign(own, save({"state_dict": WRAPPINGS["data parallel"](unet.state_dict())}, tmp_path))
    assert report.missing == report.misshapen == report.left_over == ()
    photos = 255 * torch.rand(1, 3, 64, 96)
    with torch.inference_mode():
        scaled = (photos - own.mean) / own.std
        torch.testing.assert_close(own(photos), unet(scaled)[:, 0])


def test_an_encoder_of_smp_on_a_mobilenet_fills_that_of_timm(tmp_path):
    theirs = moved(smp.Unet("mobilenet_v2", encoder_weights=None))
    report = load_foreign(net_of("tu-mobilenetv2_100"), save(theirs.state_dict(), tmp_path))
    assert not any(".encoder." in name for name in (*report.missing, *report.misshapen))


def test_an_older_file_that_counts_no_batches_fills_the_encoder(tmp_path):
    theirs = moved(torchvision.models.resnet18(weights=None)).state_dict()
    older = {key: value for key, value in theirs.items() if not key.endswith("num_batches_tracked")}
    report = load_foreign(net_of("resnet18"), save(older, tmp_path))
    assert sum(".encoder." in name for name in report.missing) == 20


OTHERS = {  # what the file is of, and what it is said to be of
    "resnet50 of torchvision": (lambda: torchvision.models.resnet50(weights=None), "to resnet50, which"),
    "resnet34 of smp": (lambda: smp.Unet("resnet34", encoder_weights=None), "to resnet34, which"),
    "mobilenet of smp": (lambda: smp.Unet("mobilenet_v2", encoder_weights=None), "to mobilenet_v2, which"),
    "mobilenet of crackwise": (lambda: net_of("tu-mobilenetv2_100"), "to tu-mobilenetv2_100, which"),
    "resnet of timm": (lambda: net_of("tu-resnet34"), "to tu-resnet34, which"),
    "vgg": (lambda: smp.Unet("vgg13_bn", encoder_weights=None), "to vgg13_bn, which"),
    "densenet": (lambda: smp.Unet("densenet121", encoder_weights=None), "to densenet121, which"),
    "wider resnet": (lambda: smp.Unet("resnext50_32x4d", encoder_weights=None), "to the one that"),
    "efficientnet": (lambda: smp.Unet("efficientnet-b0", encoder_weights=None), "to the one that"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_a_scrap_of_a_file_is_refused_with_the_encoder_to_set(name, tmp_path):
    make, words = OTHERS[name]
    own = net_of("resnet18")
    before = {key: value.clone() for key, value in own.state_dict().items()}
    path = save(make().state_dict(), tmp_path)
    with pytest.raises(
        ModelError, match=rf"fits \d+ of 182 tensors .* and \d+ of 120 of its encoder; .* {words}"
    ):
        load_foreign(own, path)
    assert_equal(own.state_dict(), before)


def test_half_of_a_network_without_an_encoder_is_refused(tmp_path):
    def plain(levels):
        keys = {"levels": levels, "first_filters": 4}
        return build_net(ModelRecipe(net="plain_unet", **keys))

    assert load_foreign(plain(2), save(plain(2).state_dict(), tmp_path)).missing == ()
    with pytest.raises(ModelError, match=r"tensors of the network; expected all: take the \[model\]"):
        load_foreign(plain(3), save(plain(2).state_dict(), tmp_path))


class Code:
    def __reduce__(self):
        return os.system, ("touch was-run",)


def save_program(path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # TorchScript is out of use, and still met
        torch.jit.script(torch.nn.Linear(2, 2)).save(path)


@pytest.mark.parametrize(
    ("write", "words"),
    [
        (lambda path: torch.save({"state_dict": {}, "hook": Code()}, path), r"system would have to be run"),
        (
            lambda path: torch.save(torch.nn.Linear(2, 2), path),
            r"Linear would have to be run .* state dict alone",
        ),
        (lambda path: path.write_bytes(pickle.dumps([Code()], protocol=2)), r"system would have to be run"),
        (lambda path: save_program(path), r"a TorchScript program would have to be run .* state dict alone"),
        (lambda path: torch.save({"epoch": 3}, path), r"holds no state dict; save one with torch\.save"),
        (lambda path: torch.save([1, 2], path), "holds no state dict"),
        (lambda path: path.write_bytes(b""), "damaged or no file of tensors, 0 bytes"),
        (lambda path: path.write_text("hello world, this is a text\n" * 50), "damaged or no file of tensors"),
        (lambda path: path.write_bytes(bytes(range(256)) * 9), "damaged or no file of tensors, 2,304 bytes"),
        (lambda path: None, r"there is no file .*given\.pt"),
    ],
)
def test_what_is_no_state_dict_is_refused_in_one_sentence_and_never_run(
    write, words, own, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "given.pt")
    with pytest.raises(ModelError, match=words) as caught:
        load_foreign(own, tmp_path / "given.pt")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "was-run").exists()


def test_a_damaged_safetensors_file_is_refused_in_one_sentence(own, tmp_path):
    (tmp_path / "given.safetensors").write_bytes(b"\x00" * 100)
    with pytest.raises(ModelError, match="damaged or no file of tensors, 100 bytes"):
        load_foreign(own, tmp_path / "given.safetensors")
