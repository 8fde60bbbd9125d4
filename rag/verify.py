"""Step 7: is this sentence supported by what it cites? No model, no mercy for figures.

Every figure with its unit and bound, every date and every named body must stand in the quoted
words; negation, direction and obligation must agree, clause by clause; the wording must be close.
The first rule that fails is the reason.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from rag.claims import (
    Clause,
    Day,
    Figure,
    bare,
    letter_pairs,
    normal,
    read_bodies,
    read_clauses,
    read_days,
    read_figures,
    read_relative_times,
    read_speakers,
    without_figures,
)
from rag.markers import MARK
from rag.times import Period
from rag.types import Support

_CLOSE, _LOOSE = 0.7, 0.45  # share of the wording that must stand in the quotes
_ALIKE = 0.5  # share of a clause's wording from which another clause is the one that it repeats
_JOINED = re.compile(r"^(?:或者?|和|及|以及|与|且)(?!其)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """``reason`` is "" when supported; English, for the answer object and the logs."""

    support: Support
    reason: str


@dataclass(frozen=True, slots=True)
class _Pair:
    """The normal texts of a claim and of its quotes, and the days that the quotes' dates mean."""

    claim: str
    source: str
    meant: tuple[Day, ...] = ()


def verify_sentence(sentence: str, quotes: Sequence[str], meant: Iterable[Period] = ()) -> Verdict:
    """Judge one sentence (without markers) against the sentences that it cites.

    Args:
        sentence: what is claimed.
        quotes: the sentences of articles.
        meant: what the relative dates in the quotes are by their articles' own dates, so that
            2025年 is proved by 今年.
    """
    if not quotes:
        return _unsupported("cites nothing")
    source = "\n".join(normal(MARK.sub("", quote)) for quote in quotes)
    pair = _Pair(normal(sentence), source, tuple(day for one in meant for day in _days_of(one)))
    if _repeats(pair):
        return Verdict(support="supported", reason="")
    wording = _by_wording(pair)
    reason = next(filter(None, (check(pair) for check in _MUST_STAND)), "")
    if not reason and wording.support != "unsupported":
        reason = _differs(pair)
    if reason:
        return _unsupported(reason)
    if wording.support == "supported" and (reason := _loses_bound(pair)):
        return Verdict(support="partial", reason=reason)
    return wording


def _days_of(period: Period) -> tuple[Day, ...]:
    first, last = period.first, period.last
    year = str(first.year)
    if first == last:
        return (Day(year, str(first.month), str(first.day)),)
    same_month = (first.year, first.month) == (last.year, last.month)
    return (Day(year, str(first.month) if same_month else None, None),)


def _unsupported(reason: str) -> Verdict:
    return Verdict(support="unsupported", reason=reason)


def _repeats(pair: _Pair) -> bool:
    """Whether the claim is a run of whole clauses of the source, word for word."""
    claim = bare(pair.claim)
    return (
        bool(claim)
        and f"|{claim}|" in f"|{bare(pair.source)}|"
        and _JOINED.match(claim) is None  # it may share a "must not" with the clause before
    )


# -- what must stand in the quotes ---------------------------------------------------------------


def _missing_figure(pair: _Pair) -> str:
    claimed = Counter(figure.value for figure in read_figures(pair.claim))
    known = Counter(figure.value for figure in read_figures(pair.source))
    missing = [value for value, n in claimed.items() if n > known[value]]
    return f"figure {missing[0]!r} is not in the quotes" if missing else ""


def _missing_date(pair: _Pair) -> str:
    known = (*read_days(pair.source), *pair.meant)
    for day in read_days(pair.claim):
        if not any(day.within(other) for other in known):
            return f"date '{day}' is not in the quotes"
    missing = read_relative_times(pair.claim) - read_relative_times(pair.source)
    return f"time {min(missing)!r} is not in the quotes" if missing else ""


