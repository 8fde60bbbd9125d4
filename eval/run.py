"""A run: every case asked, scored, and kept in a folder that a later call can resume."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from statistics import fmean

from api.http.schemas import AnswerOut
from eval.cases import Case
from eval.citations import Evidence, score_citations
from eval.errors import NotComparable
from eval.folder import (
    read_config,
    read_rows,
    write_config,
    write_rows,
    write_summary,
    write_trec,
)
from eval.judge import Judge
from eval.metrics import score_answer, strip_markers
from eval.ranking import score_rankings
from eval.suites import Suite
from eval.summary import Row, RunConfig, RunSummary, summarize
from eval.targets import Reply, Target, TargetError

_SYNC_EVERY = 20  # rows; every one is out of this process at once, so a kill loses none

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

    Interrupted, the folder keeps every answer so far; the same call goes on from there. A question
    that failed stays failed until ``folder.forget_errors``.

    Args:
        suite: what to ask.
        target: whom.
        judge: who decides whether quotes prove sentences.
        config: what the run is made with, kept in the folder.
        folder: of the run.
        progress: hears how many of how many are done.

    Raises:
        NotComparable: the folder was begun with another set, judge, stage, mode or seed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _check_begun(folder, config)
    write_config(folder, config)
    done = {row.key: row for row in read_rows(folder)}
    wanted = [(case, n) for n in range(config.repeat) for case in suite.cases]
    missing = [(case, n) for case, n in wanted if (case.id, n) not in done]
    ask = target.search if config.stage == "retrieval" else target.ask
    if missing:
        with suppress(TargetError):  # a warm-up; the question is asked again, and counted then
            ask(suite.cases[0])
    write_rows(folder, list(done.values()))
    started, scoring = time.perf_counter(), 0.0
    with (folder / "cases.jsonl").open("a", encoding="utf-8") as out:
        for count, (case, n, reply) in enumerate(_ask_all(missing, ask, config.jobs), start=1):
            before = time.perf_counter()
            row = _score(case, n, reply, judge, target)
            done[row.key] = row
            out.write(row.to_json() + "\n")
            out.flush()
            if count % _SYNC_EVERY == 0:
                os.fsync(out.fileno())
            scoring += time.perf_counter() - before
            progress(len(wanted) - len(missing) + count, len(wanted))
    asking = time.perf_counter() - started - scoring
    before = time.perf_counter()
    rows = _with_rankings(suite, [done[case.id, n] for case, n in wanted])
    summary = summarize(rows, config, asking_s=asking, asked=len(missing))
    summary = replace(summary, scoring_s=scoring + time.perf_counter() - before)
    write_rows(folder, rows)
    write_summary(folder, summary)
    write_trec(folder, rows)
    return summary, rows


def _check_begun(folder: Path, config: RunConfig) -> None:
    begun = read_config(folder)
    for name in ("suite_sha256", "judge", "stage", "mode", "seed") if begun else ():
        was, now = getattr(begun, name), getattr(config, name)
        if was != now:
            raise NotComparable(
                f"the run {folder.name!r} was begun with {name} {was!r}, not {now!r}",
                hint="Go on with the options that it was begun with, or give another --name.",
            )


def _ask_all(
    cases: Sequence[tuple[Case, int]], ask: Callable[[Case], Reply], jobs: int
) -> Iterator[tuple[Case, int, Reply | str]]:
    def guarded(pair: tuple[Case, int]) -> tuple[Case, int, Reply | str]:
        case, n = pair
        try:
            return case, n, ask(case)
        except TargetError as error:
            return case, n, str(error)

    if jobs == 1:
        yield from map(guarded, cases)
        return
    with ThreadPoolExecutor(jobs) as pool:
        try:
            yield from pool.map(guarded, cases)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _score(case: Case, n: int, reply: Reply | str, judge: Judge, target: Target) -> Row:
    came = reply if isinstance(reply, Reply) else Reply(answer=None, ms=0.0)
    scores: dict[str, float] = {}
    evidence: tuple[Evidence, ...] = ()
    if came.answer:
        scores, evidence = _score_answer(case, came.answer, judge, target)
    return Row(
        id=case.id, repeat=n, type=case.type, tags=case.tags, question=case.question,
        answerable=case.answerable, conflict=case.conflict, paraphrase_of=case.paraphrase_of,
        answer=came.answer, scores=scores, evidence=evidence,
        found=came.found, ms=round(came.ms, 3),
        first_event_ms=came.first_event_ms,
        first_sentence_ms=came.first_sentence_ms,
        error=reply if isinstance(reply, str) else "",
    )  # fmt: skip


def _score_answer(
    case: Case, answer: AnswerOut, judge: Judge, target: Target
) -> tuple[dict[str, float], tuple[Evidence, ...]]:
    abstained = answer.status == "abstained"
    scores = score_answer(case, "" if abstained else answer.answer)
    cited, evidence = score_citations(case, answer, judge, target.text_of)
    scores |= cited
    if abstained:
        scores.pop("answer/chars")
    required = [claim for claim in case.claims if claim.required]
    if required:
        said = [
            not abstained and judge.judge(claim.text, [strip_markers(answer.answer)]).supported
            for claim in required
        ]
        scores["answer/claim_recall"] = fmean(said)
    if case.conflict is not None:
        shown = any(w.code == "conflicting_sources" for w in answer.warnings)
        name = "conflict/shown" if case.conflict else "conflict/false_alarm"
        scores[name] = float(shown)
    used = answer.usage
    if used.input_tokens or used.output_tokens:
        scores["cost/tokens_in"] = float(used.input_tokens)
        scores["cost/tokens_out"] = float(used.output_tokens)
    return scores, evidence


def _with_rankings(suite: Suite, rows: Sequence[Row]) -> list[Row]:
    """Retrieval metrics of all rows at once: that is how ir-measures works fast."""
    case_of = {case.id: case for case in suite.cases}
    found = score_rankings(
        {f"{r.id}#{r.repeat}": (case_of[r.id], r.found) for r in rows if not r.error}
    )
    for row in rows:
        row.scores.update(found.get(f"{row.id}#{row.repeat}", {}))
    return list(rows)
