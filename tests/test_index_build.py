"""Building: nothing is embedded twice, nothing half-done is visible, everything can be rebuilt."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import replace

import pytest
from corpus import ARTICLES, article

from index.build import IndexBuilder
from index.catalog import open_catalog
from index.embed import model_fingerprint
from index.errors import (
    HomeBusy,
    HomeNotWritable,
    IndexDamaged,
    IndexFormatUnknown,
    IndexNotFound,
    SourceEmpty,
)  # fmt: skip
from index.generation import open_current
from index.names import FINGERPRINT as TAGGER
from index.names import name_chunks
from index.settings import IndexSettings
from index.store import LocalStore, verify_index
from index.types import Filters

ALL = Filters()


def test_first_ingest_reports_what_it_did(built_home):
    with IndexBuilder(built_home, IndexSettings()) as builder:
        report = builder.ingest(ARTICLES)
    assert (report.added, report.unchanged, report.version) == (0, len(ARTICLES), "000001")


def test_progress_ends_at_its_total(home):
    steps = []
    with IndexBuilder(home, IndexSettings(), progress=lambda *s: steps.append(s)) as builder:
        builder.ingest([article(9, "新文章", "招商银行的信用卡交易额超过2万亿元。")])
    last = {stage: (done, total) for stage, done, total in steps}
    assert {"load", "chunk", "embed", "names", "publish"} <= last.keys()
    assert all(done == total for done, total in last.values())


def test_nothing_to_ingest_is_an_error_and_leaves_no_index(tmp_path):
    with (
        IndexBuilder(tmp_path, IndexSettings()) as builder,
        pytest.raises(SourceEmpty, match="no article"),
    ):
        builder.ingest([])
    with pytest.raises(IndexNotFound, match="there is no index"):
        open_current(tmp_path)


def test_second_writer_is_turned_away(home):
    with (
        IndexBuilder(home, IndexSettings()),
        pytest.raises(HomeBusy, match="another process is writing"),
    ):
        IndexBuilder(home, IndexSettings())


def test_home_that_is_a_file_cannot_be_written(tmp_path):
    (tmp_path / "home").write_text("", encoding="utf-8")
    with pytest.raises(HomeNotWritable, match="cannot be written"):
        IndexBuilder(tmp_path / "home", IndexSettings())


def test_rebuild_restores_every_derived_file_without_embedding(home):
    shutil.rmtree(home / "generations")
    (home / "CURRENT").unlink()
    with IndexBuilder(home, IndexSettings()) as builder:
        report = builder.rebuild()
    assert report.embedded == 0
    assert verify_index(home) == ()
    store = LocalStore(home, IndexSettings())
    assert store.search_lexical("徽商银行", 1, Filters())
    store.close()


def test_deleting_every_article_leaves_an_empty_index(home):
    with IndexBuilder(home, IndexSettings()) as builder:
        builder.delete([a.id for a in ARTICLES])
    store = LocalStore(home, IndexSettings())
    vector = store.embed_queries(["花呗"])[0]
    assert store.search_dense(vector, 5, Filters()) == []
    assert store.search_lexical("花呗", 5, Filters()) == []
    store.close()


@pytest.mark.parametrize(
    ("harm", "error"),
    [
        (lambda g: (g / "manifest.json").write_text("{", encoding="utf-8"), IndexDamaged),
        (lambda g: (g / "vectors.faiss").write_bytes(b"x"), IndexDamaged),
        (lambda g: (g / "columns.npz").write_bytes(b"PK\3\4"), IndexDamaged),
        (lambda g: shutil.rmtree(g / "lexical"), IndexDamaged),
        (shutil.rmtree, IndexDamaged),
        (
            lambda g: (g / "manifest.json").write_text(
                json.dumps({"format": 99}), encoding="utf-8"
            ),
            IndexFormatUnknown,
        ),
    ],
)
def test_damage_is_named_with_a_way_out(home, harm, error):
    harm(home / "generations" / "000001")
    with pytest.raises(error, match=r"generation|file|folder") as caught:
        LocalStore(home, IndexSettings())
    assert caught.value.hint


def test_newer_catalog_is_refused(home):
    db = sqlite3.connect(home / "catalog.sqlite")
    db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(IndexFormatUnknown, match="format 99"):
        LocalStore(home, IndexSettings())


_INGEST = """
import dataclasses, sys
from pathlib import Path
sys.path[:0] = sys.argv[2:]
from corpus import article
from index.build import IndexBuilder
from index.settings import IndexSettings
def progress(stage, done, total):
    print(stage, done, flush=True)
