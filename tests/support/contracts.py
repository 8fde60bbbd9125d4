"""What every implementation of a protocol must do. Inherit, and give the fixtures."""

from collections.abc import Iterator

import numpy as np
import pytest
from corpus import ARTICLES, article

from index.errors import DocumentNotFound
from index.store import PassageStore
from index.types import Filters

ALL = Filters()


class PassageStoreContract:
    @pytest.fixture
    def store(self) -> Iterator[PassageStore]:
        """An own store that holds ``ARTICLES``."""
        raise AssertionError("the inheriting class gives the store")

    def dense(self, store: PassageStore, text: str, k: int = 5, filters: Filters = ALL):
        return store.search_dense(store.embed_queries([text])[0], k, filters)

    def articles_of(self, store: PassageStore, hits) -> list[str]:
        return [found.article.id for found in store.fetch_chunks([hit.key for hit in hits])]

    def test_query_vectors_have_unit_length(self, store):
        vectors = store.embed_queries(["花呗", "When does the rule take effect?"])
        assert vectors.dtype == np.float32
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-4)

    @pytest.mark.parametrize("search", ["dense", "lexical"])
    def test_search_finds_the_article_and_ranks_from_one(self, store, search):
        text = "东亚银行披露了几家助贷合作机构"
        dense = search == "dense"
        hits = self.dense(store, text) if dense else store.search_lexical(text, 5, ALL)
        assert self.articles_of(store, hits)[0] == "doc-04"
        assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
        assert [hit.score for hit in hits] == sorted((h.score for h in hits), reverse=True)
        assert {hit.via for hit in hits} == {search}

    @pytest.mark.parametrize(
        ("filters", "allowed"),
        [
            (Filters(document_ids=("doc-05", "doc-99")), {"doc-05"}),
            (Filters(publishers=("银行观察",)), {"doc-03"}),
            (Filters(published_after=ARTICLES[4].published_at), {"doc-05", "doc-06", "doc-08"}),
            (Filters(published_before=ARTICLES[1].published_at), {"doc-01"}),
            (Filters(document_ids=("doc-99",)), set()),
        ],
    )
    def test_filters_apply_inside_both_searches(self, store, filters, allowed):
        text = "银行 名单 支付宝 新规 信用卡 热线"
        dense = self.dense(store, text, 50, filters)
        lexical = store.search_lexical(text, 50, filters)
        assert set(self.articles_of(store, dense)) == allowed
        assert set(self.articles_of(store, lexical)) <= allowed
        assert bool(lexical) == bool(allowed)

    def test_fetched_chunk_is_whole(self, store):
        found = store.fetch_chunks([hit.key for hit in self.dense(store, "信用卡最高位")])[0]
        chunk = found.chunk
        assert found.article.text[chunk.start : chunk.end] == chunk.text
        assert found.sentence_vectors.shape[0] == len(chunk.sentences)
        assert found.cluster_id == "doc-01"
        assert {other.id for other in found.reprints} | {found.article.id} == {"doc-01", "doc-02"}

    def test_fetched_names_lie_in_order_inside_the_sentences(self, store):
        found = store.fetch_chunks([hit.key for hit in self.dense(store, "银行名单", 50)])
        named = set()
        for one in found:
            assert list(one.names) == sorted(one.names)
            for name in one.names:
                assert any(s.start <= name.start < name.end <= s.end for s in one.chunk.sentences)
                named.add((one.article.text[name.start : name.end], name.kind))
        assert {("徽商银行", "organisation"), ("广东", "place")} <= named

    def test_unknown_keys_and_articles_are_absent(self, store):
        assert store.fetch_chunks([10**9]) == []
        assert store.fetch_article("doc-99") is None

    def test_same_articles_again_change_nothing(self, store):
        version = store.version()
        report = store.upsert(ARTICLES)
        assert (report.added, report.changed, report.embedded) == (0, 0, 0)
        assert report.unchanged == len(ARTICLES)
        assert store.version() == version

    def test_changed_article_replaces_its_chunks(self, store):
        store.upsert(
            [article(4, "东亚银行更新名单", "东亚银行（中国）的名单增加到12家助贷合作机构。")]
        )
        found = store.fetch_chunks([hit.key for hit in self.dense(store, "东亚银行助贷合作机构")])
        texts = [f.chunk.text for f in found if f.article.id == "doc-04"]
        assert texts == ["东亚银行（中国）的名单增加到12家助贷合作机构。"]

    def test_deleted_article_is_gone_from_both_searches(self, store):
        store.delete(["doc-04"])
        text = "东亚银行披露了几家助贷合作机构"
        assert "doc-04" not in self.articles_of(store, self.dense(store, text, 50))
        assert "doc-04" not in self.articles_of(store, store.search_lexical(text, 50, ALL))
        assert store.fetch_article("doc-04") is None

    def test_deleting_an_unknown_article_removes_nothing(self, store):
        with pytest.raises(DocumentNotFound, match="doc-99"):
            store.delete(["doc-01", "doc-99"])
        assert store.fetch_article("doc-01") is not None
