"""What the shipped models were made from is named on their cards, in NOTICE and in docs/licences.md alike."""

from pathlib import Path

import pytest

from crackwise.inspection.model import SHIPPED, load_model
from crackwise.recipe import load_recipe

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "licences.md").read_text("utf-8")
NOTICE = (ROOT / "NOTICE").read_text("utf-8")
WORDS = {  # as NOTICE names them
    "uavcrack": "bridging-big-data/model-crack",
    "kaggle_uav": "ziya07/uav-based-crack-detection-dataset",
    "sut_crack": "gsbmknrhkv",
    "roboflow_qlrkm": "crack-detection-qlrkm",
    "metu": "10.17632/5y9wdsg2zt.2",
    "drawn": "drawn by crackwise",
    "drawn-clean": "drawn by crackwise",
}


@pytest.fixture(scope="module", params=SHIPPED)
def card(request):
    return load_model(Path(request.param)).card


def test_every_set_on_the_card_is_in_the_notice_and_on_the_page_with_its_licence(card):
    assert {one.name for one in card.training_data} == set(WORDS)
    for one in card.training_data:
        [row] = [line for line in PAGE.splitlines() if line.startswith(f"| `{one.name}` |")]
        assert WORDS[one.name] in row
        assert one.licence.split(" ")[0] in row
        assert WORDS[one.name] in NOTICE


def test_the_encoder_is_in_the_notice_and_on_the_page(card):
    for text in (PAGE, NOTICE, card.encoder):
        assert "google-coral/test_data" in text
        assert "Apache" in text


def test_the_recipes_of_the_shipped_model_state_the_same_licences(card):
    stated = {one.name: one.licence for one in card.training_data}
    for name in ("crackwise-base", "crackwise-base-longer", "crackwise-base-harder", "crackwise-small"):
        recipe = load_recipe(name)
        assert {source.name: source.licence for source in recipe.data.sources}.items() <= stated.items()
