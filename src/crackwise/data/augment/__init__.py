"""More from the same photos: random crops for training, and versions of whole photos; OpenCV only."""

from crackwise.data.augment.classical import classical_version
from crackwise.data.augment.crops import Crop, CropSettings, cut_crop, fit_whole
from crackwise.data.augment.files import Augmented, AugmentSettings, write_augmented
from crackwise.data.augment.kinds import KINDS, version_rng
from crackwise.data.augment.photometric import PHOTOMETRIC
from crackwise.data.augment.plan import Plan, read_plan
from crackwise.data.augment.version import Version

__all__ = [
    "KINDS",
    "PHOTOMETRIC",
    "AugmentSettings",
    "Augmented",
    "Crop",
    "CropSettings",
    "Plan",
    "Version",
    "classical_version",
    "cut_crop",
    "fit_whole",
    "read_plan",
    "version_rng",
    "write_augmented",
]
