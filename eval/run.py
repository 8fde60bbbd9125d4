"""A run: every case asked, scored, and kept in a folder that a later call can resume."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from api.http.schemas import AnswerOut
from eval.cases import Case
from eval.citations import score_citations
from eval.folder import read_rows, write_rows, write_summary, write_trec
from eval.judge import Judge
from eval.metrics import score_answer
from eval.ranking import Place, score_rankings
from eval.suites import Suite
from eval.summary import Row, RunConfig, RunSummary, summarize
from eval.targets import Target, TargetError

_FLUSH_EVERY = 20

Progress = Callable[[int, int], None]


def run_suite(
    suite: Suite,
    target: Target,
    judge: Judge,
    *,
    config: RunConfig,
    folder: Path,
    progress: Progress,
) -> tuple[RunSummary, list[Row]]:
    """Ask what ``folder`` does not hold yet, score it, and write the numbers.

    Interrupted, the folder keeps every answer so far; the same call goes on from there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    done = {row.key: row for row in read_rows(folder) if not row.error}
    wanted = [(case, n) for n in range(config.repeat) for case in suite.cases]
    missing = [(case, n) for case, n in wanted if (case.id, n) not in done]
    scoring = 0.0
    if missing:
        with suppress(TargetError):  # a warm-up; the question is asked again, and counted then
            target.ask(suite.cases[0])
    write_rows(folder, list(done.values()))
    started = time.perf_counter()
    with (folder / "cases.jsonl").open("a", encoding="utf-8") as out:
        asked = _ask_all(missing, target, config.jobs)
        for count, (case, n, reply) in enumerate(asked, start=1):
            before = time.perf_counter()
            row = _score(case, n, reply, judge, target)
            done[row.key] = row
            out.write(row.to_json() + "\n")
            scoring += time.perf_counter() - before
            if count % _FLUSH_EVERY == 0 or count == len(missing):
                out.flush()
                os.fsync(out.fileno())
            progress(len(wanted) - len(missing) + count, len(wanted))
    asking = time.perf_counter() - started - scoring
    rows = [done[case.id, n] for case, n in wanted]
    before = time.perf_counter()
    rows = _with_rankings(suite, rows)
    summary = summarize(
        rows, config, asking_s=asking, scoring_s=scoring + time.perf_counter() - before
    )
    write_rows(folder, rows)
    write_summary(folder, summary)
    write_trec(folder, rows)
    return summary, rows


def _ask_all(
    cases: Sequence[tuple[Case, int]], target: Target, jobs: int
) -> Iterator[tuple[Case, int, tuple[AnswerOut, float] | str]]:
    def ask(pair: tuple[Case, int]) -> tuple[Case, int, tuple[AnswerOut, float] | str]:
        case, n = pair
        try:
            reply = target.ask(case)
            return case, n, (reply.answer, reply.ms)
        except TargetError as error:
            return case, n, str(error)

    if jobs == 1:
        yield from map(ask, cases)
        return
    with ThreadPoolExecutor(jobs) as pool:
        try:
            yield from pool.map(ask, cases)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _score(
    case: Case, n: int, reply: tuple[AnswerOut, float] | str, judge: Judge, target: Target
) -> Row:
    answer, ms = reply if isinstance(reply, tuple) else (None, 0.0)
    scores: dict[str, float] = {}
    if answer is not None:
        abstained = answer.status == "abstained"
        scores = score_answer(case, "" if abstained else answer.answer)
        scores |= score_citations(case, answer, judge, target.text_of)
        if abstained:
            scores.pop("answer/chars")
        if case.claims and not abstained:
            required = [claim for claim in case.claims if claim.required]
            said = [judge.judge(claim.text, [answer.answer]).supported for claim in required]
            scores["answer/claim_recall"] = sum(said) / max(len(said), 1)
        if case.conflict is not None:
            shown = any(w.code == "conflicting_sources" for w in answer.warnings)
            name = "conflict/shown" if case.conflict else "conflict/false_alarm"
            scores[name] = float(shown)
    return Row(
        id=case.id, repeat=n, type=case.type, tags=case.tags, question=case.question,
        answerable=case.answerable, conflict=case.conflict, ms=round(ms, 3), answer=answer,
        scores=scores, error=reply if isinstance(reply, str) else "",
    )  # fmt: skip


def _with_rankings(suite: Suite, rows: Sequence[Row]) -> list[Row]:
    """Retrieval metrics of all rows at once: that is how ir-measures works fast."""
    case_of = {case.id: case for case in suite.cases}
    rankings = {
        f"{row.id}#{row.repeat}": (case_of[row.id], _places(row.answer))
        for row in rows
        if row.answer is not None
    }
    found = score_rankings(rankings)
    for row in rows:
        row.scores.update(found.get(f"{row.id}#{row.repeat}", {}))
    return list(rows)


def _places(answer: AnswerOut) -> list[Place]:
    same = {c.document.id: tuple(r.id for r in c.reprints) for c in answer.citations}
    return [
        Place(
            document_id=s.document_id, start=s.start, end=s.end,
            reprints=same.get(s.document_id, ()),
        )
        for s in answer.sources
    ]  # fmt: skip
