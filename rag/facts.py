"""What a sentence holds, whatever is asked: figures, dates, names. Read once and remembered."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from index.types import NameKind
from index.words import normalize
from rag.asked import BODY, NUMBER, YEAR

# Marks such as [3] or [1-4] that an article brings along are its own, never ours.
NATIVE_MARK = re.compile(r"\[\d+(?:[-,，、]\d+)*\]")
# Who reported, and when: nothing of it is what happened.
CREDIT = re.compile(r"^据[^,，。]{2,30}(?:报道|消息|公布|披露)")
_DATE = re.compile(
    r"(?:\d{4}年)?\d{1,2}月(?:\d{1,2}[日号]|[上中下]旬|底|初)?|\d{4}年|\d{1,2}[日号]|\d{4}-\d{1,2}-\d{1,2}"
    r"|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]* \d{1,2}"
)
_PERCENT = re.compile(r"\d[%‰]|百分点|\dbp")
_QUANTITY = re.compile(r"\d+(?:\.\d+)?(?:万亿|亿|万|千)?(?:%|‰|[\u4e00-\u9fff])?")
_MARKED = re.compile(r"《[^》]{1,30}》|“[^”]{2,20}”|[a-z][a-z0-9 .'-]{2,30}")
_NOISE = re.compile(
    r"扫码|扫描|点击|关注|公众号|二维码|责任编辑|原标题|来源:|编辑:|记者|摄影|版权|登录|注册|下载|转载|小编|更多"
    r"|视频|图片|阅读全文|以下是|如下:?$"
)
_COPULA = re.compile(r"[是为达](?=[\d“《])|[是为达共有][^,。]{0,12}$")
_REMEMBERED = 8192

Named = tuple[str, NameKind]


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What a sentence names, as it is written in its normalised text.

    ``named`` has the tagger's names with their kinds; ``every`` also what stands in book or
    quotation marks and what is written in Latin letters.
    """

    named: tuple[Named, ...]
    every: frozenset[str]

    def of(self, kind: NameKind) -> frozenset[str]:
        """The names of a kind."""
        return frozenset(name for name, its_kind in self.named if its_kind == kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """A sentence, normalised, and what stands in it; strings as they stand in ``text``."""

    text: str
    years: frozenset[str]
    numbers: frozenset[str]
    quantities: frozenset[str]
    dates: frozenset[str]
    bodies: frozenset[str]
    names: Names
    has_percent: bool
    is_noise: bool
    has_copula: bool


@lru_cache(maxsize=_REMEMBERED)
def read_facts(sentence: str, named: tuple[Named, ...] = ()) -> Facts:
    """The facts of a sentence or a part of one.

    ``named`` is what it may name, as it is written there; what does not stand in it is left out.
    """
    text = normalize(NATIVE_MARK.sub("", sentence))
    return Facts(
        text=text,
        years=frozenset(YEAR.findall(text)),
        numbers=frozenset(NUMBER.findall(text)),
        quantities=frozenset(_QUANTITY.findall(text)),
        dates=frozenset(_DATE.findall(text)),
        bodies=frozenset(BODY.findall(text)),
        names=_read_names(text, named),
        has_percent=_PERCENT.search(text) is not None,
        is_noise=_NOISE.search(text) is not None,
        has_copula=_COPULA.search(text) is not None,
    )


def _read_names(text: str, named: Sequence[Named]) -> Names:
    # Few names are spelt otherwise in a normalised text, and looking is cheaper.
    spelt = ((name if name in text else _respell(name), kind) for name, kind in named)
    found = tuple(dict.fromkeys(one for one in spelt if one[0] in text))
    return Names(
        named=found, every=frozenset((*_MARKED.findall(text), *(name for name, _ in found)))
    )


_respell = lru_cache(maxsize=_REMEMBERED)(normalize)  # parts of a sentence lack most of its names
