"""``crackwise --version`` names the package and the models in it."""

from importlib import metadata

import pytest

from commands import run_command
from crackwise.cli import version
from crackwise.inspection.model import CARD_KEY, SHIPPED, read_card, shipped_model


@pytest.fixture
def printed(monkeypatch, capfd):
    outcome = run_command(monkeypatch, capfd, "--version")
    assert (outcome.code, outcome.err) == (0, "")
    return outcome.out.splitlines()


def test_the_version_of_the_package_comes_first(printed):
    assert printed[0] == f"crackwise {metadata.version('crackwise')}"


def test_every_shipped_model_is_named_with_its_version(printed):
    cards = [read_card(shipped_model(name).read_bytes(), shipped_model(name)) for name in SHIPPED]
    assert printed[1:] == [f"model {card.name} {card.version}" for card in cards]


def test_the_card_is_sought_where_models_have_it():
    assert CARD_KEY.encode() == version.CARD_KEY
