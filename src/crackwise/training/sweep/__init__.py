"""Experiments: many trainings of one recipe with other values, shared among processes, kept in a database."""

from crackwise.training.sweep.experiment import Experiment, load_experiment, shipped_sweeps
from crackwise.training.sweep.ledger import Entry
from crackwise.training.sweep.results import Results, read_results, results_csv
from crackwise.training.sweep.sweepfile import Value
from crackwise.training.sweep.worker import Check, Train, work

__all__ = [
    "Check",
    "Entry",
    "Experiment",
    "Results",
    "Train",
    "Value",
    "load_experiment",
    "read_results",
    "results_csv",
    "shipped_sweeps",
    "work",
]
