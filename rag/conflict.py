"""Step 5: do independent sources give different values for what is asked?

Each reprint cluster testifies with the values in its sentences, weighed by how likely the sentence
answers and how near the value stands to the question's words. Two clusters disagree where strong
values of one kind and unit differ, stand in like words, meet the same names and figures of the
question, and neither cluster knows the other's value. Different periods, rounding of one value, and
a draft beside its final text are no disagreement.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from rag.altered import find_altered
from rag.asked import Asked, character_pairs
from rag.evidence import Ranking
from rag.facts import Facts, read_names
from rag.features import COLUMN, SentenceRow
from rag.joint import cue_places, nearness
from rag.scorer import probability
from rag.types import Kind

_KINDS: tuple[Kind, ...] = ("percent", "date", "number", "person", "place")
_COUNTED = frozenset(("percent", "number"))
_NAMES = frozenset(("person", "place"))
_SURE = 0.2  # of the surest value's weight, that a cluster's surest value needs
_STRONG = 0.45  # of its cluster's surest value's weight, that a value needs to testify
_AGREED = 0.65  # the same, from which a value that two clusters share settles the matter
_FAR = 10  # characters from a word of the question that halve a value's weight
_AROUND = 10  # characters on each side that are compared
_LIKE_NAME, _LIKE_FIGURE = 3, 2  # character pairs around two values that are the same
_LIKE_SENTENCE = 0.35  # share of character pairs that two counting sentences have in common
_SAME_AMOUNT = 0.005
_AS_LIKELY = 0.7  # of the best sentence's chance, from which a sentence is heard whatever it meets
_MET = 0.99
_ABOUT = 0.8  # of the subject of the question that the best sentence meets
_BESIDE_CUE = 0.4  # of ``joint.nearness``
# Asks for more than one name: two of them are no disagreement.
_SEVERAL = re.compile(r"哪些|哪几|主演|演员|成员|阵容|对手|[四八]强|名单|嘉宾|主创")
_REPORTED = re.compile(r"日?(?:\(?[电讯]|[上下]午|晚|凌晨|消息|报道|透露|宣布|表示)")
_ENGLISH_DATE = re.compile(r"[a-z]{3} \d{1,2}, \d{4}")  # as a search page sets it before a text
_PLAIN_DATE = re.compile(r"(?:19|20)\d\d年?|\d{1,2}[月日号]")
_DIGITS = re.compile(r"\d+(?:\.\d+)?")
_SCALED = re.compile(r"(\d+(?:\.\d+)?)(万亿|亿|万|千)?")
_SCALES = {"千": 1e3, "万": 1e4, "亿": 1e8, "万亿": 1e12}
_PERIOD = re.compile(r"[1-4一二三四]季度|上半年|下半年|\d{1,2}月")
_ATTRIBUTION = re.compile(r"^据[^,，。]{2,30}(?:报道|消息)")
_DRAFT = re.compile(r"征求意见稿|草案|拟")


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """A value, the row of the ranking that gives it, and how surely.

    ``beside_cue`` says that it stands beside the word for what is asked, or one that means it.
    """

    value: str
    row: int
    weight: float
    beside_cue: bool = False


def find_conflict(ranking: Ranking) -> tuple[Witness, ...]:
    """Two witnesses of different clusters that disagree, the surer one first; () where none do."""
    asked = ranking.table.asked
    heard = _about_the_same(ranking)
    rows = [ranking.table.rows[number] for number in heard]
    chances = probability(ranking.log_odds)[heard].tolist()
    articles = [row.passage.article.id for row in rows]
    change = find_altered(asked, [row.facts for row in rows], articles, chances)
    if change is not None:
        i, j = change.one, change.other
        return (
            Witness(value=change.one_value, row=heard[i], weight=chances[i]),
            Witness(value=change.other_value, row=heard[j], weight=chances[j]),
        )
    kind = next((kind for kind in _KINDS if kind in asked.wanted), None)
    if kind is None or (kind in _NAMES and _SEVERAL.search(asked.text)):
        return ()
    clusters = _hear(ranking, heard, asked, kind)
    surest = max((w.weight for found in clusters.values() for w in found.values()), default=0.0)
    texts = _texts(ranking.table.rows)
    best: tuple[Witness, ...] = ()
    for (one, ours), (other, theirs) in combinations(clusters.items(), 2):
        if _settled(ours, theirs) or min(_top(ours), _top(theirs)) < _SURE * surest:
            continue
        for a in _strong(ours):
            for b in _strong(theirs):
                if (
                    a.value not in texts[other]
                    and b.value not in texts[one]
                    and _differ(a.value, b.value, kind)
                    and _comparable(
                        ranking.table.rows[a.row], ranking.table.rows[b.row], a, b, kind
                    )
                ):
                    pair = (a, b) if a.weight >= b.weight else (b, a)
                    best = max(best, pair, key=lambda pair: sum(w.weight for w in pair))
    return best


def _hear(
    ranking: Ranking, heard: Sequence[int], asked: Asked, kind: Kind
) -> dict[str, dict[str, Witness]]:
    """For each cluster the values of some rows, each with the row that gives it best."""
    chances = probability(ranking.log_odds)
    found: dict[str, dict[str, Witness]] = {}
    for number in heard:
        row = ranking.table.rows[number]
        values = found.setdefault(row.passage.cluster_id, {})
        for value in _values(asked, row.facts, kind):
            weight = float(chances[number]) * _nearness(asked, row.facts.text, value)
            if value not in values or weight > values[value].weight:
                beside = _is_beside_cue(asked, row.facts.text, value)
                values[value] = Witness(value=value, row=number, weight=weight, beside_cue=beside)
    return {cluster: values for cluster, values in found.items() if values}


def _about_the_same(ranking: Ranking) -> list[int]:
    """The rows that meet the figures and names of the question, and nearly all of its subject.

    Those that answer nearly as likely as the best one are among them, too.
    """
    features = ranking.table.features
    names = features[:, COLUMN["near_names"]]
    subject = features[:, COLUMN["near_subject"]]
    meets = (features[:, COLUMN["near_figures"]] >= _MET) & (names >= names.max(initial=0) * _MET)
    meets &= subject >= subject.max(initial=0) * _ABOUT
    chances = probability(ranking.log_odds)
    meets |= chances >= _AS_LIKELY * chances.max(initial=0)
    about = [row.is_about for row in ranking.table.rows]
    return [int(number) for number in np.flatnonzero(meets & np.array(about, bool))]


def _values(asked: Asked, facts: Facts, kind: Kind) -> set[str]:
    credit = _ATTRIBUTION.match(facts.text)
    said = _ENGLISH_DATE.sub(" ", facts.text[credit.end() :] if credit else facts.text)
    if kind == "date":
        found = {date for date in facts.dates if not _is_of_report(said, date)}
    elif kind == "percent":
        found = {quantity for quantity in facts.quantities if quantity[-1] in "%‰"}
    elif kind == "number":
        found = {q for q in facts.quantities if not _PLAIN_DATE.fullmatch(q)}
        found = {q for q in found if asked.unit is None or q.endswith(asked.unit)}
    else:
        names = read_names(facts.text)
        found = set(names.persons if kind == "person" else names.places)
        found = {name for name in found if not cue_places(asked, name)}  # 卫冕冠军 is no name
    return {value for value in found if value not in asked.text and value in said}


def _is_of_report(text: str, date: str) -> bool:
    """Whether a date only says when something was reported."""
    return _REPORTED.match(text[text.find(date) + len(date) :]) is not None


def _is_beside_cue(asked: Asked, text: str, value: str) -> bool:
    at = text.find(value)
    return nearness([(at, at + len(value))], cue_places(asked, text)) >= _BESIDE_CUE


def _nearness(asked: Asked, text: str, value: str) -> float:
    """1 beside one of the rarest words of the question, falling to 0."""
    at = text.find(value)
    places = [place for word in asked.rarest if (place := text.find(word.text)) >= 0]
    return 1 / (1 + min(abs(at - place) for place in places) / _FAR) if places else 0.1


def _top(values: dict[str, Witness]) -> float:
    return max(witness.weight for witness in values.values())


def _strong(values: dict[str, Witness]) -> Iterator[Witness]:
    bar = _STRONG * _top(values)
    return (witness for witness in values.values() if witness.weight >= bar)


def _settled(ours: dict[str, Witness], theirs: dict[str, Witness]) -> bool:
    """Both know a value, and hold it for nearly their surest."""
    return any(
        ours[value].weight >= _AGREED * _top(ours)
        and theirs[value].weight >= _AGREED * _top(theirs)
        for value in ours.keys() & theirs.keys()
    )


def _texts(rows: Sequence[SentenceRow]) -> dict[str, str]:
    found: dict[str, str] = {}
    for row in rows:
        cluster = row.passage.cluster_id
        found[cluster] = f"{found.get(cluster, '')}\n{row.facts.text}"
    return found


def _differ(one: str, other: str, kind: Kind) -> bool:
    """Whether two values of a kind exclude each other."""
    if one in other or other in one:
        return False
    if kind in ("person", "place"):
        return not set(one) & set(other)
    if _unit(one) != _unit(other):
        return False
    if kind == "date":
        return True
    a, b = _amount(one), _amount(other)
    return abs(a - b) > max(_SAME_AMOUNT * max(a, b), *map(_rounding, (one, other)))


def _unit(value: str) -> str:
    return _DIGITS.sub("#", value).replace("万", "").replace("亿", "").replace("千", "")


def _amount(value: str) -> float:
    match = _SCALED.search(value)
    return float(match[1]) * _SCALES.get(match[2] or "", 1.0) if match else 0.0


def _rounding(value: str) -> float:
    """What a figure may be off by because it was rounded: 1.3万亿 may be 1.32万亿, 12家 only 12."""
    match = _SCALED.search(value)
    _, point, decimals = (match[1] if match else "").partition(".")
    return 0.5 * _SCALES.get(match[2] or "", 1.0) / 10 ** len(decimals) if match and point else 0.0


def _comparable(one: SentenceRow, other: SentenceRow, a: Witness, b: Witness, kind: Kind) -> bool:
    """Whether two sentences speak of the same thing, at the same time, with the same standing."""
    if bool(_DRAFT.search(_whole(one))) != bool(_DRAFT.search(_whole(other))):
        return False
    alike = _alike_around(one.facts.text, a.value, other.facts.text, b.value)
    if kind not in _COUNTED:
        cued = kind != "date" and a.beside_cue and b.beside_cue
        return cued or alike >= _LIKE_NAME
    if _other_period(one.facts, other.facts):
        return False
    ours, theirs = character_pairs(one.facts.text), character_pairs(other.facts.text)
    common = len(ours & theirs) / max(1, min(len(ours), len(theirs)))
    return alike >= _LIKE_FIGURE and common >= _LIKE_SENTENCE


def _whole(row: SentenceRow) -> str:
    return f"{row.passage.article.title}\n{row.text}"


def _alike_around(one: str, a: str, other: str, b: str) -> int:
    left = character_pairs(_before(one, a)) & character_pairs(_before(other, b))
    right = character_pairs(_after(one, a)) & character_pairs(_after(other, b))
    return len(left) + len(right)


def _before(text: str, value: str) -> str:
    at = text.find(value)
    return text[max(0, at - _AROUND) : at]


def _after(text: str, value: str) -> str:
    at = text.find(value) + len(value)
    return text[at : at + _AROUND]


def _other_period(one: Facts, other: Facts) -> bool:
    """Both name a year, or a part of one, and none in common."""
    for a, b in (
        (one.years, other.years),
        (frozenset(_PERIOD.findall(one.text)), frozenset(_PERIOD.findall(other.text))),
    ):
        if a and b and not a & b:
            return True
    return False
