"""Parting photos into training, validation and test, or into folds: by group, stratified, reproducible."""

from crackwise.data.split.balance import PartFigures, absent_parts, shared_files, torn_groups, weigh
from crackwise.data.split.entries import Entry, hash_of, look_at
from crackwise.data.split.file import Split, SplitRow, check_free, read_split, verify, write_split
from crackwise.data.split.make import SplitSettings, leave_source_out, make_split
from crackwise.data.split.shares import fold_shares, parse_shares

__all__ = [
    "Entry",
    "PartFigures",
    "Split",
    "SplitRow",
    "SplitSettings",
    "absent_parts",
    "check_free",
    "fold_shares",
    "hash_of",
    "leave_source_out",
    "look_at",
    "make_split",
    "parse_shares",
    "read_split",
    "shared_files",
    "torn_groups",
    "verify",
    "weigh",
    "write_split",
]
