"""Which categories of an annotation file are cracks."""

import pytest

from crackwise.data.categories import ALL_CRACKS, choose_categories
from crackwise.errors import DataError


@pytest.mark.parametrize(
    "name",
    [
        "no_crack",
        "non-crack",
        "uncracked",
        "No Crack",
        "crack-free",
        "without cracks",
        "nocrack",
        "rissfrei",
        "keine_risse",
        "not_a_crack",
        "no visible crack",
        "pas de fissure",
        "aucune_fissure",
        "nessuna crepa",
        "negative crack",
    ],
)
def test_a_name_that_denies_a_crack_is_none(name):
    assert choose_categories({"crack": 1, name: 5}, ALL_CRACKS, "x.json") == {"crack"}
    assert choose_categories({name: 5}, ALL_CRACKS, "x.json") == set()


@pytest.mark.parametrize(
    "name",
    [
        "crack",
        "Cracks",
        "hairline crack",
        "concrete-crack",
        "Fissure",
        "Riss",
        "unicrack",
        "non-structural crack",
        "normal crack",
        "une fissure",
        "una grieta",
    ],
)
def test_a_name_that_holds_a_word_for_crack_is_one(name):
    assert choose_categories({name: 1, "spalling": 5}, ALL_CRACKS, "x.json") == {name}


def test_the_only_one_with_shapes_is_taken_and_of_several_none_is_guessed():
    assert choose_categories({"walls-x7": 0, "0": 5}, ALL_CRACKS, "x.json") == {"0"}
    with pytest.raises(DataError, match="several categories and none is named crack"):
        choose_categories({"dog": 1, "cat": 5}, ALL_CRACKS, "x.json")