texts = [f"第{i}家银行公布了{i}项信用卡业务。" * 3 for i in range(300)]
many = [article(1 + i % 28, f"第{i}篇", text) for i, text in enumerate(texts)]
many = [dataclasses.replace(a, id=f"many-{i}") for i, a in enumerate(many)]
with IndexBuilder(Path(sys.argv[1]), IndexSettings(batch_size=8), progress=progress) as builder:
    builder.ingest(many)
"""


def test_killed_ingest_keeps_the_old_index_and_goes_on_where_it_stopped(home):
    paths = [path for path in sys.path if path]
    process = subprocess.Popen(
        [sys.executable, "-c", _INGEST, str(home), *paths], stdout=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 120
    for line in process.stdout:
        stage, done = line.split()
        if stage == "embed" and int(done) >= 100:
            os.kill(process.pid, signal.SIGKILL)
            break
        assert time.monotonic() < deadline
    process.wait()
    process.stdout.close()
    store = LocalStore(home, IndexSettings())
    assert store.version() == "000001"
    assert store.search_lexical("徽商银行", 1, Filters())
    store.close()
    with IndexBuilder(home, IndexSettings()) as builder:
        report = builder.rebuild()
    assert 0 < report.embedded <= 300 - 64
    assert verify_index(home) == ()


def test_vectors_of_the_same_text_are_taken_over_and_nothing_else(built_home, tmp_path):
    stranger = replace(ARTICLES[0], id="new", text="一篇别处没有的新闻。")
    with IndexBuilder(tmp_path / "own", IndexSettings(), reuse=(built_home,)) as builder:
        report = builder.ingest([*ARTICLES[:4], stranger])
    assert report.embedded == 1
    lent, own = open_catalog(built_home), open_catalog(tmp_path / "own")
    model = model_fingerprint("bundled")
    hashes = [stored.vector_hash for stored in own.iter_chunks()]
    theirs = {h: v for h, v in lent.read_vectors(model, hashes)}
    ours = {h: v for h, v in own.read_vectors(model, hashes)}
    assert theirs.keys() < ours.keys() == set(hashes)
    for key, vectors in theirs.items():
        assert (vectors.chunk == ours[key].chunk).all()
        assert (vectors.sentences == ours[key].sentences).all()
    lent.close()
    own.close()


def make_format_1(home):
    """What the huawen before left: no table of names."""
    db = sqlite3.connect(home / "catalog.sqlite")
    db.executescript("DROP TABLE names; PRAGMA user_version = 1;")
    db.close()


def read_format(home):
    db = sqlite3.connect(home / "catalog.sqlite")
    (found,) = db.execute("PRAGMA user_version").fetchone()
    db.close()
    return found


def stored_names(home):
    """Names by vector key, and the number of rows, which no chunk may lack or leave behind."""
    with closing(open_catalog(home)) as catalog:
        chunks = list(catalog.iter_chunks())
        rows = catalog._db.execute("SELECT count(*) FROM names").fetchone()[0]
        names = catalog.read_names(TAGGER, [stored.vector_hash for stored in chunks])
    expected = name_chunks([stored.chunk for stored in chunks])
    assert [names[stored.vector_hash] for stored in chunks] == expected
    assert rows == len(names)
    return names


def fetch_names(home):
    with closing(LocalStore(home, IndexSettings())) as store:
        keys = [hit.key for hit in store.search_dense(store.embed_queries(["银行"])[0], 50, ALL)]
        return {f.key: f.names for f in store.fetch_chunks(keys)}


def named(steps):
    """(done, total) of the batches that were read for names."""
    return [(done, total) for stage, done, total in steps if stage == "names"]


def test_names_are_stored_by_the_first_ingest(built_home):
    assert any(stored_names(built_home).values())


def test_names_of_later_chunks_are_placed_in_their_article(tmp_path):
    first = "董明珠在珠海表示，公司将在今后三年加大对新能源技术的投入。"
    text = f"{first}\n\n郭帆去年在北京执导了电影《流浪地球》。"
    settings = IndexSettings(max_tokens=32)
    with IndexBuilder(tmp_path, settings) as builder:
        builder.ingest([article(1, "两段", text)])
    fetched = fetch_names(tmp_path)
    assert len(fetched) == 2
    found = [text[n.start : n.end] for key in sorted(fetched) for n in fetched[key]]
    assert found == ["董明珠", "珠海", "郭帆", "北京", "流浪地球"]


def test_home_of_the_format_before_is_read_as_it_is(built_home, home):
    make_format_1(home)
    assert fetch_names(home) == fetch_names(built_home)
    assert read_format(home) == 1


def test_home_of_the_format_before_is_migrated_and_filled_without_a_new_generation(home):
    make_format_1(home)
    with IndexBuilder(home, IndexSettings()) as builder:
        report = builder.ingest(ARTICLES)
    assert (report.embedded, report.version) == (0, "000001")
    assert read_format(home) == 2
    assert stored_names(home)
    assert verify_index(home) == ()


def test_open_store_takes_names_from_the_table_that_another_process_adds(home):
    make_format_1(home)
    with closing(LocalStore(home, IndexSettings())) as store:
        keys = [hit.key for hit in store.search_lexical("徽商银行", 1, ALL)]
        before = store.fetch_chunks(keys)[0].names
        with IndexBuilder(home, IndexSettings()) as builder:
            builder.rebuild()
        with closing(open_catalog(home, write=True)) as catalog, catalog.transaction():
            hashes = [stored.vector_hash for stored in catalog.read_chunks(keys).values()]
            catalog.write_names(TAGGER, [(key, ()) for key in hashes])
        assert before
        assert store.fetch_chunks(keys)[0].names == ()


class _Stopped(Exception):
    pass


def test_stopped_filling_keeps_what_was_read_and_goes_on(home):
    texts = [f"第{i}家银行在北京公布了名单。" for i in range(70)]
    many = [replace(article(1, "", text), id=f"many-{i}") for i, text in enumerate(texts)]
    with IndexBuilder(home, IndexSettings()) as builder:
        version = builder.ingest(many).version
    make_format_1(home)

    def stop(stage, _done, _total):
        if stage == "names":
            raise _Stopped

    with (
        IndexBuilder(home, IndexSettings(), progress=stop) as builder,
        pytest.raises(_Stopped),
    ):
        builder.ingest(many)
    steps = []
    with IndexBuilder(home, IndexSettings(), progress=lambda *s: steps.append(s)) as builder:
        assert builder.ingest(many).version == version
    left = len(many) + len(ARTICLES) - 64
    assert named(steps) == [(left, left)]
    stored_names(home)


def test_articles_whose_names_were_never_read_are_published_by_the_next_build(home):
    def stop(stage, _done, _total):
        if stage == "names":
            raise _Stopped

    fresh = article(9, "新文章", "招商银行的信用卡交易额超过2万亿元。")
    with (
        IndexBuilder(home, IndexSettings(), progress=stop) as builder,
        pytest.raises(_Stopped),
    ):
        builder.ingest([fresh])
    with IndexBuilder(home, IndexSettings()) as builder:
        report = builder.ingest([fresh])
    assert (report.unchanged, report.embedded, report.version) == (1, 0, "000002")


@pytest.mark.parametrize("old", [False, True])
def test_names_are_borrowed_where_the_lender_has_them(home, tmp_path, old):
    if old:
        make_format_1(home)
    steps = []
    with IndexBuilder(
        tmp_path / "own", IndexSettings(), reuse=(home,), progress=lambda *s: steps.append(s)
    ) as builder:
        assert builder.ingest(ARTICLES).embedded == 0
    assert bool(named(steps)) == old
    stored_names(tmp_path / "own")


def test_names_go_with_the_articles_that_have_them(home):
    before = stored_names(home)
    with IndexBuilder(home, IndexSettings()) as builder:
        builder.delete(["doc-03"])
        builder.ingest([article(4, "东亚银行披露名单", "名单由王小明在上海公布。")])
    after = stored_names(home)
    assert len(after) == len(before) - 1
    assert len(after.keys() & before.keys()) == len(before) - 2
