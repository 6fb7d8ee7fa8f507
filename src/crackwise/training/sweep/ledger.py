"""What is known about each trial of a sweep, in a database that several processes read and write."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from crackwise.errors import DataError, MissingExtraError, OutputError
from crackwise.locks import locked
from crackwise.training.sweep.about import About, as_value
from crackwise.training.sweep.sweepfile import Value
from crackwise.training.sweep.trials import Trial

if TYPE_CHECKING:
    from optuna.storages import RDBStorage
    from optuna.study import Study

DATABASE = "sweep.db"
LOCKS = ".locks"
_STUDY = "sweep"
_ABOUT = "crackwise"
_PATIENCE_S = 60.0
"""How long a process waits while another writes."""

State: TypeAlias = Literal["running", "finished", "failed"]
_STATES: dict[str, State] = {"RUNNING": "running", "COMPLETE": "finished", "FAIL": "failed"}


@dataclass(frozen=True, slots=True)
class Entry:
    """What the ledger says about a trial.

    Parameters
    ----------
    record
        Number of the Optuna trial; a trial that failed and was tried again has several, and the last counts.
    trial, state
        Which trial, and how far it is.
    value
        The metric at the best validation; None unless finished.
    facts
        What else its training tells, as in ``result.json``.
    error
        Why it failed.
    """

    record: int
    trial: Trial
    state: State
    value: float | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    error: str = ""

    @property
    def folder(self) -> str:
        """Name of its run folder; of an equal trial where there was one."""
        return str(self.facts.get("folder", self.trial.name))


class Ledger:
    """The trials of one sweep; holds a database."""

    def __init__(self, study: "Study", storage: "RDBStorage") -> None:
        self._study = study
        self._storage = storage
        self.about = About.from_json(study.user_attrs[_ABOUT], DATABASE)

    def entries(self) -> dict[str, Entry]:
        """Give what is known, by the name of the trial, in the order of the sweep."""
        last = {
            frozen.user_attrs["name"]: _entry(frozen) for frozen in self._study.get_trials(deepcopy=False)
        }
        return dict(sorted(last.items(), key=lambda item: item[1].trial.number))

    def propose(self, number: int) -> dict[str, Value]:
        """Let ``tpe`` propose the values of a trial from what is known so far."""
        from crackwise.training.sweep.space import propose

        return propose(self.about, self._study, number)

    def begin(self, trial: Trial) -> int:
        """Write, in one transaction, that a trial is running; give its record."""
        import optuna

        from crackwise.training.sweep.space import encoded, space_of

        space = space_of(self.about)
        values = {**self.about.defaults, **trial.changes}
        running = optuna.trial.create_trial(
            state=optuna.trial.TrialState.RUNNING,
            params={key: encoded(values[key]) for key in space if key in values},
            distributions={key: space[key] for key in space if key in values},
            user_attrs={"number": trial.number, "name": trial.name, "changes": dict(trial.changes)},
        )
        self._study.add_trial(running)
        record: int = self._study.get_trials(deepcopy=False)[-1].number
        return record

    def finish(self, record: int, value: float, facts: Mapping[str, Any]) -> None:
        """Write how good a trial is."""
        self._note(record, "facts", dict(facts))
        self._study.tell(record, value)

    def fail(self, record: int, sentence: str) -> None:
        """Write why a trial failed."""
        import optuna

        self._note(record, "error", sentence)
        self._study.tell(record, state=optuna.trial.TrialState.FAIL)

    def _note(self, record: int, key: str, value: Any) -> None:
        frozen = self._study.get_trials(deepcopy=False)[record]
        self._storage.set_trial_user_attr(frozen._trial_id, key, value)


@contextmanager
def open_ledger(out: Path, about: About) -> Iterator[Ledger]:
    """Open the ledger of a sweep; the first process makes it.

    Raises
    ------
    OutputError
        If the folder holds another sweep, or the database cannot be written.
    """
    load_optuna()
    with ExitStack() as stack:
        with locked(out / LOCKS / "ledger"):
            storage = stack.enter_context(_connected(out))
            study = _made(storage, about, out)
        yield Ledger(study, storage)


@contextmanager
def open_for_reading(out: Path) -> Iterator[Ledger]:
    """Open the ledger that a folder holds.

    Raises
    ------
    DataError
        If it holds none.
    """
    load_optuna()
    if not (out / DATABASE).is_file():
        raise DataError(f"{out} holds no {DATABASE}; name the --out folder of a sweep that has begun")
    import optuna

    with _connected(out) as storage:
        sampler = optuna.samplers.RandomSampler()
        yield Ledger(optuna.load_study(study_name=_STUDY, storage=storage, sampler=sampler), storage)


def load_optuna() -> None:
    """Load Optuna, and keep it from telling each of its steps.

    Raises
    ------
    MissingExtraError
        If it is not installed.
    """
    try:
        import optuna
    except ImportError as error:
        raise MissingExtraError("a sweep", "sweep") from error
    optuna.logging.set_verbosity(optuna.logging.WARNING)


@contextmanager
def _connected(out: Path) -> "Iterator[RDBStorage]":
    """Connect anew for every access, so that no process of a training inherits a connection."""
    from optuna.exceptions import StorageInternalError
    from optuna.storages import RDBStorage
    from sqlalchemy.exc import SQLAlchemyError
    from sqlalchemy.pool import NullPool

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(out / DATABASE, timeout=_PATIENCE_S)

    try:
        storage = RDBStorage("sqlite://", {"creator": connect, "poolclass": NullPool})
        try:
            yield storage
        finally:
            storage.remove_session()
            storage.engine.dispose()
    except (StorageInternalError, SQLAlchemyError) as error:
        reason = str(error.__cause__ or error).strip().splitlines()[0]
        raise OutputError(f"{out / DATABASE}: {reason}; restore the file, or choose another --out") from error


def _made(storage: "RDBStorage", about: About, out: Path) -> "Study":
    import optuna

    study = optuna.create_study(
        study_name=_STUDY,
        storage=storage,
        direction="minimize" if about.sweep.metric == "loss" else "maximize",
        sampler=optuna.samplers.RandomSampler(),
        load_if_exists=True,
    )
    if _ABOUT in study.user_attrs:
        about.refuse_another(Ledger(study, storage).about, out)
    study.set_user_attr(_ABOUT, about.to_json())
    return study


def _entry(frozen: Any) -> Entry:
    known = frozen.user_attrs
    changes = {key: as_value(value) for key, value in known["changes"].items()}
    trial = Trial(known["number"], known["name"], changes)
    return Entry(
        frozen.number,
        trial,
        _STATES[frozen.state.name],
        frozen.value,
        known.get("facts", {}),
        known.get("error", ""),
    )
