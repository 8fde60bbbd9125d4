"""Dates and periods in Chinese and English text, resolved against a day.

The day is the reader's clock for a question, and the day of publication for a sentence of an
article: 今年二季度末 in an article of September 2025 is 30 June 2025, whenever it is read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache

from dateutil.relativedelta import relativedelta

_NUMERALS = {c: i for i, c in enumerate("零一二三四五六七八九十")} | {
    "〇": 0, "两": 2, "几": 3, "十一": 11, "十二": 12, "首": 1, "半": 0,
}  # fmt: skip
_RELATIVE_YEARS = {
    "今年": 0, "本年": 0, "本年度": 0, "去年": -1, "上年": -1, "上一年": -1, "前年": -2, "明年": 1,
    "后年": 2, "this year": 0, "last year": -1, "next year": 1,
}  # fmt: skip
_DAYS = {
    "今天": 0, "今日": 0, "昨天": -1, "昨日": -1, "前天": -2, "明天": 1, "明日": 1, "后天": 2,
    "today": 0, "yesterday": -1, "tomorrow": 1,
}  # fmt: skip
_STEPS = {
    "本月": 0, "这个月": 0, "当前月": 0, "上月": -1, "上个月": -1, "下月": 1, "下个月": 1,
    "本周": 0, "这周": 0, "这一周": 0, "上周": -1, "上星期": -1, "下周": 1, "本星期": 0,
    "本季度": 0, "上季度": -1, "上个季度": -1, "this month": 0, "last month": -1, "next month": 1,
    "this week": 0, "last week": -1, "next week": 1, "this quarter": 0, "last quarter": -1,
}  # fmt: skip
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan",
            "february feb",
            "march mar",
            "april apr",
            "may",
            "june jun",
            "july jul",
            "august aug",
            "september sept sep",
            "october oct",
            "november nov",
            "december dec",
        ),
        start=1,
    )
    for name in names.split()
}
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4}
_SPANS = {
    "天": "days", "日": "days", "周": "weeks", "星期": "weeks", "月": "months",
    "年": "years", "季度": "quarters", "day": "days", "week": "weeks", "month": "months",
    "year": "years", "quarter": "quarters",
}  # fmt: skip
_QUARTER, _HALF = 3, 6  # months
_RECENT_DAYS = 30  # what 近日 and 最近 reach back
_NEW_DAYS = 92  # a longer window asks for a development, not for what is new
_LONGEST = 400  # characters of a text that are read

_YEAR = (
    r"(?P<year>(?:19|20)\d{2}(?:年度?|(?=[\s.-]*[qQ][1-4]))"
    r"|今年|本年度?|去年|上一?年|前年|明年|后年)"
)
_PART = (
    r"(?P<half>[上下]半年)|第?(?P<quarter>[一二三四1-4])季度?|[qQ](?P<q>[1-4])|(?P<three>前三季度)"
    r"|(?P<month>1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九])月份?"
    r"(?P<day>3[01]|[12]\d|0?[1-9])?(?(day)[日号])"
)
_EDGE = r"(?P<edge>年?[末底初]|[上中下]旬)"
_CHINESE = re.compile(rf"(?<![\d.]){_YEAR}?的?(?:{_PART})?{_EDGE}?")
_STEP = re.compile(
    "|".join(sorted((re.escape(word) for word in (*_DAYS, *_STEPS)), key=len, reverse=True))
)
_WINDOW = re.compile(
    r"(?:最近|近|过去|(?:in )?the (?:past|last)|past|last) ?(?P<n>\d{1,3}"
    r"|[一两二三四五六七八九十几半]|few)? ?"
    r"(?P<span>个?(?:天|日(?!常)|周|星期|月|季度|年)|days?|weeks?|months?|quarters?"
    r"|years?)(?![a-z])"
)
_RECENT = re.compile(
    r"近日|近期|最近|日前|眼下|当下|\brecent(?:ly)?\b|\blatest\b|\bnewest\b|最新|刚刚"
)
_ENGLISH = re.compile(
    r"\b(?:(?:in|of|the) )*(?:(?:q(?P<q>[1-4])|(?P<ordinal>first|second|third|fourth) quarter"
    r"|(?P<half>first|second) half)(?: (?:of|in))?(?: the)? ?(?P<year>(?:19|20)\d\d|this year"
    r"|last year)?"
    rf"|(?P<month>{'|'.join(sorted(_MONTHS, key=len, reverse=True))})\.?(?: (?P<day>[12]?\d|3[01])"
    r"(?:st|nd|rd|th)?(?!\d))?(?:,? (?P<myear>(?:19|20)\d\d))?"
    r"|(?P<alone>this year|last year|next year|(?:19|20)\d\d))\b"
)
_ISO = re.compile(
    r"(?<![\d-])(?P<y>(?:19|20)\d\d)[-/.](?P<m>0?[1-9]|1[0-2])[-/.](?P<d>[0-3]?\d)(?!\d)"
)
_AFTER_EVENT = re.compile(
    r"(?P<event>(?:新规|规定|通知|办法|规则|政策|名单制)[^，。？?]{0,6}?(?:实施|施行|落地|生效|执行"
    r"|出台|发布))"
    r"(?:之?后|以来|以后)|(?:after|since) the (?:new )?rules?(?: took"
    r"| take)?(?: came into)?(?: effect| force)?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """An expression of time and the days that it means.

    Attributes:
        text: as it stands; ``at`` is its place, in code points.
        first, last: days, both included.
        relative: it means other days when it is read on another one.
        window: it reaches back from the day of reading: 最近一周, 本月.
        years: it names its year itself, as digits.
        yearless: it names no year, and the one that fits best was taken.
    """

    text: str
    at: int
    first: date
    last: date
    relative: bool
    window: bool = False
    years: bool = False
    yearless: bool = False

    def meets(self, other: Period) -> bool:
        """Whether the two have a day in common; without a year, in any year."""
        if self.yearless:
            ours, theirs = (
                (self.first.month, self.last.month),
                (other.first.month, other.last.month),
            )
            return ours[0] <= theirs[1] and theirs[0] <= ours[1]
        return self.first <= other.last and other.first <= self.last

    def holds(self, day: date) -> bool:
        """Whether a day lies in it."""
        return self.first <= day <= self.last


@lru_cache(maxsize=4096)
def read_periods(text: str, on: date) -> tuple[Period, ...]:
    """The dates and periods in a text, in the order of the text; none overlaps another.

    Args:
        text: the first 400 characters are read.
        on: the day that relative words refer to.
    """
    lowered = text[:_LONGEST].lower()
    if len(lowered) != len(
        text[:_LONGEST]
    ):  # a letter whose small form is two: offsets would shift
        lowered = text[:_LONGEST]
    found: list[Period] = []
    for pattern, resolve in _RULES:
        for match in pattern.finditer(lowered):
            if match[0] and not any(_overlap(match, other) for other in found):
                period = _try(resolve, match, on)
                if period is not None:
                    said = text[match.start() : match.end()]
                    found.append(replace(period, text=said))
    return tuple(sorted(found, key=lambda period: period.at))


def wants_newest(periods: Sequence[Period], on: date) -> bool:
    """Whether a question asks for what is new: 最新, 近日, latest, 最近一周, this month."""
    return any(
        one.window and one.holds(on) and (one.last - one.first).days <= _NEW_DAYS for one in periods
    )


def find_event(text: str) -> str | None:
    """The event after which a question asks: 新规实施 in 新规实施后; None where there is none."""
    match = _AFTER_EVENT.search(text.lower())
    return (match["event"] or match[0]) if match else None


def _overlap(match: re.Match[str], other: Period) -> bool:
    return match.start() < other.at + len(other.text) and other.at < match.end()


def _try(
    resolve: Callable[[re.Match[str], date], Period | None], match: re.Match[str], on: date
) -> Period | None:
    try:
        return resolve(match, on)
    except (ValueError, OverflowError):  # 31 February, or a year that no calendar has
        return None


def _period(
    match: re.Match[str], first: date, end: date, *, relative: bool, **more: bool
) -> Period:
    return Period(
        text=match[0], at=match.start(), first=first, last=end - timedelta(days=1),
        relative=relative, **more,
    )  # fmt: skip


def _iso(match: re.Match[str], _on: date) -> Period:
    day = date(int(match["y"]), int(match["m"]), int(match["d"]))
    return _period(match, day, day + timedelta(days=1), relative=False, years=True)


def _chinese(match: re.Match[str], on: date) -> Period | None:
    year = match["year"]
    part = next((n for n in ("half", "quarter", "q", "three", "month") if match[n]), None)
    edge = (match["edge"] or "").removeprefix("年")
    if year is None and part is None:
        if match["edge"] != "年初":
            return None
        return _period(match, date(on.year, 1, 1), date(on.year, 1, 2), relative=True)
    if year is None and part in ("quarter", "q") and "季" not in match[0]:
        return None
    named = bool(year and year[0].isdigit())
    if year is None:
        first, end = _nearest(match, part, on)
    else:
        number = int(year[:4]) if named else on.year + _RELATIVE_YEARS[year]
        first, end = _inside(match, part, number)
    first, end = _at_edge(first, end, edge)
    return _period(match, first, end, relative=not named, years=named, yearless=year is None)


def _inside(match: re.Match[str], part: str | None, year: int) -> tuple[date, date]:
    """First day, and the day behind the last, of a part of a year; of the year where it is None."""
    start = date(year, 1, 1)
    if part is None:
        return start, date(year + 1, 1, 1)
    if part == "three":
        return start, date(year, 10, 1)
    if part == "month":
        first = date(year, _number(match["month"]), 1)
        if match["day"]:
            day = first.replace(day=int(match["day"]))
            return day, day + timedelta(days=1)
        return first, first + relativedelta(months=1)
    months = _HALF if part == "half" else _QUARTER
    at = (match["half"][0] == "下") if part == "half" else _number(match[part]) - 1
    first = start + relativedelta(months=months * int(at))
    return first, first + relativedelta(months=months)


def _nearest(match: re.Match[str], part: str | None, on: date) -> tuple[date, date]:
    """Without a year: a day is the nearest one, anything longer the last one that has begun."""
    choices = [_inside(match, part, on.year + offset) for offset in (-1, 0, 1)]
    if part == "month" and match["day"]:
        return min(choices, key=lambda days: (abs((days[0] - on).days), days[0]))
    return max(days for days in choices if days[0] <= on)


def _at_edge(first: date, end: date, edge: str) -> tuple[date, date]:
    """The end, the beginning or a third of a period."""
    if edge in ("末", "底"):
        return end - timedelta(days=1), end
    if edge == "初":
        return first, first + timedelta(days=1)
    if edge == "上旬":
        return first, first + timedelta(days=10)
    if edge == "中旬":
        return first + timedelta(days=10), first + timedelta(days=20)
    return (first + timedelta(days=20), end) if edge == "下旬" else (first, end)


def _step(match: re.Match[str], on: date) -> Period:
    word = match[0]
    if word in _DAYS:
        day = on + timedelta(days=_DAYS[word])
        return _period(match, day, day + timedelta(days=1), relative=True, window=True)
    step = _STEPS[word]
    if "周" in word or "星期" in word or "week" in word:
        first = on - timedelta(days=on.weekday()) + timedelta(weeks=step)
        end = first + timedelta(weeks=1)
    else:
        months = _QUARTER if "季" in word or "quarter" in word else 1
        month = on.month - (on.month - 1) % months
        first = on.replace(month=month, day=1) + relativedelta(months=step * months)
        end = first + relativedelta(months=months)
    return _period(match, first, end, relative=True, window=True)


def _window(match: re.Match[str], on: date) -> Period | None:
    if match["n"] is None and not match[0].startswith(("最近一", "the past", "past")):
        return None  # 近日 and 近年 are no number of days, and "last year" is a year
    unit = _SPANS[match["span"].rstrip("s").removeprefix("个")]
    n = 3 if match["n"] == "few" else _number(match["n"] or "一")
    if match["n"] == "半":
        unit, n = ("months", _HALF) if unit == "years" else ("days", 15)
    back = relativedelta(months=_QUARTER * n) if unit == "quarters" else _delta(unit, n)
    return _period(match, on - back, on + timedelta(days=1), relative=True, window=True)


def _delta(unit: str, n: int) -> relativedelta:
    return {
        "days": relativedelta(days=n), "weeks": relativedelta(weeks=n),
        "months": relativedelta(months=n), "years": relativedelta(years=n),
    }[unit]  # fmt: skip


def _recent(match: re.Match[str], on: date) -> Period:
    first = on - timedelta(days=_RECENT_DAYS)
    return _period(match, first, on + timedelta(days=1), relative=True, window=True)


def _english(match: re.Match[str], on: date) -> Period | None:
    said = match["year"] or match["myear"] or match["alone"]
    named = bool(said and said[0].isdigit())
    year = on.year if said is None else int(said) if named else on.year + _RELATIVE_YEARS[said]
    if match["month"]:
        first = date(year, _MONTHS[match["month"]], int(match["day"] or 1))
        if said is None:
            if match["month"] in ("may", "mar") and not match["day"]:
                return None  # a verb
            first = min(
                (first.replace(year=year + offset) for offset in (-1, 0, 1)),
                key=lambda day: (abs((day - on).days), day),
            )
        end = first + (timedelta(days=1) if match["day"] else relativedelta(months=1))
    elif match["alone"]:
        first, end = date(year, 1, 1), date(year + 1, 1, 1)
    else:
        months = _HALF if match["half"] else _QUARTER
        at = int(match["q"] or _ORDINALS[match["half"] or match["ordinal"]]) - 1
        first = date(year, 1, 1) + relativedelta(months=months * at)
        if said is None and first > on:
            first -= relativedelta(years=1)
        end = first + relativedelta(months=months)
    return _period(match, first, end, relative=not named, years=named, yearless=said is None)


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else _NUMERALS[text]


_RULES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], date], Period | None]], ...] = (
    (_ISO, _iso),
    (_STEP, _step),
    (_WINDOW, _window),
    (_CHINESE, _chinese),
    (_ENGLISH, _english),
    (_RECENT, _recent),
)
