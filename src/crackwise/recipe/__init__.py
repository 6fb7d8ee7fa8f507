"""A recipe: the small readable file from which a model can be trained again.

Every key is known; an unknown one is refused with a suggestion. Recipes ship in ``crackwise/recipes``.
"""

from crackwise.recipe.sections import NET_KEYS, DataRecipe, ModelRecipe, Recipe, SourceRecipe, TrainRecipe
from crackwise.recipe.text import dump_recipe, load_recipe, parse_recipe, shipped_recipes

__all__ = [
    "NET_KEYS",
    "DataRecipe",
    "ModelRecipe",
    "Recipe",
    "SourceRecipe",
    "TrainRecipe",
    "dump_recipe",
    "load_recipe",
    "parse_recipe",
    "shipped_recipes",
]
