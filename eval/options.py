"""What a run was asked for, in the words of the command line: kept, so that it can be repeated."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal, get_args

from eval.errors import UnknownName
from eval.suites import Suite, SuiteOptions
from eval.suites.find import open_suite, with_distractors
from eval.summary import Stage
from index.errors import UsageError
from rag.types import Mode

STAGES: tuple[Stage, ...] = get_args(Stage)
MODES: tuple[Mode, ...] = get_args(Mode)
_FILTERS = ("id", "type", "split", "source", "tag")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """The options of ``huawen eval run`` that decide what is asked, of whom, and how it is judged.

    Attributes:
        only: rules such as "type=numeric"; a case has to match all of them.
        noise: shares with commas between them.
        reuse: homes whose vectors are taken over.
    """

    data: str = "finance"
    target: str = "local"
    articles: str = ""
    distractors: str = ""
    distractor_limit: int | None = None
    reuse: tuple[str, ...] = ()
    noise: str = ""
    all_passages: bool = False
    stage: Stage = "all"
    mode: Mode = "hybrid"
    judge: str = "lexical"
    repeat: int = 1
    limit: int | None = None
    only: tuple[str, ...] = ()
    seed: int = 0

    def to_json(self) -> dict[str, Any]:
        """What differs from the defaults."""
        default = asdict(RunOptions())
        return {name: v for name, v in asdict(self).items() if v != default[name]}

    @classmethod
    def from_json(cls, record: dict[str, Any]) -> RunOptions:
        """Read what ``to_json`` gave."""
        known = dict(record)
        for name in ("reuse", "only"):
            known[name] = tuple(record.get(name, ()))
        return cls(**known)

    def to_words(self) -> list[str]:
        """The words of a command line."""
        named = {"only": "--filter"}
        words: list[str] = []
        for name, value in self.to_json().items():
            flag = named.get(name, f"--{name.replace('_', '-')}")
            if value is True:
                words.append(flag)
            else:
                for one in value if isinstance(value, list | tuple) else [value]:
                    words += [flag, str(one)]
        return words


def check_choice(what: Literal["stage", "mode"], value: str) -> None:
    """Fails with the nearest name where there is no such stage or mode.

    Raises:
        UnknownName: there is none.
    """
    known: tuple[str, ...] = STAGES if what == "stage" else MODES
    if value not in known:
        raise UnknownName(what, value, known)


def open_cases(options: RunOptions) -> Suite:
    """The suite, with its distractors and only the cases that are wanted.

    Raises:
        UsageError: an option is malformed, or no case is left.
        BadSet: and what else ``open_suite`` raises.
    """
    suite = open_suite(
        options.data,
        SuiteOptions(
            noise=_read_noise(options.noise),
            seed=options.seed,
            articles=Path(options.articles) if options.articles else None,
            all_passages=options.all_passages,
        ),
    )
    if options.distractors:
        suite = with_distractors(suite, Path(options.distractors), options.distractor_limit)
    return _narrowed(suite, options)


def _read_noise(text: str) -> tuple[float, ...]:
    try:
        noise = tuple(float(part) for part in text.split(",") if part.strip())
    except ValueError as error:
        raise UsageError(f"--noise {text!r}: give numbers with commas between them") from error
    if any(not 0 <= share <= 1 for share in noise):
        raise UsageError(f"--noise {text!r}: every share lies in 0..1")
    return noise


def _narrowed(suite: Suite, options: RunOptions) -> Suite:
    cases = list(suite.cases)
    for rule in options.only:
        field, equals, value = rule.partition("=")
        if not equals or field not in _FILTERS:
            raise UsageError(
                f"--filter {rule!r}: give id, type, split, source or tag, = and a value"
            )
        known = {tag for case in suite.cases for tag in case.tags}
        if field != "tag":
            known = {str(getattr(case, field)) for case in suite.cases}
        if value not in known:
            raise UnknownName(field, value, known)
        cases = [
            case
            for case in cases
            if (value in case.tags if field == "tag" else getattr(case, field) == value)
        ]
    if options.stage == "retrieval":
        cases = [case for case in cases if case.gold]
    cases = cases[: options.limit]
    if not cases:
        raise UsageError(
            "no case is left to ask",
            hint="Loosen --filter; --stage retrieval asks only what has gold passages.",
        )
    return replace(suite, cases=tuple(cases))
