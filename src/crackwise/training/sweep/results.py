"""The results of a sweep: rows, the best first, and the table and picture made of them."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from crackwise.files import write_bytes, write_text
from crackwise.training.sweep.about import About
from crackwise.training.sweep.ledger import Entry, Ledger, open_for_reading
from crackwise.training.sweep.sweepfile import Value
from crackwise.training.sweep.trials import written

TABLE, PICTURE = "sweep.csv", "sweep.png"
_FACTS = ("best_step", "steps", "seconds")


@dataclass(frozen=True, slots=True)
class Results:
    """What is known about a sweep; ``entries`` are sorted, the best first, then what is not finished."""

    about: About
    entries: tuple[Entry, ...]

    @classmethod
    def of(cls, ledger: Ledger) -> "Results":
        """Read a ledger."""
        sign = 1 if ledger.about.sweep.metric == "loss" else -1
        entries = ledger.entries().values()
        finished = [entry for entry in entries if entry.value is not None]
        others = [entry for entry in entries if entry.value is None]
        finished.sort(key=lambda entry: sign * (entry.value or 0.0))
        return cls(ledger.about, (*finished, *others))

    @property
    def finished(self) -> tuple[Entry, ...]:
        """The trials that have a value, the best first."""
        return self._in("finished")

    @property
    def failed(self) -> tuple[Entry, ...]:
        """The trials that have a sentence instead."""
        return self._in("failed")

    @property
    def running(self) -> tuple[Entry, ...]:
        """The trials that a process works on, or had begun before it ended."""
        return self._in("running")

    def values_of(self, entry: Entry) -> Mapping[str, Value]:
        """Give the value of every key that varies."""
        return {**self.about.defaults, **entry.trial.changes}

    def _in(self, state: str) -> tuple[Entry, ...]:
        return tuple(entry for entry in self.entries if entry.state == state)


def read_results(out: Path) -> Results:
    """Read the results of the sweep in a folder, finished or not.

    Raises
    ------
    DataError
        If the folder holds none.
    """
    with open_for_reading(out) as ledger:
        return Results.of(ledger)


def write_results(ledger: Ledger, out: Path) -> None:
    """Make the table and the picture anew."""
    from crackwise.training.sweep.picture import draw_picture

    results = Results.of(ledger)
    write_text(out / TABLE, results_csv(results))
    write_bytes(out / PICTURE, draw_picture(results))


def results_csv(results: Results) -> str:
    """Give one line for each trial that has begun."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    about = results.about
    table.writerow(["trial", "folder", "state", about.sweep.metric, *about.keys, *_FACTS, "error"])
    for entry in results.entries:
        values = results.values_of(entry)
        cells = [written(values[key]) if key in values else "" for key in about.keys]
        value = "" if entry.value is None else f"{entry.value:.6g}"
        facts = [entry.facts.get(name, "") for name in _FACTS]
        table.writerow([entry.trial.number, entry.folder, entry.state, value, *cells, *facts, entry.error])
    return text.getvalue()
