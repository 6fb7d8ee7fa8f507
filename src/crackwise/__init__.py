"""Find, measure and report cracks in photos of concrete and asphalt.

::

    import crackwise

    inspection = crackwise.inspect("wall.jpg", scale="0.2mm/px")
    print(inspection.summary.total_length_mm)
"""

from typing import TYPE_CHECKING

from crackwise.errors import (
    CrackwiseError,
    DataError,
    MissingExtraError,
    ModelError,
    OutputError,
    PhotoError,
    RecipeError,
    SettingsError,
    TrainingError,
)

__all__ = [
    "CrackModel",
    "CrackwiseError",
    "DataError",
    "Inspection",
    "MissingExtraError",
    "ModelError",
    "OutputError",
    "PhotoError",
    "ProfileWidth",
    "RecipeError",
    "Scale",
    "Settings",
    "SettingsError",
    "TrainingError",
    "__version__",
    "find_card",
    "inspect",
    "load_model",
    "measure",
    "profile_width",
]

if TYPE_CHECKING:
    from crackwise.crack.profile import ProfileWidth, profile_width
    from crackwise.inspection.inspect import Inspection, inspect
    from crackwise.inspection.measure import measure
    from crackwise.inspection.model import CrackModel, load_model
    from crackwise.inspection.settings import Settings
    from crackwise.marker.find import find_card
    from crackwise.scale import Scale

    __version__: str
else:
    # loaded at first use, so that `import crackwise` and `crackwise --help` wait for no heavy library
    _HOMES = {
        "CrackModel": "crackwise.inspection.model",
        "Inspection": "crackwise.inspection.inspect",
        "ProfileWidth": "crackwise.crack.profile",
        "Scale": "crackwise.scale",
        "Settings": "crackwise.inspection.settings",
        "find_card": "crackwise.marker.find",
        "inspect": "crackwise.inspection.inspect",
        "load_model": "crackwise.inspection.model",
        "measure": "crackwise.inspection.measure",
        "profile_width": "crackwise.crack.profile",
    }

    def __getattr__(name):
        from importlib import import_module, metadata

        if name == "__version__":
            return metadata.version("crackwise")
        if name not in _HOMES:
            raise AttributeError(f"module 'crackwise' has no attribute {name!r}")
        return getattr(import_module(_HOMES[name]), name)

    def __dir__():
        return sorted({*globals(), *__all__})
