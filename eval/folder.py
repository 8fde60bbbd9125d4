"""The folder of a run, written, read and found.

``config.json`` is there from the beginning, ``cases.jsonl`` grows, ``run.json`` and
``trec_run.txt`` come at the end.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from eval.aggregate import Estimate
from eval.errors import NotComparable, UnknownName
from eval.norm import NORM
from eval.ranking import RELEVANCE
from eval.summary import Row, RunConfig, RunSummary

SCHEMA = 1


def read_rows(folder: Path) -> list[Row]:
    """The rows of a run's folder; a line that was cut off by a kill is left out."""
    path = folder / "cases.jsonl"
    if not path.exists():
        return []
    rows = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            rows.append(Row.from_json(line))
        except json.JSONDecodeError:
            continue
    return rows


def write_rows(folder: Path, rows: Sequence[Row]) -> None:
    """Replace ``cases.jsonl`` at once."""
    _replace(folder / "cases.jsonl", "".join(row.to_json() + "\n" for row in rows))


def forget_errors(folder: Path) -> int:
    """Take the questions that failed out of a run, so that it asks them again; how many."""
    rows = read_rows(folder)
    good = [row for row in rows if not row.error]
    write_rows(folder, good)
    return len(rows) - len(good)


def write_summary(folder: Path, summary: RunSummary) -> None:
    """Write ``run.json``."""
    _replace(folder / "run.json", json.dumps(to_json(summary), ensure_ascii=False, indent=1))


def to_json(summary: RunSummary) -> dict[str, Any]:
    """``run.json``."""
    return {
        "schema": SCHEMA,
        "created_at": summary.created_at.isoformat(),
        "config": asdict(summary.config),
        "norm": NORM,
        "relevance": RELEVANCE,
        "cases": summary.cases,
        "errors": summary.errors,
        "asking_s": round(summary.asking_s, 3),
        "scoring_s": round(summary.scoring_s, 3),
        "environment": summary.environment,
        "overall": {name: one.to_json() for name, one in summary.overall.items()},
        "by_type": _groups(summary.by_type),
        "by_tag": _groups(summary.by_tag),
    }


def _groups(found: dict[str, dict[str, Estimate]]) -> dict[str, dict[str, dict[str, float]]]:
    return {
        group: {name: one.to_json() for name, one in metrics.items()}
        for group, metrics in found.items()
    }


def read_summary(folder: Path) -> RunSummary:
    """Read ``run.json``.

    Raises:
        NotComparable: a newer huawen wrote it.
        UnknownName: there is no finished run in the folder.
    """
    path = folder / "run.json"
    if not path.exists():
        raise UnknownName("finished run", folder.name, list_runs(folder.parent))
    record = json.loads(path.read_text(encoding="utf-8"))
    if record["schema"] > SCHEMA:
        raise NotComparable(f"the run {folder.name!r} was written by a newer huawen")

    def estimates(found: dict[str, dict[str, float]]) -> dict[str, Estimate]:
        return {
            name: Estimate(value=one["value"], low=one["low"], high=one["high"], n=int(one["n"]))
            for name, one in found.items()
        }

    return RunSummary(
        config=RunConfig(**record["config"]),
        created_at=datetime.fromisoformat(record["created_at"]),
        overall=estimates(record["overall"]),
        by_type={kind: estimates(found) for kind, found in record["by_type"].items()},
        by_tag={tag: estimates(found) for tag, found in record.get("by_tag", {}).items()},
        cases=record["cases"],
        errors=record["errors"],
        asking_s=record["asking_s"],
        scoring_s=record["scoring_s"],
        environment=record["environment"],
    )


def write_config(folder: Path, config: RunConfig) -> None:
    """Write ``config.json``, from which an unfinished run is known."""
    _replace(folder / "config.json", json.dumps(asdict(config), ensure_ascii=False, indent=1))


def read_config(folder: Path) -> RunConfig | None:
    """What a run was begun with; None where it has not begun."""
    path = folder / "config.json"
    return RunConfig(**json.loads(path.read_text(encoding="utf-8"))) if path.exists() else None


def list_runs(root: Path) -> list[str]:
    """Names of the finished runs, oldest first."""
    return sorted(path.parent.name for path in root.glob("*/run.json"))


def find_run(root: Path, name: str) -> Path:
    """The folder of a run by name or path; "last" is the one that was begun last.

    Raises:
        UnknownName: there is none.
    """
    if name == "last":
        begun = sorted(path.parent.name for path in root.glob("*/config.json"))
        name = begun[-1] if begun else name
    for folder in (Path(name), root / name):
        if any((folder / file).exists() for file in ("run.json", "config.json")):
            return folder
    raise UnknownName("run", name, list_runs(root))


def write_trec(folder: Path, rows: Sequence[Row]) -> None:
    """Write the passages that were read as a run that trec_eval reads."""
    lines = [
        f"{row.id} Q0 {one.chunk_id} {rank} {one.score:.6f} huawen\n"
        for row in rows
        if not row.error and row.repeat == 0
        for rank, one in enumerate(row.found, start=1)
    ]
    _replace(folder / "trec_run.txt", "".join(lines))


def _replace(path: Path, text: str) -> None:
    draft = path.with_suffix(path.suffix + ".new")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)
