"""What the reader is taught, and that what it learned can be read."""

from datetime import UTC, datetime
from importlib.resources import files
from types import SimpleNamespace

import numpy as np
import pytest

from eval.cases import Case
from eval.examples import cases_to_learn, cases_to_read, make_example
from eval.teach import Lesson, lessons_of, teach, write_reader
from index.packed import dequantise
from index.settings import IndexSettings
from index.store import LocalStore
from index.types import Filters
from rag.question import parse_question
from rag.reader import Window
from rag.retrieve import retrieve
from rag.scorer import load_scorer
from rag.settings import RagSettings
from rag.types import Options


def case(number, **changes):
    kept = {"id": f"c{number}", "question": f"花呗的第{number}个问题是什么？", "type": "fact",
            "answers": ["甲"], "answerable": True, "split": "train"}  # fmt: skip
    return Case.model_validate(kept | changes)


def test_no_case_is_both_for_the_reader_and_for_the_scorer():
    suite = SimpleNamespace(cases=[case(n) for n in range(10)] + [case(99, split="dev")])
    learned = {one.id for one in cases_to_learn(suite, 4)}
    read = {one.id for one in cases_to_read(suite, 4)}
    assert learned == {"c0", "c4", "c8"}
    assert read == {f"c{n}" for n in range(10)} - learned


@pytest.fixture
def example(built_home):
    store = LocalStore(built_home, IndexSettings())
    asked = "徽商银行公布了多少家合作机构？"
    query = parse_question(asked, filters=Filters(), options=Options(), now=datetime.now(UTC))
    found = retrieve(store, query, settings=RagSettings(), top_k=20, mode="hybrid").passages
    store.close()
    return lambda **changes: make_example(case(0, question=asked, **changes), query, found, 1.0)


def test_lessons_are_what_answers_and_what_only_looks_like_it(example):
    right = lessons_of(example(answers=["合作"]), load_scorer())
    assert [bool(one.answers) for one in right] == [True, True, False, False, False, False]
    near = lessons_of(example(answers=[], answerable=False), load_scorer())
    assert len(near) == 3
    assert not any(one.answers for one in near)
    assert lessons_of(example(answers=["没有写到"]), load_scorer()) == []


def test_what_was_learned_has_the_shape_of_what_ships(tmp_path):
    lessons = [
        Lesson(
            question="花呗有多少用户？",
            window=Window(
                text=f"花呗有{number}亿用户。", before="蚂蚁集团公布了数字。" * (number % 2)
            ),
            answers=(f"{number}亿",) if number % 3 else (),
        )
        for number in range(40)
    ]
    told = []
    learned = teach(
        lessons, seed=0, steps=2, progress=lambda done, total: told.append((done, total))
    )
    assert told == [(1, 2), (2, 2)]
    write_reader(tmp_path / "reader.npz", learned)
    new, shipped = (
        dict(np.load(path))
        for path in (tmp_path / "reader.npz", str(files("rag") / "data" / "reader.npz"))
    )
    assert {name: one.shape for name, one in new.items()} == {
        name: one.shape for name, one in shipped.items()
    }
    # Two steps change little, and something.
    change = dequantise(new["l11.q.w"])
    assert 0 < np.abs(change).max() < 0.01
