"""What holds for all tests: their order, and that none is timed."""

from hypothesis import settings

LONGEST = ("test_every_recipe.py", "test_training.py", "test_exported.py")
"""Files of minutes: begun last, one process would go on with them while the other has nothing left to do."""

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: item.path.name not in LONGEST)
