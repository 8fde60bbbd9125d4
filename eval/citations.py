"""How well the citations of an answer prove it: ALCE's recall and precision, and exactness.

Source: Gao et al. 2023, "Enabling Large Language Models to Generate Text with Citations".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from statistics import fmean

from api.http.schemas import AnswerOut, CitationOut, SentenceOut
from eval.cases import Case
from eval.judge import Judge
from eval.metrics import strip_markers
from rag.clean import clean_label
from rag.dates import CHINA
from rag.prompts import BULLET, render_credit


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the judge said of one sentence; ``reason`` is "" where it is supported."""

    sentence: str
    supported: bool
    reason: str


TextOf = Callable[[str], str | None]
_ENGLISH_FRAME = re.compile(r"^[^“]*?: ?“(.*)”[.\s]*$", re.DOTALL)


def score_citations(
    case: Case, answer: AnswerOut, judge: Judge, text_of: TextOf
) -> tuple[dict[str, float], tuple[Evidence, ...]]:
    """Every citation metric of an answer, and what the judge said; nothing for an abstention.

    Args:
        case: its gold spans name the documents that should be cited.
        answer: as the service gave it.
        judge: decides whether quotes prove a sentence.
        text_of: the text of a document by identifier, None where it is unknown.
    """
    if answer.status == "abstained":
        return {}, ()
    sentences = [s for s in answer.sentences if s.support != "not_required"]
    quotes = _quotes_by_number(answer)
    credits = {
        c.number: render_credit(clean_label(c.document.publisher), _day(c))
        for c in answer.citations
    }
    judged = [
        _judge_sentence(sentence, _without_frame(sentence, credits), quotes, judge)
        for sentence in sentences
    ]
    evidence = tuple(one for one, _ in judged)
    recall = fmean(one.supported for one in evidence) if evidence else 1.0
    single = [one for _, ones in judged for one in ones]
    precision = fmean(single) if single else 0.0
    scores = {
        "citation/recall": recall,
        "citation/precision": precision,
        "citation/f1": 2 * recall * precision / (recall + precision) if recall + precision else 0.0,
        "citation/coverage": fmean(bool(s.citations) for s in sentences) if sentences else 1.0,
        "citation/density": fmean(len(s.citations) for s in sentences) if sentences else 0.0,
        "citation/quote_exact": _exactness(answer, text_of),
        "citation/quote_chars": fmean(len(q.text) for c in answer.citations for q in c.quotes),
    }
    return scores | _against_gold(case, answer), evidence


def _quotes_by_number(answer: AnswerOut) -> dict[tuple[int, int], str]:
    """Quotes of each (citation, sentence), joined."""
    return {
        (citation.number, index): "\n".join(
            q.text for q in citation.quotes if index in q.sentence_indexes
        )
        for citation in answer.citations
        for index in range(len(answer.sentences))
    }


def _day(citation: CitationOut) -> date | None:
    published = citation.document.published_at
    return published.astimezone(CHINA).date() if published else None


def _without_frame(sentence: SentenceOut, credits: Mapping[int, str]) -> str:
    """What the quote must prove: outlet and date around it are those of the citation's card."""
    said = strip_markers(sentence.text).removeprefix(BULLET)
    if framed := _ENGLISH_FRAME.match(said):
        return framed[1]
    for number in sentence.citations:
        said = said.removeprefix(credits.get(number, ""))
    return said


def _judge_sentence(
    sentence: SentenceOut, said: str, quotes: Mapping[tuple[int, int], str], judge: Judge
) -> tuple[Evidence, list[float]]:
    """Whether its quotes prove what a sentence said, and precision of each of its citations."""
    proofs = [quotes.get((number, sentence.index), "") for number in sentence.citations]
    if not any(proofs):
        return Evidence(said, supported=False, reason="has no citation"), [0.0] * len(proofs)
    judged = judge.judge(said, proofs)
    evidence = Evidence(said, supported=judged.supported, reason=judged.reason)
    if not judged.supported:
        return evidence, [0.0] * len(proofs)
    precise = []
    for i, proof in enumerate(proofs):
        others = proofs[:i] + proofs[i + 1 :]
        alone = judge.judge(said, [proof]).supported
        needed = not others or not judge.judge(said, others).supported
        precise.append(float(alone or needed))
    return evidence, precise


def _exactness(answer: AnswerOut, text_of: TextOf) -> float:
    exact = []
    for citation in answer.citations:
        text = text_of(citation.document.id)
        exact += [
            float(text is not None and text[quote.start : quote.end] == quote.text)
            for quote in citation.quotes
        ]
    return fmean(exact) if exact else 1.0


def _against_gold(case: Case, answer: AnswerOut) -> dict[str, float]:
    """A citation counts as the gold document where it is one, or reprints one."""
    gold = {span.document_id for span in case.gold}
    if not gold:
        return {}
    cited = [
        {citation.document.id, *(other.id for other in citation.reprints)}
        for citation in answer.citations
    ]
    right = sum(bool(names & gold) for names in cited)
    found = sum(any(one in names for names in cited) for one in gold)
    return {
        "citation/gold_precision": right / len(cited) if cited else 0.0,
        "citation/gold_recall": found / len(gold),
    }
