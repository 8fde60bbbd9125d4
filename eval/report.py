"""A run for people and for machines: Markdown, JUnit, JSON, CSV, and words for the terminal.

The HTML page is in ``page.py``.
"""

from __future__ import annotations

import csv
import io
import json
import shlex
import xml.etree.ElementTree as ET
from collections.abc import Callable, Sequence
from pathlib import Path

from eval.aggregate import Estimate
from eval.cases import Case
from eval.errors import UnknownName
from eval.folder import to_json
from eval.options import RunOptions
from eval.summary import Row, RunSummary
from index.errors import UsageError

HEADLINE = {
    "retrieval": ("retrieval/recall@10", "retrieval/ndcg@10", "retrieval/mrr@10"),
    "answer": ("answer/contains", "answer/char_f1", "answer/number_acc", "answer/chars"),
    "citation": ("citation/precision", "citation/recall", "citation/quote_exact"),
    "abstain": ("abstain/precision", "abstain/recall", "abstain/false_refusal"),
    "conflict": ("conflict/shown", "conflict/false_alarm"),
    "robust": ("robust/paraphrase_consistency", "robust/noise_drop"),
    "latency": (
        "latency/first_sentence_ms_p50", "latency/first_sentence_ms_p95",
        "latency/total_ms_p50", "latency/total_ms_p95", "throughput/qps",
    ),
}  # fmt: skip
_NOT_SHARES = (
    "answer/chars", "latency/", "citation/density", "citation/quote_chars", "throughput/", "cost/",
)  # fmt: skip


def verdict(row: Row) -> str:
    """``right``, ``wrong``, ``refused`` (wrongly) or ``error``: one word for a case.

    Where only passages were asked for, right is a gold passage among the first ten.
    """
    if row.error:
        return "error"
    if row.answer is None:
        return "right" if row.scores.get("retrieval/hit@10") else "wrong"
    abstained = row.answer.status == "abstained"
    if not row.answerable:
        return "right" if abstained else "wrong"
    if abstained:
        return "refused"
    missed = [
        row.scores.get(name, 1.0)
        for name in ("answer/contains", "answer/number_acc", "conflict/shown")
    ]
    bad = row.scores.get("answer/must_not", 0.0) or row.scores.get("conflict/false_alarm", 0.0)
    return "right" if min(missed) == 1 and not bad else "wrong"


def is_share(name: str) -> bool:
    """Whether a metric lies in [0, 1]."""
    return not name.startswith(_NOT_SHARES)


def show(name: str, one: Estimate) -> str:
    """A number as people read it, with the half-width of its interval."""
    if name.startswith("latency/"):
        return f"{one.value:.0f} ms"
    if not is_share(name):
        return f"{one.value:.1f}"
    half = (one.high - one.low) / 2
    return f"{one.value:.3f}" + (f" ±{half:.3f}" if half else "")


def headline(summary: RunSummary) -> list[tuple[str, list[tuple[str, str, int]]]]:
    """Groups of (name, value, n) for the terminal."""
    return [
        (
            group,
            [
                (name, show(name, summary.overall[name]), summary.overall[name].n)
                for name in names
                if name in summary.overall
            ],
        )
        for group, names in HEADLINE.items()
        if any(name in summary.overall for name in names)
    ]  # fmt: skip


def weakest(summary: RunSummary, rows: Sequence[Row], count: int = 3) -> list[str]:
    """The types with the smallest share of right cases, in words."""
    shares = []
    for kind in summary.by_type:
        some = [verdict(row) == "right" for row in rows if row.type == kind]
        shares.append((sum(some) / len(some), kind, len(some)))
    return [f"{k} {s:.2f} (n={n})" for s, k, n in sorted(shares)[:count] if s < 1]


def check_formats(paths: Sequence[Path]) -> None:
    """Fails before anything is asked where a suffix stands for no format.

    Raises:
        UnknownName: no format has that suffix.
    """
    for path in paths:
        if path.suffix not in _WRITERS:
            raise UnknownName("report format", path.suffix or path.name, _WRITERS)


