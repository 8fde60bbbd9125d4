"""Fusing does not depend on order, and reprints take one place."""

from hypothesis import given
from hypothesis import strategies as st

from index.types import Hit
from rag.retrieve import fuse

keys = st.lists(st.integers(0, 30), unique=True, max_size=12)


def run(found: list[int]) -> list[Hit]:
    return [
        Hit(key=key, score=1.0 / rank, rank=rank, via="dense", cluster_id=str(key))
        for rank, key in enumerate(found, start=1)
    ]


@given(st.lists(st.tuples(st.sampled_from([0.5, 1.0, 2.0]), keys), max_size=4), st.randoms())
def test_order_of_runs_does_not_matter(parts, random):
    runs = [(weight, run(found)) for weight, found in parts]
    shuffled = list(runs)
    random.shuffle(shuffled)
    assert fuse(runs) == fuse(shuffled)


@given(keys)
def test_one_run_keeps_its_order(found):
    assert [key for key, _ in fuse([(1.0, run(found))])] == found


def test_found_by_both_beats_found_by_one():
    assert fuse([(1.0, run([1, 2])), (1.0, run([3, 2]))])[0][0] == 2


def test_reprints_take_one_place(service):
    found = service.search("信用卡和借贷合一卡共有7.15亿张", top_k=8).passages
    clusters = [passage.cluster_id for passage in found]
    assert clusters.count("doc-01") == 1
