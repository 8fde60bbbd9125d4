"""What a question asks for, taken apart once so that every sentence can be held against it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.domain import current_domain
from index.words import cut_words, normalize, word_rarity
from rag.focus import Focus, find_focus
from rag.kinds import read_kinds
from rag.types import Kind

YEAR = re.compile(r"(?<!\d)(?:19|20)\d{2}(?=年|[^\d年.,%亿万]|$)")
_WHICH_DAY = re.compile(r"[从自]?哪一?[天日]起?|[从自](?:何时|什么时候)起")
NUMBER = re.compile(r"\d+(?:\.\d+)?")
_TITLE = re.compile(r"《([^》]{1,40})》|[“\"「『]([^”\"」』]{2,30})[”\"」』]")
_LATIN = re.compile(r"[a-z][a-z0-9+.-]*")
_UNIT = re.compile(
    r"(?:多少|几)(?:亿|万)?"
    r"(家|个|张|款|种|倍|年|天|日|月|元|位|名|人|次|项|条|户|笔|岁|成|届|枚|块|部|吨|票|席|台|辆)"
)
# What is counted in what, where the question says 数量 and not 多少张.
MEASURES = {"卡": "张", "银行": "家", "机构": "家", "公司": "家", "企业": "家"}
_COUNTED = re.compile(rf"({'|'.join(MEASURES)})的?(?:总量|数量|总数)")
_ASKING = re.compile(
    r"分别|多少|什么|哪些|哪个|哪里|哪家|哪|谁|几|何时|时候|时间|如何|怎么|怎样|为什么|请问"
    r"|是|的|了|吗|呢|有|在|和|与|叫|[?,。]"
)
# Words that ask, count or link: what they stand for has other words in an answer.
ASKS = re.compile(r"[哪几谁何怎么吗是有]|^[一二三四五六七八九十两\d]")
# Bodies and products: an answer about another one is an answer to another question.
BODY = re.compile(
    r"[\u4e00-\u9fff]{2,4}(?:银行|集团|公司|总局|协会|委员会)|花呗|借呗|白条|微粒贷|余额宝|支付宝|微信支付分|微信支付"
    r"|[\u4e00-\u9fff]{2}月付"
)
# What each of them ends with or is, and how much may stand before that.
_SIGN = re.compile(
    "银行|集团|公司|总局|协会|委员会|花呗|借呗|白条|微粒贷|余额宝|支付宝|微信支付|月付"
)
_BEFORE_SIGN = 4
_BODY_ENDINGS = frozenset(("银行", "集团", "公司", "协会", "总局", "委员会"))
_ANY_BODY = frozenset(
    [
        "国有", "商业", "上市", "主要", "合作", "多家", "各家", "哪家", "民营", "中小", "大型",
        "头部", "股份", "股份制", "外资", "中资", "村镇", "发卡", "开户", "这些", "那些", "所有",
        "部分", "金融", "科技", "保险", "证券", "基金", "哪些", "哪个", "哪几", "什么", "多少",
        "一些", "某些", "有些", "许多", "很多", "不少", "其他", "其它", "别的", "不同",
        "任何", "全部", "全国", "国内", "境内", "境外", "本地", "地方", "城市", "相关", "持牌",
    ]
)  # fmt: skip
_COUNTED_BODY = re.compile(r"[哪这那各多几一二两三四五六七八九十]+家")
_NAMED = 9.0  # from this rarity on a word names something
# A question may want several of these: "票房冠军" is a name, and a sentence with a figure helps.
_PATTERNS: dict[Kind, str] = {
    "person": (
        r"谁|哪位|\bwho\b|导演|主演|编剧|作者|主持人|总统|首相|总理|主席(?!国)|部长|市长|行政长官|行长"
        r"|总经理|ceo|教练|选手|冠军|得主|火炬手|旗手|成员|演员|获得者|发明人|创始人|董事长|mvp|代言人|歌手|主唱|主创"
    ),
    "date": r"时间|什么时候|何时|哪一?年|哪天|几月|日期|几号|哪一天|\bwhen\b",
    "percent": (
        r"百分之几|占比|比例|.率(?:是|为|有|达|$)|增长率|增速|涨幅|跌幅|降幅|出生率|percent|\brate\b"
        r"|(?:增长|下降|上涨)了?多少"
    ),
    "place": (
        r"哪里|哪儿|地点|什么地方|举办地|在哪|哪个?(?:城市|国家|省|市|地)|[主举][办席]国"
        r"|国家?(?:是哪|是谁|\??$)|\bwhere\b"
    ),
    "number": (
        r"多少|几(?:家|个|张|倍|款|种|项|次|成|位|人)|数量|人数|总数|票房|产量|营收|吞吐量|销量"
        r"|交付量|总额|金额|价格|售价|身高|面积|多大|多高|多长|多久|比分|gdp"
        r"|\bhow (?:many|much|long)\b"
    ),
    "reason": r"为什么|为何|原因|缘何|\bwhy\b",
    "yes_no": r"吗\??$|能不能|可不可以|是否|会不会|有没有",
    "list": r"哪些|哪几|分别|有什么|包括什么",
    "name": r"叫什么|名称|全称|标题|什么",
}
_WANTED = {kind: re.compile(pattern) for kind, pattern in _PATTERNS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightedWord:
    """A word of the question with its rarity in general Chinese (0.5 common, 12 unknown)."""

    text: str
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question, normalised, and what an answer to it must meet.

    Attributes:
        text: the question; ``core`` is what is left of it without its asking words.
        wanted: the kinds of thing that may answer it.
        words: content words in order; ``rarest`` are three of them at most, rarest first.
        rarest_at: their places in ``words``.
        shares: the weights of ``words`` by their sum ``total``, which is never 0.
        years, figures: as digits; ``titles``: names in book or quotation marks.
        latin: words in Latin letters.
        names: what must be meant for a sentence to be about the same thing: bodies, titles, rare
            words; ``bodies`` are those of one kind that others of the kind stand beside, under
            each of their names.
        pairs, core_pairs: neighbouring characters of text and core.
        unit: the measure word that is counted in, None where none is named.
        focus: what is asked of what.
    """

    text: str
    core: str
    wanted: frozenset[Kind]
    words: tuple[WeightedWord, ...]
    rarest: tuple[WeightedWord, ...]
    rarest_at: tuple[int, ...]
    shares: NDArray[np.float64]
    total: float
    years: frozenset[str]
    figures: frozenset[str]
    titles: tuple[str, ...]
    latin: frozenset[str]
    names: tuple[str, ...]
    bodies: frozenset[str]
    pairs: frozenset[str]
    core_pairs: frozenset[str]
    unit: str | None
    focus: Focus


