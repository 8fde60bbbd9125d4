"""Every set of the data folder in one go: the summary that is committed, and the README's table.

The scorer that ships is fitted to the development halves of these sets, so the table shows two
numbers where it was: as measured now, and held out, as the fit measured it by cross-fitting.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

from eval.aggregate import Estimate
from eval.indexes import suite_home
from eval.lexical_judge import LexicalJudge
from eval.options import MODES, RunOptions, open_cases
from eval.plots import plot_headline
from eval.run import run_suite
from eval.suites.find import bundled_sets
from eval.summary import RunConfig, RunSummary
from eval.targets import LocalTarget
from index.settings import IndexSettings
from rag.factory import open_service
from rag.settings import RagSettings
from rag.types import Mode

_SETS = (
    ("finance", "", ""),
    ("finance_news", "finance_news.jsonl", ""),
    ("seed_questions.jsonl", "huabei_news_page.txt", ""),
    ("rgb_noise_dev.jsonl", "", ""),
    ("rgb_integration_dev.jsonl", "", ""),
    ("rgb_counterfactual_dev.jsonl", "", ""),
    ("rgb_noise_dev.jsonl", "", "all"),
)
_SHOWN = (
    "answer/contains_exact", "answer/chars", "abstain/recall", "abstain/false_refusal",
    "conflict/shown", "conflict/false_alarm", "citation/precision", "citation/recall",
    "citation/quote_exact",
)  # fmt: skip
RETRIEVAL = "retrieval among distractors"
DISTRACTORS = 7_700  # articles: about 20,000 chunks
_RETRIEVAL_SHOWN = ("retrieval/ndcg@10", "retrieval/recall@10", "retrieval/hit@10")
_MODE_NAMES = {"hybrid": "both, fused", "dense": "vectors alone", "sparse": "words alone"}
_MARKS = ("<!-- results: begin -->", "<!-- results: end -->")


@dataclass(frozen=True, slots=True, kw_only=True)
class FullRun:
    """The summary of one set, under the name that the table shows, and how much it was asked of."""

    name: str
    summary: RunSummary
    chunks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FullOptions:
    """What a full run covers.

    Attributes:
        data: the folder with the measuring sets; what it lacks is left out.
        runs: gets a folder for each run.
        distractors: articles that RGB's questions are searched among; 0 leaves that out.
        reuse: homes whose vectors of the same text are taken over.
    """

    data: Path
    runs: Path
    distractors: int = DISTRACTORS
    reuse: tuple[Path, ...] = ()


def run_all(options: FullOptions, tell: Callable[[str], None]) -> list[FullRun]:
    """Run every set that is there, each over its own index, one question after another."""
    found = []
    for name, articles, mode in _SETS:
        shipped = name in bundled_sets()
        needed = [one for one in ("" if shipped else name, articles) if one]
        missing = [one for one in needed if not (options.data / one).exists()]
        if missing:
            tell(f"{missing[0]}: not in {options.data}, left out")
            continue
        label = f"{Path(name).stem}{' among all passages' if mode == 'all' else ''}"
        asked = RunOptions(
            data=name if shipped else str(options.data / name),
            articles=str(options.data / articles) if articles else "",
            all_passages=mode == "all", noise="0" if mode == "all" else "",
        )  # fmt: skip
        found += _run(label, asked, options, ("hybrid",), tell)
    return found + _run_among_distractors(options, tell)


def _run_among_distractors(options: FullOptions, tell: Callable[[str], None]) -> list[FullRun]:
    """Retrieval alone: both searches fused, and each by itself."""
    questions, more = options.data / "rgb_noise_dev.jsonl", options.data / "news_20k.jsonl.gz"
    if not options.distractors or not questions.exists() or not more.exists():
        tell("retrieval among distractors: left out")
        return []
    asked = RunOptions(
        data=str(questions), all_passages=True, noise="0", stage="retrieval",
        distractors=str(more), distractor_limit=options.distractors,
    )  # fmt: skip
    return _run(RETRIEVAL, asked, options, MODES, tell)


def _run(
    label: str,
    asked: RunOptions,
    options: FullOptions,
    modes: Sequence[Mode],
    tell: Callable[[str], None],
) -> list[FullRun]:
    """One index, asked in each mode."""
    tell(label)
    suite = open_cases(asked)
    home = suite_home(
        suite, IndexSettings(), lambda _stage, _done, _total: None, reuse=options.reuse
    )
    service = open_service(home, IndexSettings(), RagSettings())
    found = []
    try:
        for mode in modes:
            made = replace(asked, mode=mode)
            stamp = datetime.now().astimezone().strftime("%Y%m%d-%H%M%S")
            folder = options.runs / f"{stamp}-full-{label.replace(' ', '-')}-{mode}"
            config = RunConfig(
                name=folder.name, suite=suite.name, suite_sha256=suite.digest, target="local",
                judge=LexicalJudge.name, seed=0, jobs=1, repeat=1, stage=made.stage, mode=mode,
                options=made.to_json(),
            )  # fmt: skip
            summary, _ = run_suite(
                suite, LocalTarget(service, mode), LexicalJudge(), config=config, folder=folder,
                progress=lambda _done, _total: None,
            )  # fmt: skip
            chunks = service.info().chunks
            found.append(FullRun(name=label, summary=summary, chunks=chunks))
    finally:
        service.close()
    return found


def to_record(found: Sequence[FullRun]) -> dict[str, Any]:
    """The committed summary: small, dated, with the machine and the held-out numbers."""
    scorer = json.loads((files("rag") / "data" / "scorer.json").read_text(encoding="utf-8"))
    return {
        "date": date.today().isoformat(),
        "machine": found[0].summary.environment,
        "scorer": {"version": scorer["version"], "held_out": scorer["held_out"]},
        "sets": {
            one.name: {
                kind: {name: e.to_json() for name, e in estimates.items() if name in _SHOWN}
                for kind, estimates in _kinds(one.summary).items()
            }
            for one in found
            if one.name != RETRIEVAL
        },
        RETRIEVAL: {
            one.summary.config.mode: {
                "chunks": one.chunks,
                **{n: e.to_json() for n, e in one.summary.overall.items() if n in _RETRIEVAL_SHOWN},
            }
            for one in found
            if one.name == RETRIEVAL
        },
    }


def _kinds(summary: RunSummary) -> Mapping[str, Mapping[str, Estimate]]:
    """Noise ratios and passage mixes one by one, everything else as a whole."""
    apart = {k: v for k, v in summary.by_type.items() if k.startswith(("noise-", "mixed", "right"))}
    return {"all": summary.overall} | (apart if len(apart) > 1 else {})


def render_table(record: dict[str, Any]) -> str:
    """Markdown: a row for each set and kind."""
    held_out = record["scorer"]["held_out"]
    lines = [
        f"Measured {record['date']} on {record['machine']['system']} with "
        f"`{record['scorer']['version']}`; n in brackets, 95 % intervals in `eval/results`.",
        "",
        "| set | kind | every gold string | held out, before refusing | characters "
        "| refused rightly | refused wrongly | quotes exact | citation P / R |",
        "|---|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for name, kinds in record["sets"].items():
        # The mean over noise ratios says nothing that its rows do not.
        shown = {k: one for k, one in kinds.items() if k != "all" or len(kinds) == 1}
        lines += [_row(name, kind, found, held_out) for kind, found in shown.items()]
    return "\n".join([*lines, *_conflicts(record["sets"]), *_retrieval(record.get(RETRIEVAL, {}))])


def _conflicts(sets: dict[str, dict[str, Any]]) -> list[str]:
    """How often a disagreement is shown, and where there is none."""
    kinds = sets.get("rgb_counterfactual_dev", {})
    told = [
        f"{kind} {100 * found[name]['value']:.0f} % of {found[name]['n']}"
        for kind, found in kinds.items()
        for name in ("conflict/shown", "conflict/false_alarm")
        if kind != "all" and name in found
    ]
    return ["", f"A disagreement is shown: {', '.join(told)}."] if told else []


def _retrieval(found: dict[str, dict[str, Any]]) -> list[str]:
    """nDCG@10 among all passages and other news, of each search."""
    if not found:
        return []
    name = _RETRIEVAL_SHOWN[0]
    told = [
        f"{_MODE_NAMES[mode]} {one[name]['value']:.3f} "
        f"({one[name]['low']:.3f} to {one[name]['high']:.3f})"
        for mode, one in found.items()
    ]
    first = next(iter(found.values()))
    return [
        f"nDCG@10 of {first[name]['n']} RGB questions among {first['chunks']} chunks, gold being "
        f"every passage that answers: {', '.join(told)}."
    ]


def _row(name: str, kind: str, found: dict[str, Any], held_out: dict[str, float]) -> str:
    def percent(metric: str) -> str:
        one = found.get(metric)
        return f"{100 * one['value']:.1f} ({one['n']})" if one else "–"

    held = held_out.get(f"{name}/{kind} contains")
    chars = found.get("answer/chars")
    proof = "–"
    if "citation/precision" in found:
        both = [100 * found[f"citation/{side}"]["value"] for side in ("precision", "recall")]
        proof = f"{both[0]:.1f} / {both[1]:.1f}"
    cells = [
        name, kind, percent("answer/contains_exact"), f"{100 * held:.1f}" if held else "–",
        f"{chars['value']:.0f}" if chars else "–", percent("abstain/recall"),
        percent("abstain/false_refusal"), percent("citation/quote_exact"), proof,
    ]  # fmt: skip
    return f"| {' | '.join(cells)} |"


def write_results(record: dict[str, Any], found: Sequence[FullRun], folder: Path) -> None:
    """``summary.json`` and ``summary.svg``."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(record, ensure_ascii=False, indent=1) + "\n"
    (folder / "summary.json").write_text(text, encoding="utf-8")
    flat = {
        f"{one.name} {kind}": estimates["answer/contains_exact"]
        for one in found
        for kind, estimates in _kinds(one.summary).items()
        if "answer/contains_exact" in estimates
    }
    plot = plot_headline("every gold string in the answer", flat, list(flat))
    svg = plot.svg.replace("<svg", '<svg color="#6b7280"', 1)
    (folder / "summary.svg").write_text(svg + "\n", encoding="utf-8")


def put_table(readme: Path, table: str) -> None:
    """Replace what stands between the marks; a file without marks stays as it is."""
    text = readme.read_text(encoding="utf-8")
    begin, end = (re.escape(mark) for mark in _MARKS)
    new = re.sub(
        f"{begin}.*?{end}", lambda _: f"{_MARKS[0]}\n{table}\n{_MARKS[1]}", text, flags=re.DOTALL
    )
    readme.write_text(new, encoding="utf-8")
