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
from index.words import normalize
from rag.define import defines, find_asked_term
from rag.evidence import Ranking
from rag.spans import Span
from rag.types import Query

_BEGINNING = 14  # characters in which the subject of a sentence stands
_BEFORE_SUBJECT = ("、", "和", "及", "，", ",", "；")
_TITLE = re.compile(r"《[^》]{4,60}》")
_ASKS_LEAVE = re.compile(r"可以|(?<![智可功性职产])能(?![力源量])|可否|允许|准许")
_LEAVE = re.compile(r"不得|不能|不可|不允许|不准|禁止|严禁|可以|允许|准许|均可|方可")
_COUNTED = re.compile(r"(\d+)([家张款种项只户个][\u4e00-\u9fff]{2})")  # 9家股份
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
    """What the question names, then what kind of thing it asks for."""
    of_kind = _read_kind(query)
    return _read_names(query) + ([of_kind] if of_kind else [])


def _read_names(query: Query) -> list[_Wish]:
    wishes = []
    bodies = frozenset(n for n in current_domain().find(query.matched) if _is_body(n))
    if bodies and not query.parts and query.kinds[:1] != ("comparison",):
        variants = frozenset(v for body in bodies for v in current_domain().variants(body))
        wishes.append(_Wish(lambda text: not _begins_with_another(text, bodies | variants), 4.0))
    if counts := _COUNTED.findall(query.matched):
        wishes.append(_Wish(lambda text: not _counts_otherwise(text, counts), 2.5))
    if term := find_asked_term(normalize(query.matched)):
        wishes.append(_Wish(lambda text: defines(term, normalize(text)), 6.0, near=8.0))
    return wishes


def _read_kind(query: Query) -> _Wish | None:
    kind = query.kinds[0] if query.kinds else None
    if _ASKS_TITLE.search(query.text.lower()):
        return _Wish(
            lambda text: any(t not in query.text for t in _TITLE.findall(text)), 6.0, near=6.0
        )
    if kind == "yes_no" and _ASKS_LEAVE.search(query.matched):
        return _Wish(lambda text: _LEAVE.search(text) is not None, 2.0)
    if kind == "organisation":
        asked = query.text + query.matched
        return _Wish(lambda text: _names_a_body(text, asked), 2.0)
    if kind == "list":
        return _Wish(lambda text: "、" in text, 1.0, near=3.0)
    if kind == "reason":
        return _Wish(lambda text: _REASON.search(text) is not None, 2.5)
    return None


def _is_body(name: str) -> bool:
    return current_domain().kind_of(name) == "body"


def _begins_with_another(text: str, bodies: frozenset[str]) -> bool:
    """Whether a text begins with another body, and has none that is asked about as its subject.

    In 东亚银行披露的名单与徽商银行重叠 the second is no subject, in 东亚银行、徽商银行 it is one,
    and in 东亚银行有9家，徽商银行有29家.
    """
    if any(body in text[:_BEGINNING] for body in bodies):
        return False
    if any(f"{mark}{body}" in text for body in bodies for mark in _BEFORE_SUBJECT):
        return False
    return any(_is_body(name) for name in current_domain().find(text[:_BEGINNING]))


def _counts_otherwise(text: str, counts: Sequence[tuple[str, str]]) -> bool:
    """Whether a text counts what the question counts, and only to another number."""
    found = set(_COUNTED.findall(text))
    of_same = {counted for _, counted in counts} & {counted for _, counted in found}
    return any(not {(n, c) for n, c in counts if c == same} & found for same in of_same)


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
