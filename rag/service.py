"""The story of one question, top to bottom.

Parse, retrieve, score, decide, compose, verify, cite, frame: each step is one function of the
module that is named after it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from index.store import PassageStore
from index.types import Filters, IndexInfo
from rag import prompts
from rag.cite import Cited, cite
from rag.compose import GENERATOR, Draft, compose
from rag.evidence import WeightedWord, score_sentences, weigh_words
from rag.ids import new_id
from rag.question import clean_question, parse_question
from rag.retrieve import retrieve
from rag.settings import RagSettings
from rag.types import (
    Abstention,
    AbstentionReason,
    Answer,
    AnswerSentence,
    Evidence,
    Mode,
    Notice,
    Options,
    Passage,
    Query,
    SearchResult,
    Status,
    Turn,
)  # fmt: skip
from rag.verify import Verdict, verify_sentence

Clock = Callable[[], datetime]


class AnswerService:
    """Answers questions over one store. Safe for threads; nothing changes between questions."""

    def __init__(
        self, store: PassageStore, settings: RagSettings, *, clock: Clock | None = None
    ) -> None:
        self.store = store
        self._settings = settings
        self._clock = clock or (lambda: datetime.now(UTC))

    def ask(
        self,
        question: str,
        *,
        filters: Filters | None = None,
        options: Options | None = None,
        history: Sequence[Turn] = (),
    ) -> Answer:
        """Answer a question with proof, or say that there is none.

        Args:
            question: 1..2000 code points with at least one letter or digit.
            filters: which articles may be used.
            options: see ``Options``.
            history: earlier turns, oldest first; the question stands on its own for now.

        Raises:
            BadQuestion: the question is blank, too long, or holds no word.
        """
        options = options or Options(top_k=self._settings.top_k)
        watch = _Watch()
        query = parse_question(
            question, filters=filters or Filters(), options=options, now=self._clock()
        )
        watch.lap("parse")
        found = retrieve(
            self.store, query, settings=self._settings, top_k=options.top_k, mode=options.mode
        )
        watch.lap("retrieve")
        words = self._weigh(query)
        ranked = score_sentences(query, words, found.passages)
        watch.lap("score")
        status = self._decide(ranked)
        drafts = self._compose(query, ranked, words) if status != "abstained" else []
        watch.lap("compose")
        verdicts = [_verify(draft) for draft in drafts]
        kept = [pair for pair in zip(drafts, verdicts, strict=True) if _stands(pair[1])]
        watch.lap("verify")
        cited = cite(
            [draft for draft, _ in kept],
            [verdict for _, verdict in kept],
            max_citations=options.max_citations_per_sentence,
        )
        watch.lap("cite")
        if kept:
            outcome = self._frame(query, status, cited, found.passages)
        else:
            outcome = _abstain(query, found.passages)
        return self._finish(query, outcome, watch)

    def search(
        self,
        query: str,
        *,
        filters: Filters | None = None,
        top_k: int = 10,
        mode: Mode = "hybrid",
    ) -> SearchResult:
        """Passages for a text, best first.

        Raises:
            BadQuestion: the text is blank, too long, or holds no word.
        """
        watch = _Watch()
        options = Options(top_k=top_k, mode=mode)
        parsed = parse_question(
            query, filters=filters or Filters(), options=options, now=self._clock()
        )
        found = retrieve(self.store, parsed, settings=self._settings, top_k=top_k, mode=mode)
        return SearchResult(
            query=clean_question(query),
            mode=mode,
            passages=found.passages,
            index_version=self.store.version(),
            took_ms=watch.total(),
        )

    def info(self) -> IndexInfo:
        """What the answers are drawn from."""
        return self.store.info()

    def close(self) -> None:
        """Release the store."""
        self.store.close()

    # -- steps ----------------------------------------------------------------------------------

    def _weigh(self, query: Query) -> list[WeightedWord]:
        frequencies = self.store.document_frequency(query.words)
        return weigh_words(query.words, frequencies, self.store.count())

    def _decide(self, ranked: Sequence[Evidence]) -> Status:
        """Three outcomes by the confidence of the best sentence."""
        # A sentence about none of the question's names and figures is about something else.
        about = ranked and ranked[0].features["constraint"] > 0
        best = ranked[0].score if about else 0.0
        if best >= self._settings.answer_threshold:
            return "answered"
        return "partial" if best >= self._settings.partial_threshold else "abstained"

    def _compose(
        self, query: Query, ranked: Sequence[Evidence], words: Sequence[WeightedWord]
    ) -> list[Draft]:
        return compose(
            query,
            ranked,
            words,
            max_sentences=self._settings.max_sentences,
            max_chars=self._settings.max_chars,
        )

    def _frame(
        self, query: Query, status: Status, cited: Cited, passages: tuple[Passage, ...]
    ) -> _Outcome:
        dates = [c.article.published_at for c in cited.citations if c.article.published_at]
        return _Outcome(
            status=status,
            cited=cited,
            passages=passages,
            abstention=None,
            notices=_notices(query, status, cited),
            as_of=max(dates, default=None),
        )

    def _finish(self, query: Query, outcome: _Outcome, watch: _Watch) -> Answer:
        return Answer(
            id=new_id("ans"),
            question=query.text,
            language=query.language,
            status=outcome.status,
            text=outcome.cited.text,
            sentences=outcome.cited.sentences,
            citations=outcome.cited.citations,
            sources=outcome.passages,
            abstention=outcome.abstention,
            warnings=outcome.notices,
            as_of=outcome.as_of,
            created_at=self._clock(),
            index_version=self.store.version(),
            generator=GENERATOR,
            embedder=self.store.embedder(),
            timings_ms=watch.laps | {"total": watch.total()},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcome:
    """What an answer says, before it has an identifier and a time."""

    status: Status
    cited: Cited
    passages: tuple[Passage, ...]
    abstention: Abstention | None
    notices: tuple[Notice, ...]
    as_of: datetime | None


def _abstain(query: Query, passages: tuple[Passage, ...]) -> _Outcome:
    reason: AbstentionReason = "insufficient_evidence" if passages else "no_relevant_source"
    text = prompts.NO_EVIDENCE[query.language]
    sentence = AnswerSentence(
        index=0,
        text=text,
        start=0,
        end=len(text),
        citations=(),
        support="not_required",
        score=0.0,
    )
    return _Outcome(
        status="abstained",
        cited=Cited(text=text, sentences=(sentence,), citations=()),
        passages=passages,
        abstention=Abstention(reason=reason, message=prompts.ABSTENTION[reason][query.language]),
        notices=(),
        as_of=None,
    )


def _verify(draft: Draft) -> Verdict:
    """An English frame is ours; what must be proved is the quote inside it."""
    return verify_sentence(draft.claim, [evidence.text for evidence in draft.evidence])


def _stands(verdict: Verdict) -> bool:
    return verdict.support in ("supported", "partial")


def _notices(query: Query, status: Status, cited: Cited) -> tuple[Notice, ...]:
    articles = [citation.article for citation in cited.citations]
    codes = []
    if status == "partial":
        codes.append("weak_evidence")
    if any(article.truncated for article in articles):
        codes.append("truncated_source")
    if any(article.published_at is None for article in articles):
        codes.append("undated_source")
    if any(word in cited.text for word in ("今年", "去年", "目前", "近期", "上半年")):
        codes.append("relative_time")
    return tuple(Notice(code=code, message=prompts.WARNING[code][query.language]) for code in codes)


class _Watch:
    """Milliseconds since the lap before, by name."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._start = self._last = time.perf_counter()

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self.laps[name] = round(1000 * (now - self._last), 3)
        self._last = now

    def total(self) -> float:
        return round(1000 * (time.perf_counter() - self._start), 3)
