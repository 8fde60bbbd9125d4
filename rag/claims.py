"""What a clause claims, in a form that two spellings of it share: figures, dates, bodies, polarity.

Everything works on text that ``normal`` has made: one spelling of digits, names and punctuation.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from index.domain import current_domain
from index.words import normalize

Direction = Literal["up", "down"]
Bound = Literal["over", "under"]

_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "十": 10}
_COUNTED = (
    "小时|分钟|秒|星期|周|季度|位|名|次|项|种|类|条|部|份|件|台|只|支|场|届|期|层|页|字|省|城|地|级"
    "|档"
    "|轮|步|方面|大类|块|道|成|倍|家|张|个|款|户|笔|人|天|年|月|日|岁|元|%|百分点|基点"
)
_NUMERAL = re.compile(
    r"(?<![第几零一二三四五六七八九十百千万亿点分])"
    r"([一两二三四五六七八九]?十[一二三四五六七八九]?|[一两二三四五六七八九])"
    rf"(?=个?(?:{_COUNTED}))"
)
_FRACTION = re.compile(r"([一二三四五六七八九十\d]+)分之([一二三四五六七八九十\d]+)")
_QUARTER = re.compile(r"第?([一二三四1-4])季度")
_SCALES = {
    "百": 1e2, "千": 1e3, "万": 1e4, "十万": 1e5, "百万": 1e6, "千万": 1e7, "亿": 1e8,
    "十亿": 1e9, "百亿": 1e10, "千亿": 1e11, "万亿": 1e12, "": 1.0,
}  # fmt: skip
_SCALE = "万亿|千亿|百亿|十亿|亿|千万|百万|十万|万|千|百"
_UNITS = (
    r"%|‰|个?百分点|个?基点|bps?|倍|美元|港元|欧元|日元|元|个?(?:季度|月|小时|星期|工作日|交易日)"
    r"|分钟|秒|周年|周|年|月|日|天|岁|张|家|款|户|笔|人次|人|位|名|次|项|种|类|条|部|份|件|台|只|支"
    r"|场"
    r"|届|期|层|页|字|省|城|级|档|轮|步|成|折|股|亩|吨|米|公里|平方米|个|后(?!来|续)|号|字节|点"
)
_FIGURE = re.compile(
    rf"(?P<before>超过|超出|超|逾|突破|高于|大于|多于|不低于|不少于|至少|最少|近|将近|接近|不足"
    rf"|不到|低于|少于|小于"
    rf"|不超过|不高于|至多|最多|约|大约|大概)?(?:了|达|为)?"
    r"(?P<low>\d+(?:\.\d+)?)"
    rf"(?:(?P<lscale>{_SCALE})?(?P<lunit>%|岁|年|元|张|家)?(?:-|~|—|–|到|至)"
    rf"(?P<high>\d+(?:\.\d+)?))?(?P<scale>{_SCALE})?(?P<more>多|余|来)?(?P<unit>{_UNITS})?"
    rf"(?P<after>以上|以下|以内|左右|上下)?"
)
_DATE = re.compile(
    r"(?:(?P<y>(?:19|20)\d\d)年)?(?:(?P<m>1[0-2]|0?[1-9])月(?!份?以)(?:(?P<d>3[01]|[12]\d"
    r"|0?[1-9])[日号])?)"
    r"|(?P<y2>(?:19|20)\d\d)(?:年|-(?P<m2>0?[1-9]|1[0-2])-(?P<d2>0?[1-9]|[12]\d|3[01])(?!\d))"
    r"|(?<!\d)(?P<d3>3[01]|[12]\d|0?[1-9])[日号](?!均|常|元)"
)
_RELATIVE = re.compile(
    r"今年|去年|前年|明年|后年|上年|本年|本月|上个?月|下个?月|本周|上周|下周|昨[天日]|今[天日]"
    r"|明[天日]|前天"
    r"|[上下]半年|[1-4]季度|年初|年[末底]|月[末底初]|季度?末|同期"
)
_SAME_TIME = {
    "上年": "去年", "本年": "今年", "昨天": "昨日", "今天": "今日", "明天": "明日",
    "上个月": "上月", "下个月": "下月", "年底": "年末", "月底": "月末", "季末": "季度末",
}  # fmt: skip
_BOUNDS = re.compile(r"不(?:超过|高于|大于|多于|低于|少于|小于|足|到)")
_NEGATION = re.compile(
    r"不(?![断同良仅少管论久妨乏止凡光但只限])|未(?!来)|没有?|无(?![论疑锡线人机卡])"
    r"|非(?![常银洲金标])|严禁|禁止|杜绝|拒绝"
    r"|否认|停止|暂停|取消|终止|勿|莫|别(?=[再去把给用])"
)
_MUST = re.compile(r"必须|应当|应该|务必|(?<!不)须|(?<!不)得(?=由|在|向)|强制")
_MAY = re.compile(r"可以|允许|准许|可(?=自[主行愿]|选择|申请|免)|有权")
_UP = re.compile(
    r"上升|增加|增长|提高|扩大|上涨|多增|升[至到]|增[至到]|涨|攀升|回升|提升|走高|新增|翻倍|翻番"
    r"|上调|增幅|增多|变多|多了|激增|增速"
)
_DOWN = re.compile(
    r"下降|减少|下滑|降低|缩小|缩水|收缩|下跌|少增|降[至到]|瘦身|退潮|跌|回落|走低|下调|压降|降幅"
    r"|锐减|减[至到]|变少|少了|萎缩|缩减|低于去年"
)
_OVER = frozenset(
    ["超过", "超出", "超", "逾", "突破", "高于", "大于", "多于", "不低于", "不少于", "至少", "最少",
     "多", "余", "以上"]
)  # fmt: skip
_UNDER = frozenset(
    ["近", "将近", "接近", "不足", "不到", "低于", "少于", "小于", "不超过", "不高于", "至多",
     "最多", "以下", "以内"]
)  # fmt: skip
_BODY_END = re.compile(r"银行|集团|公司|总局|协会|委员会|研究院|法院|交易所|农商行")
_ANY_BODY = re.compile(  # behind these words any body may stand, not one
    r"[家的等各些业大小型个类种批名与和对由在将被要让向给是为有其该本此多数国]$"
    r"|国有|商业|股份|上市|民营|外资|城商|中央|合作|金融|头部|主要|相关|有关|传统|互联|一些"
    r"|部分|开展|发放|发行|要求|推动|促使|来自"
)
_SPEAKER = re.compile(r"([\u4e00-\u9fff]{2})(?:表示|认为|指出|称(?=[,:“])|透露|坦言|强调)")
_PUNCTUATION = re.compile(r"(?:(?<!\d)[.]|[.](?!\d)|[^\w.%‰+~-]|_)+|(?<!\d)-|-(?!\d)")
_CLAUSE_END = re.compile(r"[,;。!?:\n]|(?<!\d)\.|\.(?!\d)")


@dataclass(frozen=True, slots=True)
class Figure:
    """A value in its base unit (3.2亿元 is 3.2e8 元; 5个基点 is 5 bp) and how it is bounded.

    ``behind`` are the two characters after it, which say what is counted.
    """

    value: str
    bound: Bound | None
    behind: str = ""

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """A clause and what it claims.

    Attributes:
        text: normal, without punctuation at its ends.
        figures: values, and ranges as "21~55岁".
        pairs: neighbouring characters, for the wording.
        negative: an odd number of negations stands in it.
        directions: whether something rises, falls, or both.
        must, may: it says what has to be, what is allowed.
    """

    text: str
    figures: tuple[Figure, ...]
    pairs: frozenset[str]
    negative: bool
    directions: frozenset[Direction]
    must: bool
    may: bool


@dataclass(frozen=True, slots=True)
class Day:
    """A date of which some parts are named."""

    year: str | None
    month: str | None
    day: str | None

    def within(self, other: Day) -> bool:
        """Whether everything that this date names is what the other one names."""
        pairs = ((self.year, other.year), (self.month, other.month), (self.day, other.day))
        return all(ours is None or ours == theirs for ours, theirs in pairs)

    def __str__(self) -> str:
        return "-".join(part or "?" for part in (self.year, self.month, self.day))


@lru_cache(maxsize=4096)
def normal(text: str) -> str:
    """One spelling: digits for numerals that count something, first names of what has several."""
    plain = normalize(text)
    plain = _FRACTION.sub(lambda m: f"{_count(m[2])}/{_count(m[1])}", plain)
    plain = _QUARTER.sub(lambda m: f"{_count(m[1])}季度", plain)
    plain = _NUMERAL.sub(lambda m: str(_count(m[1])), plain)
    return current_domain().canonical(plain)


def _count(numeral: str) -> int:
    if numeral.isdecimal():
        return int(numeral)
    tens, ten, ones = numeral.partition("十")
    if not ten:
        return _DIGITS.get(numeral[-1], 0)
    return 10 * (_DIGITS[tens] if tens else 1) + (_DIGITS[ones] if ones else 0)


def bare(text: str) -> str:
    """Normal text with every run of punctuation as one bar: clauses side by side."""
    return _PUNCTUATION.sub("|", text).strip("|")


@lru_cache(maxsize=4096)
def read_clauses(text: str) -> tuple[Clause, ...]:
    """The clauses of a normal text, in order; those without a word are left out."""
    parts = (part.strip(" \"“”'()") for part in _CLAUSE_END.split(text))
    return tuple(_read_clause(part) for part in parts if any(c.isalnum() for c in part))


def _read_clause(text: str) -> Clause:
    plain = _BOUNDS.sub("", text)
    directions: set[Direction] = set()
    if _UP.search(text):
        directions.add("up")
    if _DOWN.search(text):
        directions.add("down")
    return Clause(
        text=text,
        figures=read_figures(text),
        pairs=letter_pairs(text),
        negative=len(_NEGATION.findall(plain)) % 2 == 1,
        directions=frozenset(directions),
        must=_MUST.search(text) is not None,
        may=_MAY.search(plain) is not None and "不可以" not in text,
    )


@lru_cache(maxsize=4096)
def read_figures(text: str) -> tuple[Figure, ...]:
    """The figures of a normal text but its dates; a range gives both ends and itself."""
    found = []
    text = _DATE.sub("|", text)
    for match in _FIGURE.finditer(text):
        unit = _unit(match["unit"])
        low, high = float(match["low"]), match["high"]
        bound = _bound(match)
        behind = text[match.end() : match.end() + 2]
        if high is None:
            found.append(Figure(_show(low, match["scale"], unit), bound, behind))
            continue
        ends = (
            _show(low, match["lscale"] or match["scale"], _unit(match["lunit"]) or unit),
            _show(float(high), match["scale"], unit),
        )
        found += [Figure(end, None, behind) for end in ends]
        found.append(Figure("~".join(ends), bound, behind))
    return tuple(found)


def _bound(match: re.Match[str]) -> Bound | None:
    words = {match["before"], match["more"], match["after"]} - {None}
    if words & _OVER:
        return "over"
    return "under" if words & _UNDER else None


def _unit(unit: str | None) -> str:
    if not unit:
        return ""
    plain = unit.removeprefix("个") if len(unit) > 1 else unit
    return {"基点": "bp", "bps": "bp", "号": "日"}.get(plain, plain)


def _show(value: float, scale: str | None, unit: str) -> str:
    value *= _SCALES[scale or ""]
    if unit == "百分点":
        value, unit = value * 100, "bp"
    elif unit == "成":
        value, unit = value * 10, "%"
    return f"{value:.10g}{unit}"


@lru_cache(maxsize=4096)
def read_days(text: str) -> tuple[Day, ...]:
    """The dates of a normal text, in order, with the parts that they name."""
    found = []
    for match in _DATE.finditer(text):
        year, month = match["y"] or match["y2"], match["m"] or match["m2"]
        day = match["d"] or match["d2"] or match["d3"]
        found.append(Day(year, month and month.lstrip("0"), day and day.lstrip("0")))
    return tuple(found)


def read_relative_times(text: str) -> frozenset[str]:
    """Words such as 去年 and 二季度, each in one spelling."""
    found = _RELATIVE.findall(text)
    return frozenset(_SAME_TIME.get(word, word) for word in found)


def read_bodies(text: str) -> frozenset[str]:
    """Bodies and products that a normal text names: known names, and what ends like a body."""
    domain = current_domain()
    found = {n for n in domain.find(text) if domain.kind_of(n) in ("body", "product")}
    for match in _BODY_END.finditer(text):
        before = text[max(0, match.start() - 2) : match.start()]
        if len(before) == 2 and before.isalpha() and not _ANY_BODY.search(before):  # noqa: PLR2004
            found.add(before + match[0])
    return frozenset(found)


def read_speakers(text: str) -> frozenset[str]:
    """The last two characters of whoever says something."""
    return frozenset(_SPEAKER.findall(text))


def without_figures(text: str) -> str:
    """A normal text without its figures and the particles around them: they are judged apart."""
    return re.sub("[了的]", "", _FIGURE.sub("|", text))


def letter_pairs(text: str) -> frozenset[str]:
    """Every two neighbouring letters or digits, punctuation left out."""
    letters = re.sub(r"[\W_]+", "", text)
    return frozenset(letters[i : i + 2] for i in range(len(letters) - 1))
