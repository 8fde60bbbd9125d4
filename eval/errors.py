"""Errors of measuring; the root of the tree is in ``index/errors.py``.

HuawenError
 +-- UsageError
      +-- BadCase           a case is malformed
      +-- BadSet            a set is malformed, or has no card
      +-- UnknownName       no metric, set or run has that name
      +-- BadJudge          a model that cannot judge
      +-- NotComparable     two runs that must not be compared
 +-- TargetUnreachable      the server to measure does not answer
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from index.errors import HuawenError, UsageError


class BadCase(UsageError):
    """A case is malformed."""

    code = "bad_case"
    default_hint = "Mend the line; `huawen eval lint PATH` lists everything that is wrong."


class BadSet(UsageError):
    """A set is malformed."""

    code = "bad_set"
    default_hint = "A set is a folder with set.toml and cases.jsonl; see `huawen eval list`."


class BadJudge(UsageError):
    """A model that cannot judge."""

    code = "bad_judge"
    default_hint = "Give the folder of a cross-encoder with labels such as entailment, neutral."


class NotComparable(UsageError):
    """Two runs differ in what makes their numbers comparable."""

    code = "not_comparable"
    default_hint = "Run both on the same set with the same judge."


class TargetUnreachable(HuawenError):
    """The server to measure does not answer."""

    code = "target_unreachable"
    retryable = True
    default_hint = "Start it with `huawen serve`, and check the address given to --target."


class UnknownName(UsageError):
    """No metric, set or run has that name; the message names the nearest."""

    code = "unknown_name"
    default_hint = "`huawen eval list` shows the sets and the runs."

    def __init__(self, what: str, name: str, known: Iterable[str]) -> None:
        near = get_close_matches(name, list(known), n=1, cutoff=0.4)
        also = f"; did you mean {near[0]!r}?" if near else ""
        super().__init__(f"there is no {what} {name!r}{also}")
