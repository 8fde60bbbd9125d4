"""Building: nothing is embedded twice, nothing half-done is visible, everything can be rebuilt."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
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
from index.settings import IndexSettings
from index.store import LocalStore, verify_index
from index.types import Filters


def test_first_ingest_reports_what_it_did(built_home):
    with IndexBuilder(built_home, IndexSettings()) as builder:
        report = builder.ingest(ARTICLES)
    assert (report.added, report.unchanged, report.version) == (0, len(ARTICLES), "000001")


def test_progress_ends_at_its_total(home):
    steps = []
    with IndexBuilder(home, IndexSettings(), progress=lambda *s: steps.append(s)) as builder:
        builder.ingest([article(9, "新文章", "招商银行的信用卡交易额超过2万亿元。")])
    last = {stage: (done, total) for stage, done, total in steps}
    assert {"load", "chunk", "embed", "publish"} <= last.keys()
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
