"""Evidence that holds the kind of thing that is asked for goes before evidence that does not.

The fitted scorer knows figures, dates, persons and places. What it does not know is a rule here:
the title of a document, a body, a reason. It only takes away, and only where something better
competes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from index.domain import current_domain
from rag.evidence import Ranking
from rag.spans import Span
from rag.types import Query

_BEGINNING = 14  # characters in which the subject of a sentence stands
_TITLE = re.compile(r"《[^》]{4,60}》")
_ASKS_TITLE = re.compile(
    r"(?:文件|通知|规定|办法|新规|条例|规则|报告|政策).{0,6}(?:叫什么|名称|全称|全名|名字|标题)"
    r"|(?:全称|全名|正式名称|文件名)|\b(?:full|official|formal) (?:name|title)\b"
)
_REASON = re.compile(
    r"原因|因为|由于|导致|影响|因此|源于|缘于|得益于|在于|为了|因素|促使|推动|以降低|加速了|所以"
    r"|之所以"
)


@dataclass(frozen=True, slots=True)
class _Wish:
    """What a text should hold, and the log odds that one without it loses.

    It is granted where a text that holds it is at most ``near`` below the best.
    """

    holds: Callable[[str], bool]
    loses: float
    near: float = 4.0


def favour_kind(query: Query, rankings: Sequence[Ranking]) -> tuple[Ranking, ...]:
    """The rankings with what holds the kind that is asked for in front."""
    favoured = tuple(rankings)
    for wish in _read_wishes(query):
        favoured = tuple(_favour(one, wish) for one in favoured)
    return favoured


def _read_wishes(query: Query) -> list[_Wish]:
    wishes = []
    kind = query.kinds[0] if query.kinds else None
    bodies = frozenset(n for n in current_domain().find(query.matched) if _is_body(n))
    if bodies and not query.parts and kind != "comparison":
        variants = frozenset(v for body in bodies for v in current_domain().variants(body))
        wishes.append(_Wish(lambda text: not _begins_with_another(text, bodies | variants), 2.5))
    if _ASKS_TITLE.search(query.text.lower()):
        wishes.append(
            _Wish(
                lambda text: any(t not in query.text for t in _TITLE.findall(text)), 6.0, near=6.0
            )
        )
    elif kind == "organisation":
        asked = query.text + query.matched
        wishes.append(_Wish(lambda text: _names_a_body(text, asked), 2.0))
    elif kind == "list":
        wishes.append(_Wish(lambda text: "、" in text, 1.0, near=3.0))
    elif kind == "reason":
        wishes.append(_Wish(lambda text: _REASON.search(text) is not None, 2.5))
    return wishes


def _is_body(name: str) -> bool:
    return current_domain().kind_of(name) == "body"


def _begins_with_another(text: str, bodies: frozenset[str]) -> bool:
    """Whether a text begins with another body, and names none that is asked about."""
    if any(body in text for body in bodies):
        return False
    first = next((name for name in current_domain().find(text[:_BEGINNING]) if _is_body(name)), "")
    return bool(first)


def _names_a_body(text: str, asked: str) -> bool:
    """Whether a body of the field stands in a text that the question does not name."""
    domain = current_domain()
    return any(
        domain.kind_of(name) in ("body", "product") and name not in asked
        for name in domain.find(text)
    )


def _favour(ranking: Ranking, wish: _Wish) -> Ranking:
    if not len(ranking.log_odds):
        return ranking
    rows = np.array([wish.holds(row.text) for row in ranking.table.rows])
    if not (rows & (ranking.log_odds >= ranking.log_odds.max() - wish.near)).any():
        return ranking
    texts = (ranking.table.rows[s.row].text[s.start : s.end] for s in ranking.spans)
    spans = np.array([wish.holds(text) for text in texts], bool)
    changed = replace(
        ranking,
        log_odds=ranking.log_odds - wish.loses * ~rows,
        value_log_odds=ranking.value_log_odds
        - wish.loses * ~rows[[value.row for value in ranking.values]],
        span_log_odds=ranking.span_log_odds - wish.loses * ~spans,
    )
    return with_span_of_best(changed)


def with_span_of_best(ranking: Ranking) -> Ranking:
    """The best sentence may be one that nobody has cut: then it stands as a whole."""
    best = int(ranking.log_odds.argmax())
    if any(span.row == best for span in ranking.spans):
        return ranking
    whole = Span(row=best, start=0, end=len(ranking.table.rows[best].text))
    return replace(
        ranking,
        spans=(*ranking.spans, whole),
        span_log_odds=np.append(ranking.span_log_odds, ranking.log_odds[best]),
    )
