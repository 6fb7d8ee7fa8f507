"""The trials of a sweep: which values each has, and what it is called."""

import hashlib
import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from crackwise.training.sweep.sweepfile import Range, Sweep, Value

_LONGEST_NAME = 150
"""Characters; a file system takes 255, and names are put before and behind it."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One training: its place in the sweep from 1, its folder, and what it changes in the base recipe."""

    number: int
    name: str
    changes: Mapping[str, Value] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """What it changes, in words: ``train.batch=32 model.dropout=0.1``."""
        return " ".join(f"{key}={written(value)}" for key, value in self.changes.items()) or "default"


def defaults_of(sweep: Sweep) -> dict[str, Value]:
    """Give the first value of each factor; ``tpe`` has no default."""
    if sweep.method == "tpe":
        return {}
    return {key: factor[0] for key, factor in sweep.factors.items() if not isinstance(factor, Range)}


def keys_of(sweep: Sweep) -> tuple[str, ...]:
    """List the keys that vary, in the order of the file."""
    return tuple(dict.fromkeys([*sweep.factors, *(key for run in sweep.runs for key in run)]))


def planned_trials(sweep: Sweep) -> tuple[Trial, ...]:
    """List the trials that are known beforehand, each combination once; none of ``tpe``."""
    defaults = defaults_of(sweep)
    named: dict[str, dict[str, Value]] = {}
    for values in _combinations(sweep):
        changes = {key: value for key, value in values.items() if repr(defaults.get(key)) != repr(value)}
        named.setdefault(_name(changes), changes)
    return tuple(Trial(number, *one) for number, one in enumerate(named.items(), start=1))


def proposed_trial(number: int, values: Mapping[str, Value]) -> Trial:
    """Name a trial of ``tpe``; the number keeps apart what rounding makes alike."""
    rounded = {
        key: float(f"{value:.4g}") if isinstance(value, float) else value for key, value in values.items()
    }
    return Trial(number, _name(rounded, f"{number:03d},"), dict(values))


def written(value: Value) -> str:
    """Write a value for names and tables: ``0.001``, ``true``, ``480x320``."""
    if isinstance(value, bool):
        return str(value).lower()
    return "x".join(map(written, value)) if isinstance(value, tuple) else str(value)


def _combinations(sweep: Sweep) -> Iterator[Mapping[str, Value]]:
    lists = {key: factor for key, factor in sweep.factors.items() if not isinstance(factor, Range)}
    if sweep.method == "one-factor":
        yield {}
        yield from ({key: value} for key, values in lists.items() for value in values[1:])
    elif sweep.method == "grid":
        yield from (dict(zip(lists, values)) for values in itertools.product(*lists.values()))
    yield from sweep.runs


def _name(changes: Mapping[str, Value], prefix: str = "") -> str:
    """Name a folder; what a file system may refuse is replaced, and a hash then keeps names apart."""
    wanted = prefix + (",".join(f"{key}={written(value)}" for key, value in changes.items()) or "default")
    name = re.sub(r"[^\w.,=+-]", "_", wanted, flags=re.ASCII)
    if name == wanted and len(name) <= _LONGEST_NAME:
        return name
    return f"{name[:_LONGEST_NAME]}-{hashlib.sha256(wanted.encode()).hexdigest()[:8]}"
