"""Optimisers and schedules do what their names in a recipe say."""

import math

import pytest

torch = pytest.importorskip("torch", reason='needs the extra "train"')

from crackwise.nets.build import build_net  # noqa: E402
from crackwise.recipe import TrainRecipe  # noqa: E402
from crackwise.training.optimisation import OPTIMISERS, SCHEDULES, make_optimiser  # noqa: E402
from tinytraining import tiny  # noqa: E402

PLAIN = {"steps": 100, "warmup_steps": 0, "validate_every": 10, "drop_every": 3}


@pytest.mark.parametrize(
    ("schedule", "step", "rate"),
    [
        ("constant", 0, 1),
        ("constant", 99, 1),
        ("cosine", 0, 1),
        ("cosine", 50, 0.5),
        ("cosine", 100, 0),
        ("late-cosine", 59, 1),
        ("late-cosine", 80, 0.5),
        ("late-cosine", 100, 0),
        ("step", 29, 1),
        ("step", 30, 0.1),
        ("step", 60, 0.01),
    ],
)
def test_a_schedule_has_its_rate(schedule, step, rate):
    assert SCHEDULES[schedule](TrainRecipe(**PLAIN), step) == pytest.approx(rate, abs=1e-12)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_every_schedule_warms_up_in_equal_steps(schedule):
    train = TrainRecipe(**(PLAIN | {"warmup_steps": 4}))
    assert [SCHEDULES[schedule](train, step) for step in range(4)] == [0.25, 0.5, 0.75, 1.0]


def test_a_cosine_after_a_warm_up_still_begins_at_one():
    train = TrainRecipe(**(PLAIN | {"warmup_steps": 20}))
    assert SCHEDULES["cosine"](train, 20) == 1
    assert SCHEDULES["cosine"](train, 60) == pytest.approx(0.5 + 0.5 * math.cos(math.pi / 2))


def step_of(*overrides):
    """Take two steps against a gradient of 1 and give how far a weight of 2 moved."""
    net = build_net(tiny().model)
    optimiser = make_optimiser(tiny("train.learning_rate=0.01", *overrides).train, net)
    moved = next(iter(net.parameters()))
    with torch.no_grad():
        moved.fill_(2.0)
    for _ in range(2):
        moved.grad = torch.ones_like(moved)
        optimiser.step()
    return 2 - moved.flatten()[0].item()


def test_sgd_without_momentum_moves_by_the_rate_times_the_gradient():
    assert step_of("train.optimiser=sgd", "train.momentum=0", "train.weight_decay=0") == pytest.approx(0.02)


def test_momentum_carries_the_first_step_on():
    moved = step_of("train.optimiser=sgd", "train.momentum=0.5", "train.weight_decay=0")
    assert moved == pytest.approx(0.01 + 0.015, rel=1e-4)


def test_weight_decay_joins_the_gradient_in_sgd():
    moved = step_of("train.optimiser=sgd", "train.momentum=0", "train.weight_decay=0.5")
    first = 0.01 * (1 + 0.5 * 2)
    assert moved == pytest.approx(first + 0.01 * (1 + 0.5 * (2 - first)), rel=1e-4)


def test_adam_moves_by_the_rate_whatever_the_gradient():
    assert step_of("train.optimiser=adam", "train.weight_decay=0") == pytest.approx(0.02, rel=1e-4)


def test_adamw_decays_apart_from_the_gradient():
    moved = step_of("train.optimiser=adamw", "train.weight_decay=0.5")
    once = 2 * (1 - 0.005) - 0.01
    assert moved == pytest.approx(2 - (once * (1 - 0.005) - 0.01), rel=1e-4)


def test_the_encoder_has_a_rate_of_its_own():
    model = 'model={net="NET", encoder="resnet18", encoder_weights="none"}'
    for name, net in (*((name, "unet") for name in OPTIMISERS), ("adamw", "superres")):
        recipe = tiny(model.replace("NET", net), "train.encoder_rate=0.1", f"train.optimiser={name}")
        rest, encoder = make_optimiser(recipe.train, build_net(recipe.model)).param_groups
        assert encoder["lr"] == pytest.approx(0.1 * rest["lr"])
        assert rest["params"]
        assert encoder["params"]
