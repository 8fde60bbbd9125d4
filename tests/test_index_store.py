"""The local store keeps the contract, and its own promises about disks and other processes."""

import pytest
from contracts import PassageStoreContract

from index.catalog import open_catalog
from index.errors import IndexModelMismatch, IndexNotFound
from index.settings import IndexSettings
from index.store import LocalStore, verify_index
from index.types import Filters


class TestLocalStore(PassageStoreContract):
    @pytest.fixture
    def store(self, home):
        store = LocalStore(home, IndexSettings())
        yield store
        store.close()

    def test_sees_what_another_process_published(self, store, home):
        before = store.version()
        other = LocalStore(home, IndexSettings())
        other.delete(["doc-03"])
        other.close()
        assert store.version() != before
        hits = store.search_lexical("徽商银行", 5, Filters(document_ids=("doc-03",)))
        assert hits == []

    def test_chunks_of_an_article_that_goes_while_they_are_fetched_are_whole(self, store, home):
        """Chunks, vectors, article and reprints are of one state of the catalog."""
        keys = [hit.key for hit in store.search_lexical("徽商银行", 5, Filters())]
        before = LocalStore(home, IndexSettings())
        whole = before.fetch_chunks(keys)
        gone = {f.chunk.article_id for f in whole}
        other = open_catalog(home, write=True)

        def delete_behind_it(statement: str) -> None:
            if "FROM vectors" in statement:  # the chunks are read, the articles are not
                with other.transaction():
                    for article_id in gone:
                        other.delete_article(article_id)

        store._catalog._db.set_trace_callback(delete_behind_it)
        fetched = store.fetch_chunks(keys)
        store._catalog._db.set_trace_callback(None)
        other.close()
        assert [f.article for f in fetched] == [f.article for f in whole]
        assert store.fetch_chunks(keys) == []
        assert before.fetch_chunks(keys) == [], "what is remembered goes with the articles"
        before.close()


def test_home_without_an_index_says_what_to_do(tmp_path):
    with pytest.raises(IndexNotFound, match="there is no index") as caught:
        LocalStore(tmp_path, IndexSettings())
    assert "huawen ingest" in caught.value.hint


def test_index_of_another_model_is_refused(home):
    with pytest.raises(IndexModelMismatch, match="some/other-model"):
        LocalStore(home, IndexSettings(embedder="some/other-model"))


def test_fresh_index_verifies(home):
    assert verify_index(home) == ()


@pytest.mark.parametrize("name", ["vectors.faiss", "columns.npz", "lexical/meta.json"])
@pytest.mark.parametrize("harm", ["missing", "truncated"])
def test_verify_names_the_damaged_file(home, name, harm):
    path = home / "generations" / "000001" / name
    if harm == "missing":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-20])
    assert any(name in problem for problem in verify_index(home))
