"""Rules, not fitted weights: what is no answer however alike it is.

What another bank did, what is told of another measure, country or quarter, of another count than
the question's, of how much a figure changed, of a deputy of who is asked for, or about a term that
nothing explains.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from index.words import normalize
from rag.asked import Asked
from rag.define import defines, find_asked_term
from rag.facts import Facts
from rag.features import COLUMN, Table
from rag.joint import TypeFinder

# Log odds that a sentence loses where the question names a bank, and it and its neighbours do not,
# or it names another one, or a deputy of who is asked for; and that the whole evidence loses where
# the best sentence is such a one. It is a rule, not a fitted weight: what another bank did is never
# an answer.
ABOUT_ANOTHER = 3.0
# Measures and offices, and the words without which no text tells them: a turnover is no share
# price. Rates of growth are not here, which 增长8% tells as well.
_MEASURES = tuple(
    (re.compile(sought), re.compile(proof))
    for sought, proof in (
        (r"股价|市值", r"股价|市值|每股|收盘|股票"),
        (r"利率|利息", r"利率|利息|年化|[日月年]息|费率|lpr"),
        (r"不良率|不良贷款率|坏账", r"不良|坏账"),
        (r"逾期率", r"逾期"),
        (r"渗透率", r"渗透"),
        (r"年费", r"年费"),
        (
            r"(?:最高|最多)[^,。?]{0,4}借|借[^,。?]{0,4}(?:最高|最多)|额度",
            r"额度|最高|最多|上限|限额|授信|[可能]借",
        ),
        (r"首席执行官|ceo", r"首席执行官|行政总裁|ceo"),
        (r"(?<!副)行长", r"(?<!副)行长"),
        (r"(?<!副)董事长", r"(?<!副)董事长"),
    )
)
_COUNT = re.compile(r"(\d+)([家张款种项只户])(?!以)")
# Who is asked for; his deputies are others.
_OFFICE = re.compile(
    r"(?<!副)(?:行长|董事长|总裁|总经理|市长|省长|部长|局长|主席|会长|总统|总理|书记|主任)"
)
# Where a question asks about one of these, what is told of no such place or time is no answer; a
# time may stand there in other words.
_WHERE = re.compile(r"(?:美|英|法|德|泰|韩)国|日本|俄罗斯|印度|新加坡|香港|澳门|台湾|欧洲|欧盟")
_WHEN = {
    "一季度": r"一季|3月[末底]|1.{0,2}3月",
    "二季度": r"二季|半年|6月[末底]|1.{0,2}6月",
    "三季度": r"三季|9月[末底]|1.{0,2}9月",
    "四季度": r"四季|12月[末底]|年[末底]|全年",
    "上半年": r"半年|中报|二季|6月[末底]|1.{0,2}6月",
    "下半年": r"下半年|[三四]季|12月[末底]|年[末底]",
}
# What asks for a change or a rate, and what tells before a figure that it is one: 少了600万张,
# 平均每分钟有近65张.
_ASKS_FOR_OTHER = re.compile(
    r"[每均增加减降升涨跌滑幅缩]|[少多]了|变化|[同环]比|比.{0,12}[多少高低]|扩大|回落|提高|[上下]调|相差|差[多距额]"
    r"|超|注销|流失|节?省|亏|便宜|贵"
)
_CHANGED_BY = re.compile(
    r"(?:增加|增长|减少|下降|下滑|上升|上涨|下跌|回落|提升|提高|降低|缩水|缩减|扩大|收窄|[增减降升涨跌]|[少多]了)"
    r"幅?了?(?:约|近|超过?|逾|过|为|达到?|不到|至少)*$"
)
_PER_TIME = re.compile(r"(?:每一?(?:秒|分钟|小时|天|日|周|月|年)|[日周月年人]均)[^,。;:\d]{0,6}$")
_BEFORE = 12  # characters before a figure that may tell so
_MAY_TELL_SO = re.compile("[增减降升涨跌落提缩扩窄每均]|[少多]了")
_LOOSELY_NAMED = ("集团", "公司", "总局", "协会", "委员会")
_UNNAMED, _NO_ANSWER = 1.0, 10.0  # log odds, see ``doubt``


def doubt(table: Table, best: int) -> float:
    """Log odds that the evidence loses where its best sentence is about another body or measure.

    So, too, where it counts otherwise than the question, 29家 where that is about 39家, or where
    none of it explains the term that is asked about. Fewer where it names no body itself, and only
    what stands around it names the right one.

    Args:
        table: the evidence.
        best: the row of its best sentence.
    """
    row, asked = table.rows[best], table.asked
    told = normalize(f"{row.passage.article.title}\n{row.passage.chunk.text}")
    if (
        _is_unexplained(table)
        or _is_elsewhere(table)
        or _is_unheard_of(asked, told)
        or _is_of_another_measure(asked, told)
        or _counts_otherwise(asked, told, row.facts.text)
    ):
        return _NO_ANSWER
    if is_about_another(table, [best])[0]:
        return ABOUT_ANOTHER
    named = f"{row.passage.article.title}\n{row.facts.text}"
    return 0.0 if not asked.bodies or any(b in named for b in asked.bodies) else _UNNAMED


def _is_unexplained(table: Table) -> bool:
    """Whether no sentence says what the term is that the question wants explained."""
    term = find_asked_term(table.asked.text)
    return bool(term) and not any(defines(term, row.facts.text) for row in table.rows)


def _is_elsewhere(table: Table) -> bool:
    """Whether the country or the quarter that is asked about stands nowhere, 美国 or 三季度."""
    words = [word.text for word in table.asked.words]
    patterns = [word for word in words if _WHERE.fullmatch(word)]
    patterns += [_WHEN[word] for word in words if word in _WHEN]
    texts = _read_all(table) if patterns else []
    return not all(any(re.search(one, text) for text in texts) for one in patterns)


def _read_all(table: Table) -> list[str]:
    """Every sentence and every title of the evidence, normalised."""
    titles = {row.passage.article.id: row.passage.article.title for row in table.rows}
    return [row.facts.text for row in table.rows] + [normalize(one) for one in titles.values()]


def _is_of_another_measure(asked: Asked, told: str) -> bool:
    """Whether the measure that is asked for stands nowhere in a passage."""
    return any(sought.search(asked.text) and not proof.search(told) for sought, proof in _MEASURES)


def _is_unheard_of(asked: Asked, told: str) -> bool:
    """Whether the bank or product that is asked about stands nowhere in a passage.

    A company or an authority may stand there under a name that we do not know.
    """
    known = [body for body in asked.bodies if not body.endswith(_LOOSELY_NAMED)]
    return bool(known) and not any(body in told for body in asked.bodies)


def _counts_otherwise(asked: Asked, told: str, sentence: str) -> bool:
    """Whether no count of the question stands in the passage, and the sentence has another one."""
    sought = set(_COUNT.findall(asked.text))
    units = {unit for _, unit in sought}
    return bool(
        sought
        and not sought & set(_COUNT.findall(told))
        and any(unit in units for _, unit in _COUNT.findall(sentence))
    )


def is_about_another(table: Table, rows: Sequence[int] | None = None) -> NDArray[np.bool_]:
    """For each row whether it is about another body than what is asked about, or about a deputy.

    So is one that tells how much something changed, or how much it is a day, where the question
    asks how much it is.

    Args:
        table: the sentences.
        rows: some of its rows; None for all.
    """
    rows = range(len(table.rows)) if rows is None else rows
    some = [table.rows[at] for at in rows]
    astray = np.array([not row.is_about for row in some], bool)
    for office in _OFFICE.findall(table.asked.text):
        astray |= np.array([_has_deputy_alone(office, row.facts.text) for row in some], bool)
    if _asks_for_level(table.asked):
        find_typed = TypeFinder(table.asked)
        astray |= np.array([_tells_no_level(row.facts, find_typed) for row in some], bool)
    return astray | (table.features[rows, COLUMN["other_body"]] > 0)


def _has_deputy_alone(office: str, text: str) -> bool:
    deputies = text.count(f"副{office}")
    return deputies > 0 and text.count(office) == deputies


def _asks_for_level(asked: Asked) -> bool:
    """Whether a figure is asked for, and not by how much one changed, or how much it is a time."""
    is_figure = not asked.wanted.isdisjoint(("number", "percent")) and "date" not in asked.wanted
    return is_figure and _ASKS_FOR_OTHER.search(asked.text) is None


def _tells_no_level(facts: Facts, find_typed: TypeFinder) -> bool:
    """Whether each figure that may answer says how much something changed, or how much a time."""
    if not _MAY_TELL_SO.search(facts.text):
        return False
    before = [facts.text[max(0, start - _BEFORE) : start] for start, _ in find_typed(facts) or ()]
    return bool(before) and all(_CHANGED_BY.search(b) or _PER_TIME.search(b) for b in before)
