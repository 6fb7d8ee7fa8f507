"""What is wrong with data sets: findings, figures, and the groups that follow from their photos."""

from crackwise.data.check.check import CheckReport, check_sets, compare, judge, look_at_all, prepare
from crackwise.data.check.fatness import Fatness, measure_fatness
from crackwise.data.check.groups import WrittenGroups, merge_groups, write_groups

__all__ = [
    "CheckReport",
    "Fatness",
    "WrittenGroups",
    "check_sets",
    "compare",
    "judge",
    "look_at_all",
    "measure_fatness",
    "merge_groups",
    "prepare",
    "write_groups",
]
