"""A budget in epochs as one in steps, and back."""

from typing import TypeVar

from crackwise.recipe import FOLLOWS_EPOCHS, AnyRecipe, Budget

Train = TypeVar("Train", bound=Budget)


def in_steps(train: Train, samples: int, per_step: int) -> Train:
    """Turn a budget in epochs into one in steps; an epoch is as many samples as there are for training."""
    if not train.epochs:
        return train
    steps = -(-samples // per_step)
    return train.model_copy(update={"steps": steps * train.epochs, "validate_every": steps})


def as_given(recipe: AnyRecipe) -> AnyRecipe:
    """Leave out what follows from a budget in epochs."""
    if not recipe.train.epochs:
        return recipe
    fields = type(recipe.train).model_fields
    defaults = {name: fields[name].default for name in FOLLOWS_EPOCHS if name in fields}
    return recipe.model_copy(update={"train": recipe.train.model_copy(update=defaults)})