def _missing_body(pair: _Pair) -> str:
    missing = [name for name in sorted(read_bodies(pair.claim)) if name not in pair.source]
    if missing:
        return f"name {missing[0]!r} is not in the quotes"
    silent = [name for name in sorted(read_speakers(pair.claim)) if name not in pair.source]
    return f"speaker {silent[0]!r} is not in the quotes" if silent else ""


_MUST_STAND: tuple[Callable[[_Pair], str], ...] = (_missing_figure, _missing_date, _missing_body)


# -- what must agree, clause by clause ------------------------------------------------------------


def _differs(pair: _Pair) -> str:
    source = read_clauses(pair.source)
    for clause in read_clauses(pair.claim):
        near = _closest(clause, source)
        if near and (reason := _clause_differs(clause, near)):
            return reason
    return ""


def _closest(clause: Clause, source: Sequence[Clause]) -> list[Clause]:
    """The clauses that this one repeats: those with its figures, else the likest, best first."""
    if not clause.pairs:
        return []
    rated = sorted(
        (
            (len(clause.pairs & other.pairs) / len(clause.pairs), i)
            for i, other in enumerate(source)
        ),
        key=lambda one: (-one[0], one[1]),
    )
    values = {figure.value for figure in clause.figures}
    if values:
        holding = [
            source[i] for _, i in rated if values & {figure.value for figure in source[i].figures}
        ]
        if holding:
            return holding[:1] if rated[0][0] >= _ALIKE else holding
    near = [source[i] for share, i in rated if share >= _ALIKE]
    return near[:1] or [source[i] for share, i in rated if share > 0][:2]


def _clause_differs(clause: Clause, near: Sequence[Clause]) -> str:
    if all(clause.negative != other.negative for other in near):
        return "negation differs from the quotes"
    directions = frozenset().union(*(other.directions for other in near))
    if clause.directions and not clause.directions <= directions:
        return "direction differs from the quotes"
    if clause.must and not any(o.must for o in near) and any(o.may for o in near):
        return "what is allowed became what must be"
    if clause.may and not any(o.may for o in near) and any(o.must or o.negative for o in near):
        return "what must be became what is allowed"
    known = [figure for other in near for figure in other.figures]
    return _bound_differs(clause.figures, known) or _figures_swapped(clause.figures, known)


def _bound_differs(claimed: Sequence[Figure], known: Sequence[Figure]) -> str:
    for figure in claimed:
        bounds = {other.bound for other in known if other.value == figure.value}
        if figure.bound and bounds and figure.bound not in bounds:
            return f"the quotes do not say {figure.bound} '{figure}'"
    return ""


def _figures_swapped(claimed: Sequence[Figure], known: Sequence[Figure]) -> str:
    """Figures of a clause in another order stand with other things, unless the same ones follow."""
    order = [figure.value for figure in known]
    rest = iter(order)
    if not all(f.value in order for f in claimed) or all(f.value in rest for f in claimed):
        return ""
    behind = {(figure.value, figure.behind) for figure in known}
    moved = [figure for figure in claimed if (figure.value, figure.behind) not in behind]
    return f"figure '{moved[0]}' stands with something else in the quotes" if moved else ""


def _loses_bound(pair: _Pair) -> str:
    """The first figure that is said to be exact, and is "more than" or "nearly" in every quote."""
    known = read_figures(pair.source)
    for figure in read_figures(pair.claim):
        bounds = {other.bound for other in known if other.value == figure.value}
        if figure.bound is None and None not in bounds:
            return f"the quotes say {min(filter(None, bounds))} '{figure}'"
    return ""


# -- the wording ----------------------------------------------------------------------------------


def _by_wording(pair: _Pair) -> Verdict:
    share = max(
        _share(pair.claim, pair.source),
        _share(without_figures(pair.claim), without_figures(pair.source)),
    )
    if share >= _CLOSE:
        return Verdict(support="supported", reason="")
    reason = f"only {share:.0%} of the wording is in the quotes"
    return Verdict(support="partial" if share >= _LOOSE else "unsupported", reason=reason)


def _share(claim: str, source: str) -> float:
    wanted = letter_pairs(claim)
    return len(wanted & letter_pairs(source)) / len(wanted) if wanted else 1.0