def write_report(
    path: Path, summary: RunSummary, rows: Sequence[Row], cases: Sequence[Case]
) -> None:
    """Write a report in the format of the suffix.

    Raises:
        UnknownName: no format has that suffix.
        UsageError: the file cannot be written.
    """
    check_formats([path])
    text = _WRITERS[path.suffix](summary, rows, cases)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise UsageError(f"{str(path)!r} cannot be written: {error.strerror}") from error


def render_csv(rows: Sequence[Row]) -> str:
    """A line a case, a column a metric: for spreadsheets."""
    names = sorted({name for row in rows for name in row.scores})
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(["id", "repeat", "type", "outcome", "question", "answer", "ms", *names])
    for row in rows:
        said = row.answer.answer if row.answer else row.error
        scores = [f"{row.scores[name]:.6f}" if name in row.scores else "" for name in names]
        cells = [row.id, str(row.repeat), row.type, verdict(row), row.question, said]
        table.writerow([*map(_inert, cells), f"{row.ms:.1f}", *scores])
    return out.getvalue()


def _inert(text: str) -> str:
    """A spreadsheet computes a cell that begins so."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text


def render_markdown(summary: RunSummary, rows: Sequence[Row]) -> str:
    """For a comment under a pull request."""
    config = summary.config
    lines = [
        f"## {config.name}",
        "",
        f"{config.suite} · {summary.cases} cases, {summary.errors} errors · judge {config.judge}",
        "",
        "| metric | value | n |",
        "|---|---:|---:|",
    ]
    for _, group in headline(summary):
        lines += [f"| {name} | {value} | {n} |" for name, value, n in group]
    wrong = [row for row in rows if verdict(row) != "right"]
    lines += ["", f"{len(wrong)} of {len(rows)} cases are not right."]
    lines += [f"- `{row.id}` {verdict(row)}: {_plain(row.question)}" for row in wrong[:20]]
    return "\n".join(lines) + "\n"


def _plain(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;").replace("`", "'")


def render_junit(summary: RunSummary, rows: Sequence[Row]) -> str:
    """JUnit: a test a case, a failure where it is not right, an error where the target failed."""
    verdicts = [verdict(row) for row in rows]
    suite = ET.Element(
        "testsuite",
        name=f"huawen.{summary.config.suite}",
        tests=str(len(rows)),
        failures=str(sum(v in ("wrong", "refused") for v in verdicts)),
        errors=str(verdicts.count("error")),
        time=f"{summary.asking_s:.3f}",
    )
    for row, word in zip(rows, verdicts, strict=True):
        test = ET.SubElement(
            suite, "testcase", classname=row.type, name=row.id, time=f"{row.ms / 1000:.3f}"
        )
        if word != "right":
            said = row.answer.answer if row.answer else row.error
            kind = "error" if word == "error" else "failure"
            ET.SubElement(test, kind, message=word).text = _printable(f"{row.question}\n{said}")
    root = ET.Element("testsuites")
    root.append(suite)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _printable(text: str) -> str:
    """Without the control characters that XML cannot hold."""
    return "".join(c for c in text if c >= " " or c in "\n\t")


def command_of(summary: RunSummary) -> str:
    """What makes this run again."""
    config = summary.config
    words = RunOptions.from_json(config.options).to_words()
    return shlex.join(["huawen", "eval", "run", *words, "-j", str(config.jobs)])


def _html(summary: RunSummary, rows: Sequence[Row], cases: Sequence[Case]) -> str:
    from eval.page import render_html  # noqa: PLC0415 - loads matplotlib

    return render_html(summary, rows, cases)


_WRITERS: dict[str, Callable[[RunSummary, Sequence[Row], Sequence[Case]], str]] = {
    ".html": _html,
    ".json": lambda summary, _rows, _cases: json.dumps(
        to_json(summary), ensure_ascii=False, indent=1
    ),
    ".jsonl": lambda _summary, rows, _cases: "".join(row.to_json() + "\n" for row in rows),
    ".csv": lambda _summary, rows, _cases: render_csv(rows),
    ".xml": lambda summary, rows, _cases: render_junit(summary, rows),
    ".md": lambda summary, rows, _cases: render_markdown(summary, rows),
}
