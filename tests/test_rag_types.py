"""An answer that breaks an invariant cannot be built."""

from dataclasses import replace

import pytest

from rag.errors import AnswerInvalid
from rag.types import Abstention


@pytest.fixture(scope="module")
def answer(service):
    return service.ask("徽商银行公布了多少家互联网贷款合作机构？")


def test_a_real_answer_is_built(answer):
    assert answer.status == "answered"
    assert replace(answer) == answer


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda a: {"text": a.text + "[9]"}, "markers"),
        (lambda a: {"citations": ()}, "markers"),
        (lambda a: {"citations": (replace(a.citations[0], number=2),)}, "markers"),
        (lambda a: {"citations": (replace(a.citations[0], quotes=()),)}, "no quote"),
        (lambda a: {"text": "多出来的话。" + a.text}, "offsets|between"),
        (lambda a: {"text": a.text + "多出来的话。"}, "after the last"),
        (lambda a: {"sentences": (replace(a.sentences[0], citations=()),)}, "markers differ|after"),
        (lambda a: {"status": "abstained"}, "abstention"),
        (
            lambda a: {"abstention": Abstention(reason="out_of_scope", message="x")},
            "abstention",
        ),
    ],
)
def test_broken_answers_are_refused(answer, change, match):
    with pytest.raises(AnswerInvalid, match=match):
        replace(answer, **change(answer))


def test_quote_must_be_verbatim(answer):
    citation = answer.citations[0]
    for wrong in (
        replace(citation.quotes[0], text="别的话"),
        replace(citation.quotes[0], start=citation.quotes[0].start + 1),
    ):
        broken = replace(citation, quotes=(wrong,))
        with pytest.raises(AnswerInvalid, match="is not in"):
            replace(answer, citations=(broken, *answer.citations[1:]))
