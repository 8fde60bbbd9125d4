"""What is wrong with a set of cases: ``huawen eval lint``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from eval.cases import CASE_TYPES, Case, GoldSpan
from eval.norm import norm
from index.types import Article


def lint_cases(
    cases: Sequence[Case], articles: Mapping[str, Article], *, today: date | None = None
) -> list[str]:
    """What is wrong with a set, one sentence a finding.

    Args:
        cases: all of them, so that leaks between splits are seen.
        articles: by identifier, those that the gold stands in.
        today: no question can be asked later than that; None is the clock's.
    """
    problems = [
        f"{key}: the identifier is used {n} times"
        for key, n in Counter(case.id for case in cases).items()
        if n > 1
    ]
    known = {case.id: case for case in cases}
    last = today or date.today()
    for case in cases:
        found = (*_lint_case(case, articles), *_lint_dates(case, last), *_lint_kin(case, known))
        problems += [f"{case.id}: {problem}" for problem in found]
    return problems + _leaks(cases)


def _lint_case(case: Case, articles: Mapping[str, Article]) -> Iterable[str]:
    if case.type not in CASE_TYPES:
        yield f"type {case.type!r} is not one of {', '.join(CASE_TYPES)}"
    if case.answerable and not (case.answers or case.claims or case.numbers):
        yield "is answerable, but has no answers, numbers or claims"
    if case.answerable != bool(case.gold):
        yield "has no gold span" if case.answerable else "is not answerable, but has gold"
    for span in case.gold:
        yield from _lint_span(case, span, articles.get(span.document_id))


def _lint_span(case: Case, span: GoldSpan, article: Article | None) -> Iterable[str]:
    if article is None:
        yield f"there is no article {span.document_id!r}"
        return
    if span.end is not None and article.text[span.start : span.end] != span.quote:
        yield f"{span.quote!r} is not at {span.start}..{span.end} of {article.id!r}"
    if case.as_of and article.published_at and article.published_at.date() > case.as_of:
        yield f"{article.id!r} was published after the question was asked"


def _lint_dates(case: Case, last: date) -> Iterable[str]:
    after, before = case.filters.published_after, case.filters.published_before
    if after and before and after >= before:
        yield f"the filter ends ({before:%Y-%m-%d}) before it begins ({after:%Y-%m-%d})"
    if case.as_of and case.as_of > last:
        yield f"is asked on {case.as_of}, which is still to come"


def _lint_kin(case: Case, known: Mapping[str, Case]) -> Iterable[str]:
    """A paraphrase asks for what its original asks for, in the same split."""
    if not case.paraphrase_of:
        return
    original = known.get(case.paraphrase_of)
    if original is None or original.paraphrase_of:
        yield f"paraphrases {case.paraphrase_of!r}, which is no original of this set"
        return
    if original.answers != case.answers or original.answerable != case.answerable:
        yield f"has another answer than {original.id!r}, which it paraphrases"
    if original.split != case.split:
        yield f"paraphrases {original.id!r} of the split {original.split!r}: a leak"


def _leaks(cases: Sequence[Case]) -> list[str]:
    splits: dict[str, set[str]] = {}
    for case in cases:
        splits.setdefault(norm(case.question), set()).add(case.split)
    return [
        f"the question {question!r} stands in the splits {', '.join(sorted(names))}"
        for question, names in splits.items()
        if len(names) > 1
    ]
