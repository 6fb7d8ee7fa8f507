"""What ``crackwise inspect --help`` says of defaults is so."""

import pytest
import typer

from crackwise.cli.app import app
from crackwise.inspection.model import read_card, shipped_model

CARD = read_card(shipped_model().read_bytes(), shipped_model())
HELP = {one.name: one.help for one in typer.main.get_command(app).commands["inspect"].params}


@pytest.mark.parametrize(
    ("option", "default"),
    [
        ("threshold", CARD.threshold_high),
        ("min_length", CARD.min_length_px),
        ("min_confidence", CARD.min_confidence),
    ],
)
def test_the_limits_of_the_default_model_are_those_of_its_card(option, default):
    assert f"({CARD.name}: {default:g})" in HELP[option]
