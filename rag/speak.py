"""Steps 6 and 7: say it, and prove every sentence before anybody sees it.

Also the other thing that a language model is asked for: a follow-up question as one that stands on
its own.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from threading import Event

from rag import prompts
from rag.cite import Citer
from rag.compose import GENERATOR, Draft, compose
from rag.conflict import Witness
from rag.dates import relative_periods
from rag.errors import BadModelOutput, BadQuestion, UpstreamError
from rag.events import Said
from rag.evidence import Ranking
from rag.llm import ChatModel, Tokens
from rag.question import clean_question
from rag.settings import RagSettings
from rag.types import Notice, Options, Query, Turn, Usage
from rag.verify import Verdict, verify_sentence
from rag.watch import Watch
from rag.write import build_messages, choose_passages, rewrite_messages, write_drafts

_LOG = logging.getLogger("huawen.rag")
_REWRITE_SECONDS = 8.0  # a reader waits for the answer after that
_LONGEST_REWRITE = 300  # characters; more is no question


@dataclass(frozen=True, slots=True)
class _Limits:
    """Sentences and characters of one answer at most."""

    sentences: int
    chars: int


@dataclass(slots=True, kw_only=True)
class Help:
    """What a model did for one question, and how it failed."""

    options: Options
    left: Event | None = None  # set once nobody reads any more
    tokens: Tokens = field(default_factory=Tokens)
    failure: str = ""  # code of the model's failure; it is not asked again then

    def usage(self) -> Usage:
        """Tokens that it read and wrote."""
        return Usage(input_tokens=self.tokens.input, output_tokens=self.tokens.output)

    def gone(self) -> bool:
        """Whether the reader has left."""
        return self.left is not None and self.left.is_set()


@dataclass(slots=True, kw_only=True)
class Task:
    """What is to be said of one question, and what became of a model that tried."""

    query: Query
    rankings: Sequence[Ranking]
    witnesses: Sequence[Witness]
    confidences: Sequence[float]
    help: Help
    generator: str = GENERATOR
    dropped: int = 0  # sentences of the model without proof

    def notices(self) -> tuple[Notice, ...]:
        """What a reader should know about the model's part."""
        own = self.generator == GENERATOR
        codes = []
        if self.help.failure:
            codes.append("model_failed" if own else "model_cut_off")
        elif self.dropped and own:
            codes.append("model_unsupported")
        if self.dropped and not own:
            codes.append("unsupported_removed")
        language = self.query.language
        return tuple(Notice(code=code, message=prompts.WARNING[code][language]) for code in codes)


class Speaker:
    """Says what the evidence says: with a model where there is one, else by extraction."""

    def __init__(self, model: ChatModel | None, settings: RagSettings) -> None:
        self.name = model.name if model else GENERATOR
        self.has_model = model is not None
        self._model = model
        self._settings = settings

    def close(self) -> None:
        """Wait for no model any more."""
        if self._model is not None:
            self._model.close()

    def asks_model(self, help_: Help) -> bool:
        """Whether a model has a part in this answer."""
        return self.has_model and help_.options.style != "extractive" and not help_.failure

    def rewrite(self, query: Query, history: Sequence[Turn], help_: Help) -> str | None:
        """The last question as one that stands on its own; None where that changes nothing.

        A model that fails here is not asked to write either.
        """
        if self._model is None:
            return None
        messages = rewrite_messages(query.asked, history, query.language)
        try:
            pieces = self._model.stream(
                messages, left=help_.left, tokens=help_.tokens, seconds=_REWRITE_SECONDS
            )
            return _one_question("".join(pieces), query.asked)
        except BadModelOutput as error:
            _LOG.warning("%s %s", error.code, error)
            return None
        except UpstreamError as error:
            _LOG.warning("%s %s", error.code, error)
            help_.failure = error.code
            return None

    def say(self, task: Task, citer: Citer, watch: Watch) -> Iterator[Said]:
        """Proved sentences: the model's where there is one, the articles' own where there is not.

        What a reader has seen stays; the articles' own words come only where nothing was said. Of a
        model every sentence must be supported; a part of one is not enough.
        """
        said = False
        for draft in self._write(task):
            watch.lap("generate")
            verdict = _verify(draft)
            watch.lap("verify")
            if verdict.support == "supported":
                said = True
                sentence = citer.add(draft, verdict)
                yield Said(sentence=sentence, citations=citer.citations(sentence))
            else:
                task.dropped += 1
        if said:
            return
        task.generator = GENERATOR
        drafts = self._compose(task)
        watch.lap("generate")
        for draft in drafts:
            verdict = _verify(draft)
            if verdict.support in ("supported", "partial"):
                sentence = citer.add(draft, verdict)
                yield Said(sentence=sentence, citations=citer.citations(sentence))
        watch.lap("verify")

    def _write(self, task: Task) -> Iterator[Draft]:
        """What the model writes; nothing where it is not asked, a code where it fails.

        Sources that disagree are shown side by side by a rule of ours, not in prose.
        """
        if self._model is None or not self.asks_model(task.help) or task.witnesses:
            return
        limits = self._limits(task.help.options)
        passages = choose_passages(task.rankings[0])
        messages = build_messages(
            task.query, passages, max_sentences=limits.sentences, max_chars=limits.chars,
            hint=task.help.options.style_hint,
        )  # fmt: skip
        task.generator = self._model.name
        try:
            stream = self._model.stream(
                messages, left=task.help.left, tokens=task.help.tokens
            )  # fmt: skip
            with closing(stream) as pieces:
                yield from write_drafts(
                    pieces, passages, task.rankings[0],
                    language=task.query.language, max_sentences=2 * limits.sentences,
                )  # fmt: skip
        except UpstreamError as error:
            _LOG.warning("%s %s", error.code, error)
            task.help.failure = error.code
        if task.help.gone():
            task.help.failure = "left"

    def _compose(self, task: Task) -> list[Draft]:
        limits = self._limits(task.help.options)
        return compose(
            task.query,
            task.rankings,
            witnesses=task.witnesses,
            confidences=task.confidences,
            max_sentences=limits.sentences,
            max_chars=limits.chars,
        )

    def _limits(self, options: Options) -> _Limits:
        times = 2 if options.style == "detailed" else 1
        return _Limits(
            sentences=times * self._settings.max_sentences, chars=times * self._settings.max_chars
        )


def _one_question(written: str, asked: str) -> str | None:
    """The model's question; None where it wrote none, much more than one, or the same again."""
    lines = [line.strip() for line in written.splitlines() if line.strip()]
    if len(lines) != 1 or len(lines[0]) > _LONGEST_REWRITE:
        return None
    try:
        question = clean_question(lines[0])
    except BadQuestion:
        return None
    return None if question == asked else question


def _verify(draft: Draft) -> Verdict:
    """An English frame is ours; what must be proved is the quote inside it."""
    meant = [
        period
        for evidence in draft.evidence
        for period in relative_periods(evidence.text, evidence.passage.article)
    ]
    return verify_sentence(draft.claim, [one.text for one in draft.evidence], meant)
