"""The order of all tests."""

LONGEST = ("test_every_recipe.py", "test_training.py", "test_exported.py")
"""Files of minutes: begun last, one process would go on with them while the other has nothing left to do."""


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: item.path.name not in LONGEST)
