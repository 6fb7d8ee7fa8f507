"""A recipe: the small readable file from which a model can be trained again.

Every key is known; an unknown one is refused with a suggestion. Recipes ship in ``crackwise/recipes``.
"""

from crackwise.recipe.classifier import ClassifierModelRecipe, ClassifierRecipe, ClassifierSource
from crackwise.recipe.generator import GeneratorModelRecipe, GeneratorRecipe, GeneratorSource
from crackwise.recipe.sections import (
    FOLLOWS_EPOCHS,
    NET_KEYS,
    Budget,
    DataRecipe,
    ModelRecipe,
    Recipe,
    SourceRecipe,
    TrainRecipe,
)
from crackwise.recipe.text import (
    TASKS,
    AnyRecipe,
    dump_recipe,
    load_any,
    load_recipe,
    parse_any,
    parse_recipe,
    read_toml,
    shipped_recipes,
)

__all__ = [
    "FOLLOWS_EPOCHS",
    "NET_KEYS",
    "TASKS",
    "AnyRecipe",
    "Budget",
    "ClassifierModelRecipe",
    "ClassifierRecipe",
    "ClassifierSource",
    "DataRecipe",
    "GeneratorModelRecipe",
    "GeneratorRecipe",
    "GeneratorSource",
    "ModelRecipe",
    "Recipe",
    "SourceRecipe",
    "TrainRecipe",
    "dump_recipe",
    "load_any",
    "load_recipe",
    "parse_any",
    "parse_recipe",
    "read_toml",
    "shipped_recipes",
]
