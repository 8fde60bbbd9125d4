"""Step 3: every sentence of the best passages gets a score in [0, 1].

The score is a logistic of a weighted sum. The weights are set by hand from reading wrong answers;
each feature is in [0, 1] so that they can be compared.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from index.types import Sentence
from index.words import normalize
from rag.types import Evidence, Kind, Passage, Query

# Cosines of multilingual-e5 crowd together: unrelated news is near 0.76, a direct answer near 0.91.
_COSINE_FLOOR, _COSINE_SPAN = 0.76, 0.15

WEIGHTS = {
    "similarity": 3.0,  # cosine of question and sentence
    "words": 1.6,  # idf share of the question's words in the sentence
    "context": 2.6,  # the same in the sentence, its neighbours, heading and title
    "constraint": 3.0,  # share of the question's names, years, figures and measures that are met
    "bigrams": 1.0,  # share of the question's character pairs in the sentence
    "kind": 0.8,  # holds what is asked for
    "unit": 0.8,  # holds a figure in the unit that is asked for
    "passage": 0.4,  # place of the passage among those retrieved
    "brief": 0.3,  # a short sentence answers more plainly than a long one
}
BIAS = -9.0

# Words that an answer cannot do without: names of bodies and products, titles, and measures.
_NAME = re.compile(
    r".(?:银行|集团|公司|总局|委员会|支付分|月付|率)$"
    r"|(?:行长|董事长|总裁|股价|市值|利润|营收|利息|额度)$|^[a-z]{3,}$"
)
_FIGURE = re.compile(r"\d[\d.]*[万亿]*[家张倍个款岁年月日%]?")

_KIND_PATTERN: dict[Kind, str] = {
    "number": r"\d",
    "percent": r"\d(?:\.\d+)?%|\d(?:\.\d+)?(?:bp|个百分点|倍|成)|分之",
    "date": r"\d{4}年|\d{1,2}月|\d{1,2}日|季度|\d+年",
    "list": r"、|包括|涵盖|及|和",
    "name": r"《",
    "yes_no": r"不得|不能|不会|不收|可以|可|严禁|允许|禁止|须|应|需",
    "reason": r"因|由于|原因|导致|源于|推动|为了|难以",
    "how": r"通过|应|需|须|要求|实现|依托|借助",
    "person": r"[总董经行主]|表示|认为|指出",
    "organisation": r"银行|公司|集团|机构|局|平台",
    "place": r"省|市|区|县|国|州|[东南西北]",
}
_UNIT = re.compile(
    r"(?:多少|几)(?:亿|万)?(家|个|张|款|种|倍|年|天|日|月|元|位|名|人|次|项|条|户|笔|岁|成)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightedWord:
    """A content word of the question with its inverse document frequency."""

    text: str
    idf: float


def weigh_words(
    words: Sequence[str], frequencies: Sequence[int], chunks: int
) -> list[WeightedWord]:
    """BM25's idf for each word. A word that stands nowhere weighs most: it is what is missing."""
    return [
        WeightedWord(text=word, idf=math.log(1 + (chunks - n + 0.5) / (n + 0.5)))
        for word, n in zip(words, frequencies, strict=True)
    ]


def score_sentences(
    query: Query, words: Sequence[WeightedWord], passages: Sequence[Passage]
) -> list[Evidence]:
    """Every sentence of ``passages`` as evidence, best first; one for each distinct wording."""
    question = _Question(query, words)
    best: dict[str, Evidence] = {}
    for passage in passages:
        texts = [passage.chunk.quote(sentence) for sentence in passage.chunk.sentences]
        normal = [normalize(text) for text in texts]
        title = normalize(f"{passage.article.title} {_dated(passage)}")
        for i, sentence in enumerate(passage.chunk.sentences):
            nearby = "\n".join((title, *normal[max(0, i - 1) : i + 2], _heading(normal, i)))
            features = question.features(normal[i], nearby, passage, i)
            evidence = _evidence(passage, sentence, texts[i], features)
            known = best.get(normal[i])
            if known is None or evidence.score > known.score:
                best[normal[i]] = evidence
    return sorted(best.values(), key=lambda e: (-e.score, e.passage.rank, e.sentence))


