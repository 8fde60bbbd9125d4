"""The story of one question, top to bottom.

Parse, retrieve, score, decide, compose, verify, cite, frame: each step is one function of the
module that is named after it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from index.store import PassageStore
from index.types import Filters, IndexInfo
from rag.cite import Citer
from rag.conflict import Witness, find_conflict_in
from rag.errors import AnswerInvalid
from rag.events import Done, Event, Found, Stage
from rag.evidence import Ranking, rank_sentences
from rag.frame import (
    Outcome,
    abstain,
    frame_answer,
    is_out_of_scope,
    is_unheard_of,
    render_disagreement,
)
from rag.ids import new_id
from rag.llm import ChatModel
from rag.question import clean_question, parse_question, understand
from rag.reread import join_confidences, look
from rag.retrieve import retrieve
from rag.scorer import load_scorer
from rag.settings import RagSettings
from rag.shape import favour_kind
from rag.speak import Help, Speaker, Task
from rag.timing import asks_of_the_future, favour_times
from rag.trace import span
from rag.types import (
    Answer,
    Mode,
    Options,
    Passage,
    Query,
    SearchResult,
    Status,
    Turn,
)  # fmt: skip
from rag.watch import Watch

Clock = Callable[[], datetime]
# Of the confidence that an answer needs, where the question was translated term by term: the words
# that the glossary lacks are missing from every sentence alike.
_TRANSLATED = 0.5
# The same for a question of yes or no: a rule that answers it holds no figure or name to find.
_ALLOWED = 0.5
_NEARLY = 0.1  # of the confidence that an answer needs, where sources disagree about it


class AnswerService:
    """Answers questions over one store. Safe for threads; nothing changes between questions."""

    def __init__(
        self,
        store: PassageStore,
        settings: RagSettings,
        *,
        clock: Clock | None = None,
        model: ChatModel | None = None,
    ) -> None:
        self.store = store
        self._speaker = Speaker(model, settings)
        self._settings = settings
        self._scorer = load_scorer()
        # Scoring holds the interpreter: threads that score at once only take it from each other.
        self._turn = threading.Lock()
        self._clock = clock or (lambda: datetime.now(UTC))

    def ask(
        self,
        question: str,
        *,
        filters: Filters | None = None,
        options: Options | None = None,
        history: Sequence[Turn] = (),
        left: threading.Event | None = None,
    ) -> Answer:
        """Answer a question with proof, or say that there is none.

        Args:
            question: 1..2000 code points with at least one letter or digit.
            filters: which articles may be used.
            options: see ``Options``.
            history: earlier turns, oldest first: what the question lacks is taken from them.
            left: see ``stream``.

        Raises:
            BadQuestion: the question is blank, too long, or holds no word.
        """
        for event in self.stream(
            question, filters=filters, options=options, history=history, left=left
        ):
            if isinstance(event, Done):
                return event.answer
        raise AnswerInvalid("the stream ended without an answer")

    def stream(
        self,
        question: str,
        *,
        filters: Filters | None = None,
        options: Options | None = None,
        history: Sequence[Turn] = (),
        answer_id: str | None = None,
        left: threading.Event | None = None,
    ) -> Iterator[Event]:
        """The same, told while it happens; close the iterator to stop the work.

        ``answer_id`` is for a caller that has told it to its reader already; ``left`` is set by
        another thread once nobody reads any more.

        Raises:
            BadQuestion: as ``ask``, before the first event.
        """
        options = options or Options(top_k=self._settings.top_k)
        watch = Watch()
        filters = filters or Filters()
        query = parse_question(
            question, filters=filters, options=options, now=self._clock(), history=history
        )
        watch.lap("parse")
        help_ = Help(options=options, left=left)
        if history and self._speaker.asks_model(help_):
            yield Stage(name="rewriting")
            whole = self._speaker.rewrite(query, history, help_)
            if whole:  # the words as they were asked are searched, too
                query = understand(
                    query.asked, whole, filters=filters, options=options, asked_at=query.asked_at
                )
            watch.lap("rewrite")
        yield Stage(name="retrieving")
        with span("retrieval", operation__name="retrieval", retrieval__top_k=options.top_k):
            found = retrieve(
                self.store, query, settings=self._settings, top_k=options.top_k, mode=options.mode
            )
        watch.lap("retrieve")
        yield Found(passages=found.passages)
        with self._turn:
            scored = rank_sentences(query, found.passages, self._scorer)
        watch.lap("score")
        # The models are calibrated on scores that no rule has touched.
        looked, confidences = look(query, scored, self._scorer, second=self._settings.second_look)
        watch.lap("read")
        # Of two questions in one, each part wants another kind and time: rules would mix them.
        rankings = looked if query.parts else favour_times(query, favour_kind(query, looked))
        confidence = join_confidences(query, confidences)
        status, witnesses = self._decide(query, confidence, found.passages, scored)
        watch.lap("conflict")
        task = Task(
            query=query, rankings=rankings, witnesses=witnesses, confidences=confidences, help=help_
        )
        citer = Citer(language=query.language, max_citations=options.max_citations_per_sentence)
        if status != "abstained":
            yield Stage(name="generating", found=len(found.passages))
            yield from self._speaker.say(task, citer, watch)
        cited = citer.cited()
        if cited.sentences:
            disagreement = render_disagreement(query, rankings[0], witnesses)
            outcome = frame_answer(
                query, status, cited, found.passages, (*disagreement, *task.notices())
            )
        else:
            outcome = abstain(query, found.passages, rankings[0], witnesses)
        finished = self._finish(query, outcome, confidence, task.generator, watch)
        yield Done(answer=replace(finished, id=answer_id or finished.id, usage=help_.usage()))

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
        watch = Watch()
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

    def uses_model(self) -> bool:
        """Whether a language model may write the answers."""
        return self._speaker.has_model

    def generator(self) -> str:
        """Name of what writes the answers."""
        return self._speaker.name

    def close(self) -> None:
        """Wait for no model any more, and release the store."""
        self._speaker.close()
        self.store.close()

    # -- steps ----------------------------------------------------------------------------------

    def _decide(
        self,
        query: Query,
        confidence: float,
        passages: Sequence[Passage],
        rankings: Sequence[Ranking],
    ) -> tuple[Status, tuple[Witness, ...]]:
        """Three outcomes by how likely it is that the evidence answers, and who disagrees.

        What news cannot know, or had not happened yet, is not answered by anything that is alike.
        """
        if is_out_of_scope(query) or asks_of_the_future(query, passages):
            return "abstained", ()
        if is_unheard_of(query, passages):
            return "abstained", ()
        status = self._status(query, confidence)
        return self._look_for_conflict(query, status, confidence, rankings)

    def _status(self, query: Query, confidence: float) -> Status:
        answered = _either(self._settings.answer_threshold, self._scorer.answered)
        if confidence < self._needed(query):
            return "abstained"
        return "answered" if confidence >= answered else "partial"

    def _needed(self, query: Query) -> float:
        """The confidence that an answer needs."""
        partial = _either(self._settings.partial_threshold, self._scorer.partial)
        translated = query.matched != query.text and query.matched in query.search_texts
        if query.kinds[:1] == ("yes_no",):
            return partial * _ALLOWED
        return partial * _TRANSLATED if translated else partial

    def _look_for_conflict(
        self, query: Query, status: Status, confidence: float, rankings: Sequence[Ranking]
    ) -> tuple[Status, tuple[Witness, ...]]:
        """Sources that disagree make each other unsure: a little confidence is then enough.

        Far from enough, they are why there is no answer. A question of two parts has two right
        values, so each part is looked at alone; for what is new an older value is no disagreement.
        """
        if query.newest:
            return status, ()
        witnesses = find_conflict_in(rankings[1:] or rankings, self._scorer)
        enough = witnesses and confidence >= _NEARLY * self._needed(query)
        return ("partial" if enough and status == "abstained" else status), witnesses

    def _finish(
        self, query: Query, outcome: Outcome, confidence: float, generator: str, watch: Watch
    ) -> Answer:
        return Answer(
            id=new_id("ans"),
            question=query.asked,
            rewritten_question=query.text if query.text != query.asked else None,
            language=query.language,
            status=outcome.status,
            confidence=confidence,
            text=outcome.cited.text,
            sentences=outcome.cited.sentences,
            citations=outcome.cited.citations,
            sources=outcome.passages,
            abstention=outcome.abstention,
            warnings=outcome.notices,
            as_of=outcome.as_of,
            created_at=self._clock(),
            index_version=self.store.version(),
            generator=generator,
            embedder=self.store.embedder(),
            timings_ms=watch.laps | {"total": watch.total()},
        )


def _either(chosen: float | None, default: float) -> float:
    return default if chosen is None else chosen
