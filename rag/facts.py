"""What a sentence holds, whatever is asked: figures, dates, names. Read once and remembered."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from index.words import cut_words, name_class, normalize, word_rarity
from rag.asked import BODY, NUMBER, YEAR

# Marks such as [3] or [1-4] that an article brings along are its own, never ours.
NATIVE_MARK = re.compile(r"\[\d+(?:[-,，、]\d+)*\]")
_DATE = re.compile(
    r"(?:\d{4}年)?\d{1,2}月(?:\d{1,2}[日号]|[上中下]旬|底|初)?|\d{4}年|\d{1,2}[日号]|\d{4}-\d{1,2}-\d{1,2}"
    r"|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]* \d{1,2}"
)
_PERCENT = re.compile(r"\d[%‰]|百分点|\dbp")
_QUANTITY = re.compile(r"\d+(?:\.\d+)?(?:万亿|亿|万|千)?(?:%|‰|[\u4e00-\u9fff])?")
_FOREIGN_PERSON = re.compile(r"[\u4e00-\u9fff]{1,5}(?:[·•][\u4e00-\u9fff]{1,8})+")
_MARKED = re.compile(r"《[^》]{1,30}》|“[^”]{2,20}”|[a-z][a-z0-9 .'-]{2,30}")
_HAN = re.compile(r"[\u4e00-\u9fff]+")
_NOISE = re.compile(
    r"扫码|扫描|点击|关注|公众号|二维码|责任编辑|原标题|来源:|编辑:|记者|摄影|版权|登录|注册|下载|转载|小编|更多"
    r"|视频|图片|阅读全文|以下是|如下:?$"
)
_COPULA = re.compile(r"[是为达](?=[\d“《])|[是为达共有][^,。]{0,12}$")
_RARE = 7.5  # from this rarity on a word may be a name
_REMEMBERED = 8192


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """A sentence, normalised, and what stands in it; strings as they stand in ``text``."""

    text: str
    years: frozenset[str]
    numbers: frozenset[str]
    quantities: frozenset[str]
    dates: frozenset[str]
    bodies: frozenset[str]
    has_percent: bool
    is_noise: bool
    has_copula: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What a sentence names: everything, and the persons and places among it."""

    every: frozenset[str]
    persons: frozenset[str]
    places: frozenset[str]


@lru_cache(maxsize=_REMEMBERED)
def read_names(text: str) -> Names:
    """The names in a normalised text. Cutting words is slow, and few questions want a name."""
    dotted = frozenset(map(_trim_person, _FOREIGN_PERSON.findall(text)))
    marked = frozenset(_MARKED.findall(text)) | dotted
    words = {w for run in _HAN.findall(text) for w in cut_words(run) if len(w) > 1}
    classes = {word: name_class(word) for word in words}
    return Names(
        every=marked | {w for w in words if classes[w] or word_rarity(w) > _RARE},
        persons=dotted | {word for word in words if classes[word] == "person"},
        places=frozenset(word for word in words if classes[word] == "place"),
    )


def names_within(names: Names, part: str) -> Names:
    """Those of a text's names that stand in a part of it: no word is cut again."""
    return Names(
        every=frozenset(name for name in names.every if name in part),
        persons=frozenset(name for name in names.persons if name in part),
        places=frozenset(name for name in names.places if name in part),
    )


def _trim_person(found: str) -> str:
    """詹姆斯·卡梅隆 of 由詹姆斯·卡梅隆执导: words on both sides run into it."""
    first, *middle, last = re.split(r"([·•])", found)
    return "".join((cut_words(first)[-1], *middle, cut_words(last)[0]))


@lru_cache(maxsize=_REMEMBERED)
def read_facts(sentence: str) -> Facts:
    """The facts of a sentence or a part of one."""
    text = normalize(NATIVE_MARK.sub("", sentence))
    return Facts(
        text=text,
        years=frozenset(YEAR.findall(text)),
        numbers=frozenset(NUMBER.findall(text)),
        quantities=frozenset(_QUANTITY.findall(text)),
        dates=frozenset(_DATE.findall(text)),
        bodies=frozenset(BODY.findall(text)),
        has_percent=_PERCENT.search(text) is not None,
        is_noise=_NOISE.search(text) is not None,
        has_copula=_COPULA.search(text) is not None,
    )
