"""What a sentence holds, whatever is asked: figures, dates, names. Read once and remembered."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property, lru_cache

from index.types import NameKind
from index.words import normalize
from rag.asked import NUMBER, YEAR, find_bodies

# Marks such as [3] or [1-4] that an article brings along are its own, never ours.
NATIVE_MARK = re.compile(r"\[\d+(?:[-,，、]\d+)*\]")
# Who reported, and when: nothing of it is what happened.
CREDIT = re.compile(r"^据[^,，。]{2,30}(?:报道|消息|公布|披露)")
_DIGIT = re.compile(r"\d")
_DATE = re.compile(
    # It begins with one set of characters, so that it is sought faster.
    r"[\djfmasond](?:(?<=\d)(?:(?:\d{3}年\d)?\d?月(?:\d{1,2}[日号]|[上中下]旬|底|初)?|\d{3}年|\d?[日号]"
    r"|\d{3}-\d{1,2}-\d{1,2})"
    r"|(?:(?<=j)(?:an|un|ul)|(?<=f)eb|(?<=m)a[ry]|(?<=a)(?:pr|ug)|(?<=s)ep|(?<=o)ct|(?<=n)ov|(?<=d)ec)"
    r"[a-z]* \d{1,2})"
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
_NONE: frozenset[str] = frozenset()

Named = tuple[str, NameKind]


class Names:
    """What a sentence names, as it is written in its normalised text.

    Attributes:
        named: the tagger's names with their kinds.
    """

    def __init__(self, text: str, named: Sequence[Named]) -> None:
        self._text = text
        # Few names are spelt otherwise in a normalised text, and looking is cheaper.
        spelt = ((name if name in text else _respell(name), kind) for name, kind in named)
        self.named = tuple(dict.fromkeys(one for one in spelt if one[0] in text))

    @cached_property
    def every(self) -> frozenset[str]:
        """Also what stands in book or quotation marks, and what is written in Latin letters."""
        return frozenset((*_MARKED.findall(self._text), *(name for name, _ in self.named)))

    def of(self, kind: NameKind) -> frozenset[str]:
        """The names of a kind."""
        return self._by_kind.get(kind, _NONE)

    @cached_property
    def _by_kind(self) -> dict[NameKind, frozenset[str]]:
        kinds = {kind for _, kind in self.named}
        return {one: frozenset(name for name, kind in self.named if kind == one) for one in kinds}


class Facts:
    """A sentence, normalised, and what stands in it; strings as they stand in ``text``.

    Most questions ask for few of them, so each is read when it is first asked for.
    """

    def __init__(self, text: str, named: Sequence[Named]) -> None:
        self.text = text
        self._has_digit = _DIGIT.search(text) is not None
        self.names = Names(text, named)

    @cached_property
    def years(self) -> frozenset[str]:
        """Four digits each."""
        return frozenset(YEAR.findall(self.text)) if self._has_digit else _NONE

    @cached_property
    def numbers(self) -> frozenset[str]:
        """Figures without their units."""
        return frozenset(NUMBER.findall(self.text)) if self._has_digit else _NONE

    @cached_property
    def quantities(self) -> frozenset[str]:
        """Figures with what follows them: 7.15亿张."""
        return frozenset(_QUANTITY.findall(self.text)) if self._has_digit else _NONE

    @cached_property
    def dates(self) -> frozenset[str]:
        """Days, months and years."""
        return frozenset(_DATE.findall(self.text)) if self._has_digit else _NONE

    @cached_property
    def bodies(self) -> frozenset[str]:
        """Bodies and products, see ``asked.BODY``."""
        return frozenset(find_bodies(self.text))

    @cached_property
    def has_percent(self) -> bool:
        """Whether a share or a rate stands there."""
        return _PERCENT.search(self.text) is not None

    @cached_property
    def is_noise(self) -> bool:
        """Whether it belongs to the page and not to the news."""
        return _NOISE.search(self.text) is not None

    @cached_property
    def has_copula(self) -> bool:
        """Whether it says what something is."""
        return _COPULA.search(self.text) is not None


@lru_cache(maxsize=_REMEMBERED)
def read_facts(sentence: str, named: tuple[Named, ...] = ()) -> Facts:
    """The facts of a sentence or a part of one.

    ``named`` is what it may name, as it is written there; what does not stand in it is left out.
    """
    return Facts(normalize(NATIVE_MARK.sub("", sentence)), named)


_respell = lru_cache(maxsize=_REMEMBERED)(normalize)  # parts of a sentence lack most of its names