def ask_plainly(question: str) -> str:
    """The question with 什么时候 for 从哪天起: how it asks for a day is nothing to find."""
    return _WHICH_DAY.sub("什么时候", question)


def take_apart(question: str, matched: str, words: Sequence[str]) -> Asked:
    """Take a question apart.

    Args:
        question: as asked; decides what is wanted.
        matched: what is held against sentences: the question, or its Chinese words.
        words: its content words, normalised.
    """
    asked, text = normalize(question), normalize(matched)
    weighted = tuple(WeightedWord(text=word, weight=word_rarity(word)) for word in words)
    rarest_at = sorted(range(len(weighted)), key=lambda at: -weighted[at].weight)[:3]
    total = sum(word.weight for word in weighted) or 1.0
    core = _ASKING.sub("", text)
    years = frozenset(YEAR.findall(text))
    unit = _UNIT.search(asked) or _UNIT.search(text)
    counted = _COUNTED.search(text)
    bodies = frozenset(name_bodies(text))
    rare = (w.text for w in weighted if w.weight >= _NAMED and not w.text[0].isdigit())
    return Asked(
        text=text,
        core=core,
        wanted=_read_wanted(asked),
        words=weighted,
        rarest=tuple(weighted[at] for at in rarest_at),
        rarest_at=tuple(rarest_at),
        shares=np.array([word.weight / total for word in weighted], np.float64),
        total=total,
        years=years,
        figures=frozenset(NUMBER.findall(text)) - years,
        titles=tuple(a or b for a, b in _TITLE.findall(text)),
        latin=frozenset(_LATIN.findall(text)),
        names=tuple(dict.fromkeys((*sorted(bodies), *rare))),
        bodies=bodies | {name for body in bodies for name in current_domain().variants(body)},
        pairs=frozenset(p for p in character_pairs(text) if p.isalnum()),
        core_pairs=character_pairs(core),
        unit=unit[1] if unit else MEASURES[counted[1]] if counted else None,
        focus=find_focus(text, words),
    )


def _read_wanted(asked: str) -> frozenset[Kind]:
    wanted = {kind for kind, pattern in _WANTED.items() if pattern.search(asked)}
    if read_kinds(asked)[:1] == ("organisation",):  # who issued a rule is no person
        wanted = wanted - {"person"} | {"name"}
    return frozenset(wanted)


def find_bodies(text: str) -> list[str]:
    """All matches of ``BODY``, sought only around what it ends with: ten times as fast."""
    found: list[str] = []
    at = 0
    while sign := _SIGN.search(text, at):
        match = BODY.search(text, max(at, sign.start() - _BEFORE_SIGN))
        if match is None:
            break
        found.append(match[0])
        at = match.end()
    return found


def name_bodies(text: str) -> list[str]:
    """The bodies and products that a question names: 徽商银行, 花呗; not 多家银行."""
    found: list[str] = []
    for run in re.findall(r"[\u4e00-\u9fff]+", text):
        words = cut_words(run)
        for at, word in enumerate(words):
            if BODY.fullmatch(word) and not _COUNTED_BODY.match(word):
                found.append(word)
            elif word in _BODY_ENDINGS and at:
                # An unknown name may fall into single characters: 中, 江, 银行.
                alone = len(words[at - 1]) == 1 and at > 1 and len(words[at - 2]) == 1
                name = "".join(words[at - 2 : at]) if alone else words[at - 1]
                if len(name) > 1 and name not in _ANY_BODY and not _COUNTED_BODY.match(name):
                    found.append(name + word)
    return list(dict.fromkeys(found))


def character_pairs(text: str) -> frozenset[str]:
    """Every two neighbouring characters."""
    return frozenset(text[i : i + 2] for i in range(len(text) - 1))
