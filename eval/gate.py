"""Is a run good enough? Limits from a set's card or from a file, and from a run before it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from eval.aggregate import is_better
from eval.cases import read_card
from eval.compare import SIGNIFICANT, Comparison
from eval.errors import BadSet, UnknownName
from eval.suites.find import bundled_sets, local_sets
from eval.summary import RunSummary
from index.errors import UsageError

Limits = Mapping[str, Mapping[str, float]]
_EXAMPLE = 'In a file: [gate], and below it "answer/contains" = { min = 0.8, max_drop = 0.02 }'
_KEYS = {"min", "max", "max_drop"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One limit and whether it holds."""

    metric: str
    limit: str
    value: float
    passed: bool


def read_limits(path: Path) -> Limits:
    """The table ``[gate]`` of a TOML file.

    Raises:
        BadSet: there is no such table, or a limit has another key than min, max, max_drop.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadSet(f"{str(path)!r} cannot be read: {error}") from error
    limits = content.get("gate")
    if not isinstance(limits, dict) or not limits:
        raise BadSet(f"{str(path)!r} has no table [gate]", hint=_EXAMPLE)
    for name, limit in limits.items():
        if not isinstance(limit, dict) or not limit or set(limit) - _KEYS:
            raise BadSet(f"{path}: {name}: give min, max or max_drop", hint=_EXAMPLE)
        for key, value in limit.items():
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise BadSet(f"{path}: {name}: {key}: {value!r} is no number", hint=_EXAMPLE)
    return limits


def limits_of(summary: RunSummary) -> Limits:
    """The limits on the card of the set that was run.

    Raises:
        UsageError: that set ships with none.
    """
    name = summary.config.suite.split(" ")[0]
    folder = (bundled_sets() | local_sets()).get(name)
    limits = read_card(folder).gate if folder else {}
    if not limits:
        raise UsageError(f"the set {name!r} has no limits", hint=f"Give --config. {_EXAMPLE}")
    return limits


def check_gate(
    summary: RunSummary, limits: Limits, comparison: Comparison | None = None
) -> list[Check]:
    """Every limit against a run; a drop counts only where the paired test finds it significant.

    Raises:
        UnknownName: the run has no metric of that name.
    """
    checks = []
    for name, limit in limits.items():
        if name not in summary.overall:
            raise UnknownName("metric", name, summary.overall)
        value = summary.overall[name].value
        if "min" in limit:
            checks.append(_check(name, f">= {limit['min']:g}", value, value >= limit["min"]))
        if "max" in limit:
            checks.append(_check(name, f"<= {limit['max']:g}", value, value <= limit["max"]))
        difference = comparison.differences.get(name) if comparison else None
        if "max_drop" in limit and difference:
            worse = not is_better(name, difference.delta)
            fell = worse and abs(difference.delta) > limit["max_drop"]
            checks.append(
                _check(
                    name, f"drop <= {limit['max_drop']:g}", difference.delta,
                    not (fell and difference.p < SIGNIFICANT),
                )
            )  # fmt: skip
    return checks


def _check(metric: str, limit: str, value: float, passed: bool) -> Check:
    return Check(metric=metric, limit=limit, value=value, passed=passed)
