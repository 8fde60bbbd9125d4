"""Steps 6 and 7: say it, and prove every sentence before anybody sees it."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from threading import Event

from rag import prompts
from rag.cite import Citer
from rag.compose import GENERATOR, Draft, compose
from rag.conflict import Witness
from rag.dates import relative_periods
from rag.errors import UpstreamError
from rag.events import Said
from rag.evidence import Ranking
from rag.llm import ChatModel
from rag.settings import RagSettings
from rag.types import Notice, Options, Query
from rag.verify import Verdict, verify_sentence
from rag.watch import Watch
from rag.write import build_messages, choose_passages, write_drafts

_LOG = logging.getLogger("huawen.rag")


@dataclass(frozen=True, slots=True)
class _Limits:
    """Sentences and characters of one answer at most."""

    sentences: int
    chars: int


@dataclass(slots=True, kw_only=True)
class Task:
    """What is to be said of one question, and what became of a model that tried."""

    query: Query
    rankings: Sequence[Ranking]
    witnesses: Sequence[Witness]
    options: Options
    left: Event | None = None
    generator: str = GENERATOR
    written: int = 0  # sentences that the model wrote
    dropped: int = 0  # of them, without proof
    failure: str = ""  # code of the model's failure

    def notices(self) -> tuple[Notice, ...]:
        """What a reader should know about the model's part."""
        own = self.generator == GENERATOR
        codes = []
        if self.failure:
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

    def say(self, task: Task, citer: Citer, watch: Watch) -> Iterator[Said]:
        """Proved sentences: the model's where there is one, the articles' own where there is not.

        What a reader has seen stays; the articles' own words come only where nothing was said.
        """
        said = False
        for draft in self._write(task):
            watch.lap("generate")
            verdict = _verify(draft)
            watch.lap("verify")
            if _stands(verdict):
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
            if _stands(verdict):
                sentence = citer.add(draft, verdict)
                yield Said(sentence=sentence, citations=citer.citations(sentence))
        watch.lap("verify")

    def _write(self, task: Task) -> Iterator[Draft]:
        """What the model writes; nothing where it is not asked, a code where it fails.

        Sources that disagree are shown side by side by a rule of ours, not in prose.
        """
        if self._model is None or task.options.style == "extractive" or task.witnesses:
            return
        limits = self._limits(task.options)
        passages = choose_passages(task.rankings[0])
        messages = build_messages(
            task.query, passages, max_sentences=limits.sentences, max_chars=limits.chars
        )
        task.generator = self._model.name
        try:
            with closing(self._model.stream(messages)) as pieces:
                for draft in write_drafts(
                    _while_read(pieces, task.left), passages, task.rankings[0],
                    language=task.query.language, max_sentences=2 * limits.sentences,
                ):  # fmt: skip
                    task.written += 1
                    yield draft
        except UpstreamError as error:
            _LOG.warning("%s %s", error.code, error)
            task.failure = error.code

    def _compose(self, task: Task) -> list[Draft]:
        limits = self._limits(task.options)
        return compose(
            task.query,
            task.rankings,
            witnesses=task.witnesses,
            max_sentences=limits.sentences,
            max_chars=limits.chars,
        )

    def _limits(self, options: Options) -> _Limits:
        times = 2 if options.style == "detailed" else 1
        return _Limits(
            sentences=times * self._settings.max_sentences, chars=times * self._settings.max_chars
        )


def _while_read(pieces: Iterator[str], left: Event | None) -> Iterator[str]:
    for piece in pieces:
        if left is not None and left.is_set():
            return
        yield piece


def _verify(draft: Draft) -> Verdict:
    """An English frame is ours; what must be proved is the quote inside it."""
    meant = [
        period
        for evidence in draft.evidence
        for period in relative_periods(evidence.text, evidence.passage.article)
    ]
    return verify_sentence(draft.claim, [one.text for one in draft.evidence], meant)


def _stands(verdict: Verdict) -> bool:
    return verdict.support in ("supported", "partial")