class _Question:
    """What is the same for every sentence, computed once."""

    def __init__(self, query: Query, words: Sequence[WeightedWord]) -> None:
        self.kind = query.kind
        self.words = [(normalize(word.text), word.idf) for word in words]
        names = [word.removeprefix("原") for word, _ in self.words if _NAME.search(word)]
        # Figures as typed: 三个省份 asks for three of them, 9家 names which nine are meant.
        self.required = names + _FIGURE.findall(query.text if query.language == "zh" else "")
        self.total = sum(idf for _, idf in self.words) or 1.0
        text = normalize("".join(query.search_texts[-1:]))
        self.bigrams = {text[i : i + 2] for i in range(len(text) - 1) if text[i : i + 2].isalnum()}
        pattern = _KIND_PATTERN.get(query.kind)
        self.pattern = re.compile(pattern) if pattern else None
        unit = _UNIT.search(query.text)
        name = unit[1].replace("钱", "元") if unit else ""
        self.unit = re.compile(rf"\d[\d.]*[亿万多余]*{name}") if unit else None

    def features(self, text: str, nearby: str, passage: Passage, i: int) -> dict[str, float]:
        cosine = passage.sentence_similarity[i]
        shared = sum(1 for bigram in self.bigrams if bigram in text)
        return {
            "similarity": min(max((cosine - _COSINE_FLOOR) / _COSINE_SPAN, 0.0), 1.0),
            "words": self._covered(text),
            "context": self._covered(nearby),
            "constraint": self._met(nearby),
            "bigrams": shared / max(len(self.bigrams), 1),
            "kind": 1.0 if self.pattern is None or self.pattern.search(text) else 0.0,
            "unit": 1.0 if self.unit is None or self.unit.search(text) else 0.0,
            "passage": 1.0 / math.sqrt(passage.rank),
            "brief": min(1.0, 60 / max(len(text), 1)),
        }

    def _covered(self, text: str) -> float:
        """Share, by idf, of the question's words; a long word may stand there in part."""
        return sum(idf * _presence(word, text) for word, idf in self.words) / self.total

    def _met(self, text: str) -> float:
        if not self.required:
            return 1.0
        met = sum(_stands(word, text) for word in self.required)
        return met / len(self.required)


def _stands(word: str, text: str) -> bool:
    """Whether a word is there; a number only as a whole one: 9 is not in 29."""
    if not word[0].isdigit():
        return word in text
    return re.search(rf"(?<![\d.]){re.escape(word)}(?![\d])", text) is not None


def _presence(word: str, text: str) -> float:
    if _stands(word, text):
        return 1.0
    if len(word) < 3 or word[0].isdigit():  # noqa: PLR2004 - too short to stand there in part
        return 0.0
    pairs = [word[i : i + 2] for i in range(len(word) - 1)]
    return 0.8 * sum(pair in text for pair in pairs) / len(pairs)


def _evidence(
    passage: Passage, sentence: Sentence, text: str, features: dict[str, float]
) -> Evidence:
    total = BIAS + sum(weight * features[name] for name, weight in WEIGHTS.items())
    return Evidence(
        passage=passage,
        sentence=sentence,
        text=text,
        score=1 / (1 + math.exp(-total)),
        features=features,
    )


def _heading(texts: Sequence[str], i: int) -> str:
    """The nearest short line above that does not end like a sentence: a section's heading."""
    for text in reversed(texts[:i]):
        if len(text) <= 20 and text[-1:] not in "。！？;；!?,":  # noqa: PLR2004
            return text
    return ""


def _dated(passage: Passage) -> str:
    """Publication year and month as words of the context: 今年 in the text is that year."""
    time = passage.article.published_at
    return f"{time.year}年{time.month}月" if time else ""
