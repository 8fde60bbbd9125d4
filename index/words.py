"""Chinese words: what text is matched by. The only import of jieba and of OpenCC.

Nothing here is ever stored or shown: normalisation changes lengths, so offsets into its result
mean nothing for the text that went in.
"""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import platformdirs

from index.domain import Domain, current_domain
from index.forms import fold
from index.wraps import CJK

if TYPE_CHECKING:
    from jieba import Tokenizer
    from opencc import OpenCC

_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_UNITS = {"十": 10, "百": 100, "千": 1000}
_TENS = "[零〇一二两三四五六七八九十百千]*(?:点[零〇一二三四五六七八九]+)?"
# A pattern that begins with one set of characters is sought several times faster than one that
# begins with a look behind or a repetition.
_PERCENT = re.compile(
    f"百分之([一二两三四五六七八九十]{_TENS}|零点[零一二三四五六七八九]+|\\d+(?:\\.\\d+)?)"
)
# Only before a unit: "三家" is a number; "三方", "第三条", "哪一年" are words, "一家" an article.
_AMOUNT = re.compile(
    "([一二两三四五六七八九十](?!(?<=一)[个家张户倍款笔天年])"
    f"(?<![第哪每这那某同{''.join(_DIGITS)}十百千点][一二两三四五六七八九十]){_TENS})"
    "(?=[多余]?(?:万|亿|元|美元|个|张|家|户|倍|款|笔|岁|天|年|月|日|号|%))"
)
_COHORT = re.compile(r"[05-9][05]后")  # 95后: who was born from 1995 on
_YEAR = re.compile("[零〇一二三四五六七八九][零〇一二三四五六七八九]{3}(?=年)")
_THOUSANDS = re.compile(r",(?<=\d,)(?=\d{3}(?!\d))")
_SPACING = re.compile(f" (?<=[\\d%] ) *(?=[{CJK}])| (?<=[{CJK}] ) *(?=\\d)")

# 年, 月 and 日 after a figure belong to it and say nothing without it.
_TOKEN = re.compile(
    r"(?P<word>\d+(?:\.\d+)?(?:万亿|亿|万)?%?)(?:年(?![度末底初内])|月(?![末底初内份付])|日(?![均内]))?"
    r"|(?P<latin>[a-z\u00c0-\u024f][a-z0-9\u00c0-\u024f]*(?:[&+'.-][a-z0-9]+)*"
    f"|(?:(?![{CJK}\\d])[^\\W_])+)|(?P<han>[{CJK}]+)"
)
# Logarithms of inverse shares: of the commonest words, and what an unknown one is taken for.
_EVERYWHERE, _UNKNOWN_FIGURE, _UNKNOWN_WORD = 4.0, 9.0, 16.0
_PARTICLES = frozenset("的了着吗呢吧")

_lock = Lock()


def normalize(text: str) -> str:
    """``text`` in the one spelling that matching compares.

    NFKC, lower case, simplified characters, no thousands separators, and Chinese numerals in
    years, percentages and amounts as digits: "三點二億元" is "3.2亿元", "百分之十五" is "15%".
    万 and 亿 stay.
    """
    text = to_simplified(fold(text))
    text = _SPACING.sub("", text)
    text = _THOUSANDS.sub("", text)
    text = _PERCENT.sub(lambda match: f"{_read_numeral(match[1])}%", text)
    text = _YEAR.sub(lambda match: "".join(str(_DIGITS[char]) for char in match[0]), text)
    return _AMOUNT.sub(lambda match: _read_numeral(match[1]), text)


def to_simplified(text: str) -> str:
    """``text`` with simplified characters in the place of traditional ones, and nothing else."""
    return str(_converter().convert(text))


def segment(text: str) -> list[str]:
    """The terms of lexical search, normalised, in the order of the text.

    Of Chinese: jieba's search-mode words (a long word and the shorter ones in it) and every pair
    of neighbouring characters that is not such a word, so that a name missing from the dictionary
    is found all the same. Of everything else: words and numbers, whole ("7.15亿", "70%"). Stop
    words and punctuation are left out; a term that occurs twice is there twice.
    """
    terms: list[str] = []
    for match in _TOKEN.finditer(normalize(text)):
        terms.extend(_segment_han(match["han"]) if match["han"] else [_read_word(match)])
    return [term for term in terms if term not in _stop_words()]


