"""Reading sets in the shape of SQuAD, such as CMRC 2018: paragraphs with questions and answers."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from eval.cases import Case, GoldFilters, GoldSpan, digest_cases, first_fault
from eval.errors import BadCase
from eval.suites import Suite, SuiteOptions
from index.repair import repair_text
from index.types import Article, digest_id


class _Shape(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Answer(_Shape):
    text: str


class _Question(_Shape):
    id: str
    question: str
    answers: tuple[_Answer, ...]


class _Paragraph(_Shape):
    context: str
    qas: tuple[_Question, ...]


class _Entry(_Shape):
    paragraphs: tuple[_Paragraph, ...]


class _File(_Shape):
    data: tuple[_Entry, ...]


def open_squad(path: Path, options: SuiteOptions) -> Suite:
    """One article a paragraph, one case a question.

    Each question sees its own paragraph; all of them with ``options.all_passages``.

    Raises:
        BadCase: the file is malformed.
    """
    try:
        content = _File.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise BadCase(f"{path}: {first_fault(error)}") from error
    articles: list[Article] = []
    cases: list[Case] = []
    for paragraph in (p for entry in content.data for p in entry.paragraphs):
        text = repair_text(paragraph.context).text
        article = Article(
            id=digest_id("par", paragraph.context),
            title="", publisher="", published_at=None, url=None, text=text,
        )  # fmt: skip
        articles.append(article)
        # CMRC 2018 has a question without text; there is nothing to ask.
        asked = [question for question in paragraph.qas if question.question.strip()]
        cases.extend(_case(question, article, options) for question in asked)
    return Suite(
        name=path.stem, digest=digest_cases(path), articles=tuple(articles), cases=tuple(cases)
    )


def _case(question: _Question, article: Article, options: SuiteOptions) -> Case:
    golds = tuple(dict.fromkeys(answer.text for answer in question.answers))
    spans = [
        GoldSpan(document_id=article.id, quote=gold, start=at, end=at + len(gold))
        for gold in golds[:1]
        if gold and (at := article.text.find(gold)) >= 0
    ]
    own = GoldFilters() if options.all_passages else GoldFilters(document_ids=(article.id,))
    return Case(
        id=question.id,
        question=question.question,
        type="reading",
        answers=(golds,),
        gold=tuple(spans),
        filters=own,
        source="squad",
    )
