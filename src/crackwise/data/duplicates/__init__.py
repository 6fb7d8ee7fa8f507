"""Photos that share content: copies, near duplicates, crops of one photo, and the groups that follow."""

from crackwise.data.duplicates.clusters import cluster, free_name
from crackwise.data.duplicates.find import find_duplicates
from crackwise.data.duplicates.pair import NamedPhoto, Pair, PairKind

__all__ = ["NamedPhoto", "Pair", "PairKind", "cluster", "find_duplicates", "free_name"]