def content_words(text: str) -> tuple[str, ...]:
    """The meaning-bearing words of a question, normalised, in order, each once.

    Question words, particles, auxiliaries and single Chinese characters are left out. Names that
    the dictionary lacks are guessed from their characters.
    """
    words: dict[str, None] = {}
    for match in _TOKEN.finditer(text := normalize(text)):
        if match["han"]:
            cut = _tokenizer().cut(match["han"])
            words.update(dict.fromkeys(word for word in cut if len(word) > 1))
        elif cohort := _COHORT.match(text, match.start()):
            words[cohort[0]] = None
        else:
            words[_read_word(match)] = None
    return tuple(word for word in words if word not in _stop_words())


def cut_words(run: str) -> list[str]:
    """The words of a run of Chinese characters, in order; unknown names are guessed."""
    return list(_tokenizer().cut(run))


def word_rarity(word: str) -> float:
    """How rare a word is in general Chinese: 0.5 (everywhere) to 12 (not in the dictionary).

    It is the logarithm of the inverse of its share in jieba's dictionary. Unlike a frequency in
    the collection it does not change with what was ingested, so fitted weights keep their meaning.
    """
    tokenizer = _tokenizer()
    known = tokenizer.FREQ.get(word, 0)
    if known:
        bits = math.log(tokenizer.total / known)
    else:
        bits = _UNKNOWN_FIGURE if word.isdigit() else _UNKNOWN_WORD
    return min(max(bits - _EVERYWHERE, 0.5), 12.0)


def _read_word(match: re.Match[str]) -> str:
    return match["word"] or match["latin"]


def _segment_han(run: str) -> Iterator[str]:
    # Without the hidden Markov model: its guesses differ between an article and a question, and
    # the pairs cover what it would find.
    tokens = list(_tokenizer().tokenize(run, mode="search", HMM=False))
    spans = {(start, end) for _, start, end in tokens}
    pairs = (
        (run[start : start + 2], start, start + 2)
        for start in range(len(run) - 1)
        if (start, start + 2) not in spans
        and run[start] not in _PARTICLES
        and run[start + 1] not in _PARTICLES
    )
    words = (token for token in tokens if len(token[0]) > 1 or len(run) == 1)
    for term, _, _ in sorted([*words, *pairs], key=lambda token: token[1:]):
        yield term


def _read_numeral(numeral: str) -> str:
    """The decimal digits of a Chinese numeral below ten thousand; digits are returned as given."""
    whole, point, fraction = numeral.partition("点")
    if whole[0].isdecimal():
        return numeral
    total, digit, unit = 0, 0, 1
    for char in whole:
        if char in _UNITS:
            unit = _UNITS[char]
            total += (digit or 1) * unit
            digit = 0
        else:
            # "零" breaks the ladder: 三百零五 is 305, 三百五 is 350.
            unit = 10 if char in "零〇" else unit
            digit = _DIGITS[char]
    total += digit * max(unit // 10, 1)
    return f"{total}{'.' if point else ''}{''.join(str(_DIGITS[char]) for char in fraction)}"


@cache
def _converter() -> OpenCC:
    from opencc import OpenCC  # noqa: PLC0415 - reading its tables takes some milliseconds

    return OpenCC("t2s")


@cache
def _stop_words() -> frozenset[str]:
    return frozenset(_read_list("stop_words.txt"))


def _read_list(name: str) -> list[str]:
    return (files("index") / "data" / name).read_text(encoding="utf-8").split()


def _tokenizer() -> Tokenizer:
    domain = current_domain()
    with _lock:  # two threads that ask first must not both build it: that takes a second
        return _teach(domain)


@cache
def _teach(domain: Domain) -> Tokenizer:
    """The tokenizer, which knows the terms of ``domain`` too from here on."""
    tokenizer = _open_tokenizer()
    for term in domain.terms:
        tokenizer.add_word(term)
    return tokenizer


@cache
def _open_tokenizer() -> Tokenizer:
    # Imported here: jieba and its dictionary take a second that most commands can do without.
    import jieba  # noqa: PLC0415

    # It reports to stderr, also when it cannot write its cache, which costs time and nothing else.
    jieba.setLogLevel(logging.CRITICAL)
    tokenizer = jieba.Tokenizer()
    folder = Path(platformdirs.user_cache_dir("huawen"))
    # Never the shared temporary folder, jieba's default: whoever writes there first is trusted.
    tokenizer.tmp_dir = str(folder)
    tokenizer.cache_file = f"jieba-{jieba.__version__}.cache"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        logging.getLogger(__name__).debug("no cache folder for jieba", exc_info=True)
    tokenizer.initialize()
    return tokenizer
