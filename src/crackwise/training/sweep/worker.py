"""Work on a sweep: take a trial that nobody has, train it, write down how good it is, until none is left."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TypeAlias

from crackwise.errors import CrackwiseError
from crackwise.locks import locked, try_lock
from crackwise.recipe import Recipe
from crackwise.training.sweep.experiment import Experiment
from crackwise.training.sweep.ledger import LOCKS, Entry, Ledger, open_ledger
from crackwise.training.sweep.outcome import Outcome, read_outcome
from crackwise.training.sweep.results import write_results
from crackwise.training.sweep.trials import Trial, proposed_trial

Train: TypeAlias = Callable[[Recipe, Path], object]
"""Called with the recipe of a trial and its run folder; goes on by itself where the folder holds a part."""

Check: TypeAlias = Callable[[Recipe, Path], None]
"""Called with the recipe and run folder of a finished trial; raises where the next would have other data."""

Tell: TypeAlias = Callable[[str], None]
"""Called with a sentence about how far the sweep is."""


@dataclass(frozen=True, slots=True)
class _Claim:
    """A trial that this process alone works on for as long as it holds the lock."""

    trial: Trial
    record: int
    lock: IO[bytes]


def work(experiment: Experiment, out: Path, train: Train, tell: Tell, check: Check | None = None) -> None:
    """Train what is left of a sweep; any number of processes may do so in one folder at the same time.

    What failed before is tried again once. What a process that ended had begun is taken up again; a trial
    that fails is written down with its sentence and does not stop the others.

    Parameters
    ----------
    experiment
        What to train.
    out
        Its folder: ``sweep.db``, a run folder for each trial, ``sweep.csv``, ``sweep.png``.
    train
        Trains one recipe into one run folder.
    tell
        Hears of each trial as it begins.
    check
        Looks whether the data are still those of a finished trial, before anything else.

    Raises
    ------
    OutputError
        If the folder holds another sweep or cannot be written. What ``check`` raises is raised, too.
    """
    with open_ledger(out, experiment.about) as ledger:
        worker = _Worker(experiment, out, ledger)
        worker.greet(tell, check)
        while (claim := worker.claim()) is not None:
            with claim.lock:
                worker.carry_out(claim, train, tell)
            write_results(ledger, out)
        write_results(ledger, out)


class _Worker:
    """One process at work; knows which failures happened before it began."""

    def __init__(self, experiment: Experiment, out: Path, ledger: Ledger) -> None:
        self._experiment = experiment
        self._out = out
        self._ledger = ledger
        self._planned = experiment.planned
        self._total = experiment.sweep.trials or len(self._planned)
        self._known_before = {entry.record for entry in ledger.entries().values()}

    def greet(self, tell: Tell, check: Check | None) -> None:
        """Say how much is done already, by the same data."""
        done = [entry for entry in self._ledger.entries().values() if entry.state == "finished"]
        if done:
            tell(f"{len(done)} of {self._total} trials are done already")
        if done and check is not None:
            check(self._experiment.recipe_with(done[0].trial.changes), self._out / done[0].folder)

    def claim(self) -> _Claim | None:
        """Take the next trial that is open and that no other process holds; None when there is none."""
        with locked(self._out / LOCKS / "claiming"):
            entries = self._ledger.entries()
            for trial in self._candidates(entries):
                if self._is_open(entries.get(trial.name)):
                    claim = self._try(trial)
                    if claim is not None:
                        return claim
        return None

    def carry_out(self, claim: _Claim, train: Train, tell: Tell) -> None:
        """Train one trial and write down what became of it."""
        trial = claim.trial
        tell(f"trial {trial.number} of {self._total}: {trial.title}")
        try:
            outcome = self._outcome(trial, train)
        except CrackwiseError as error:
            self._ledger.fail(claim.record, str(error))
            tell(f"trial {trial.number} failed: {error}")
        else:
            self._ledger.finish(claim.record, outcome.value, outcome.facts)

    def _candidates(self, entries: dict[str, Entry]) -> Iterable[Trial]:
        yield from self._planned or [entry.trial for entry in entries.values()]
        if len(entries) < self._total and not self._planned:
            number = len(entries) + 1
            yield proposed_trial(number, self._ledger.propose(number))

    def _is_open(self, entry: Entry | None) -> bool:
        """Whether there is work on a trial; a running one may have lost its process, which the lock tells."""
        if entry is None or entry.state == "running":
            return True
        return entry.state == "failed" and entry.record in self._known_before

    def _try(self, trial: Trial) -> _Claim | None:
        """Take a trial if nobody holds it; read the ledger anew, as its holder may just have ended it."""
        lock = try_lock(self._out / LOCKS / trial.name)
        if lock is None:
            return None
        entry = self._ledger.entries().get(trial.name)
        if not self._is_open(entry):
            lock.close()
            return None
        record = entry.record if entry and entry.state == "running" else self._ledger.begin(trial)
        return _Claim(trial, record, lock)

    def _outcome(self, trial: Trial, train: Train) -> Outcome:
        """Train, unless that is done already, or an equal proposal of ``tpe`` was."""
        for entry in self._ledger.entries().values():
            if entry.state == "finished" and entry.value is not None and entry.trial.changes == trial.changes:
                return Outcome(entry.value, {**entry.facts, "folder": entry.folder})
        run = self._out / trial.name
        train(self._experiment.recipe_with(trial.changes), run)
        return read_outcome(run)
