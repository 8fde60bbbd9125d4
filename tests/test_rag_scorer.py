"""The fitted scorer: its data file, its trees, and the spans that it chooses from."""

import copy
import json
from importlib.resources import files

import numpy as np
import pytest
from asked import NOW
from hypothesis import given
from hypothesis import strategies as st
from sklearn.ensemble import GradientBoostingClassifier

from eval.blend import to_trees
from index.settings import IndexSettings
from index.store import LocalStore
from index.types import Filters
from rag.clean import clean_span
from rag.evidence import rank_sentences, sufficiency_features
from rag.question import parse_question
from rag.retrieve import retrieve
from rag.scorer import SUFFICIENCY, load_scorer, read_scorer
from rag.settings import RagSettings
from rag.spans import list_spans, split_clauses
from rag.types import Options

RECORD = json.loads((files("rag") / "data" / "scorer.json").read_text(encoding="utf-8"))


def test_shipped_scorer_says_what_it_was_fitted_to_and_how_well():
    assert RECORD["data"]["cases"]
    assert 0 < RECORD["thresholds"]["partial"] < RECORD["thresholds"]["answered"] < 1
    assert RECORD["held_out"]["right"] > 0.7


def test_scorer_of_other_features_is_refused():
    other = copy.deepcopy(RECORD)
    other["sentence"]["weights"].pop("cosine")
    with pytest.raises(ValueError, match="other features"):
        read_scorer(other)
    with pytest.raises(ValueError, match="format"):
        read_scorer(RECORD | {"format": 99})


def test_trees_say_what_the_library_says():
    rng = np.random.default_rng(0)
    features = rng.normal(size=(300, 5))
    labels = (features[:, 0] + features[:, 1] ** 2 > 0.5).astype(float)
    model = GradientBoostingClassifier(n_estimators=20, max_depth=2, random_state=0)
    model.fit(features, labels)
    ours = to_trees(model).log_odds(features)
    np.testing.assert_allclose(ours, model.decision_function(features), atol=1e-6)


def test_nothing_found_has_no_confidence():
    assert load_scorer().sufficiency.log_odds(np.zeros((1, len(SUFFICIENCY)))).shape == (1,)


@pytest.mark.parametrize(
    ("question", "missing"),
    [("徽商银行公布了多少家合作机构？", False), ("徽商银行的注册资本是多少？", True)],
)
def test_what_is_asked_and_stands_nowhere_is_seen(built_home, question, missing):
    store = LocalStore(built_home, IndexSettings())
    query = parse_question(question, filters=Filters(), options=Options(), now=NOW)
    found = retrieve(store, query, settings=RagSettings(), top_k=20, mode="hybrid").passages
    whole = rank_sentences(query, found, load_scorer())[0]
    store.close()
    seen = dict(zip(SUFFICIENCY, sufficiency_features(whole)[0], strict=True))
    assert (seen["words_nowhere"] > 0) == missing
    assert seen["words_not_in_best"] >= seen["words_nowhere"]
    assert whole.table.words.shape == (len(whole.table.rows), len(whole.table.asked.words))
    assert (whole.table.anywhere >= whole.table.words.max(axis=0)).all()


@given(st.text("花呗，。；：（）“”《》1,.万亿 a", max_size=200))
def test_clauses_tile_the_sentence_and_spans_lie_in_it(text):
    clauses = split_clauses(text)
    assert "".join(text[start:end] for start, end in clauses) == text
    for start, end in list_spans(text):
        assert 0 <= start <= end <= len(text)


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("截至6月末，有7.15亿张[3]，", "截至6月末，有7.15亿张。"),
        ("此外，花呗用户8600万；", "花呗用户8600万。"),
        ("Feb 20, 2022...高亭宇赢得金牌", "高亭宇赢得金牌。"),
        ("<b>年费</b>[点这里](javascript:x)。", "年费 点这里 (javascript:x)。"),
        ("能不能？", "能不能？"),
        ("……，", ""),
        ("[1][2]", ""),
    ],
)
def test_reader_sees_no_marks_no_markup_and_no_lead_in(raw, shown):
    assert clean_span(raw) == shown
