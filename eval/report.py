"""A run for people and for machines: HTML, Markdown, JUnit, JSON, and a table for the terminal."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path

from eval.aggregate import Estimate
from eval.cases import Case
from eval.errors import UnknownName
from eval.folder import to_json
from eval.summary import Row, RunSummary, coverage_curve
from index.errors import UsageError

HEADLINE = {
    "retrieval": ("retrieval/recall@10", "retrieval/ndcg@10", "retrieval/mrr@10"),
    "answer": ("answer/contains", "answer/char_f1", "answer/number_acc", "answer/chars"),
    "citation": ("citation/precision", "citation/recall", "citation/quote_exact"),
    "abstain": ("abstain/precision", "abstain/recall", "abstain/false_refusal"),
    "conflict": ("conflict/shown", "conflict/false_alarm"),
    "latency": ("latency/total_ms_p50", "latency/total_ms_p95"),
}
_NOT_SHARES = ("answer/chars", "latency/", "citation/density", "citation/quote_chars")
SUFFIXES = (".html", ".json", ".xml", ".md")


def verdict(row: Row) -> str:
    """``right``, ``wrong``, ``refused`` (wrongly) or ``error``: one word for a case."""
    if row.error or row.answer is None:
        return "error"
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


def show(name: str, one: Estimate) -> str:
    """A number as people read it, with the half-width of its interval."""
    if name.startswith("latency/"):
        return f"{one.value:.0f} ms"
    if name.startswith(_NOT_SHARES):
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


def write_report(
    path: Path, summary: RunSummary, rows: Sequence[Row], cases: Sequence[Case]
) -> None:
    """Write a report in the format of the suffix.

    Raises:
        UnknownName: no format has that suffix.
    """
    if path.suffix == ".html":
        text = render_html(summary, rows, cases)
    elif path.suffix == ".json":
        text = json.dumps(to_json(summary), ensure_ascii=False, indent=1)
    elif path.suffix == ".xml":
        text = render_junit(summary, rows)
    elif path.suffix == ".md":
        text = render_markdown(summary, rows)
    else:
        raise UnknownName("report format", path.suffix or path.name, SUFFIXES)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{str(path)!r} cannot be written: {error.strerror}") from error


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


def render_html(summary: RunSummary, rows: Sequence[Row], cases: Sequence[Case]) -> str:
    """One file that needs no network."""
    from jinja2 import Environment  # noqa: PLC0415

    source = (files("eval") / "templates" / "report.html.j2").read_text(encoding="utf-8")
    template = Environment(autoescape=True).from_string(source)
    golds = {case.id: "、".join(" / ".join(item) for item in case.alternatives()) for case in cases}
    return template.render(
        summary=summary,
        rows=sorted(rows, key=lambda row: (verdict(row) == "right", row.type, row.id)),
        golds={row.id: golds.get(row.id, "") for row in rows},
        plots=_plots(summary, rows),
        show=show,
        verdict=verdict,
        command=command_of(summary),
    )


def command_of(summary: RunSummary) -> str:
    """What makes this run again."""
    config = summary.config
    data = config.suite.split(" ")[0]
    return (
        f"huawen eval run --data {data} --name {config.name} --target {config.target} "
        f"--judge {config.judge.split('-')[0]} --seed {config.seed} -j {config.jobs}"
    )


def _plots(summary: RunSummary, rows: Sequence[Row]) -> list[object]:
    from eval.plots import plot_headline, plot_histogram, plot_lines  # noqa: PLC0415

    shares = [n for names in HEADLINE.values() for n in names if not n.startswith(_NOT_SHARES)]
    plots: list[object] = [plot_headline("headline", summary.overall, shares)]
    recall = {
        float(name.partition("@")[2]): one.value
        for name, one in summary.overall.items()
        if name.startswith("retrieval/recall@")
    }
    if recall:
        plots.append(
            plot_lines("recall by depth", ("k", "recall"), {"recall": sorted(recall.items())})
        )
    plots.append(plot_lines("latency", ("ms", "share of questions"), _cumulated(rows)))
    curve = coverage_curve(rows)
    if curve:
        plots.append(plot_lines("risk and coverage", ("coverage", "share wrong"), {"risk": curve}))
    groups = {
        "answerable": [r.answer.confidence for r in rows if r.answer and r.answerable],
        "unanswerable": [r.answer.confidence for r in rows if r.answer and not r.answerable],
    }
    plots.append(plot_histogram("confidence", "confidence", {k: v for k, v in groups.items() if v}))
    return plots


def _cumulated(rows: Sequence[Row]) -> Mapping[str, list[tuple[float, float]]]:
    times = sorted(row.ms for row in rows if not row.error) or [0.0]
    return {"questions": [(ms, i / len(times)) for i, ms in enumerate(times, start=1)]}
