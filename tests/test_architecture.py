"""The shape of the code: direction of imports, one vendor one file, sizes."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("index", "rag", "api", "eval")
ALLOWED = {
    "index": {"index"},
    "rag": {"rag", "index"},
    "api": {"api", "rag", "index", "eval"},
    "eval": {"eval", "rag", "index", "api"},
}
VENDORS = {
    "faiss": {"index/vectors.py"},
    "tantivy": {"index/lexical.py"},
    "jieba": {"index/words.py"},
    "onnx": {"index/encoder_graph.py"},
    "onnxruntime": {"index/network.py"},
    "opencc": {"index/words.py"},
    "sentence_transformers": {"index/embed.py"},
    "transformers": {"index/embed.py", "eval/teach.py"},
    "datasketch": {"index/reprints.py"},
    "openai": {"rag/llm.py"},
    "trafilatura": {"index/readers/html.py"},
    "feedparser": {"index/readers/feed.py"},
    "pypdfium2": {"index/readers/pdf.py"},
    "docx": {"index/readers/docx.py"},
}
# The plain script that we are compared with, and a judge that is no part of answering.
MEASURING = {"eval/bench.py", "eval/plain.py", "eval/nli_judge.py"}
FILES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def imports(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_file_keeps_the_rules(path):
    name = path.relative_to(ROOT).as_posix()
    used = imports(path)
    assert used & set(PACKAGES) <= ALLOWED[name.split("/")[0]], "import against the arrows"
    for vendor, places in VENDORS.items():
        assert vendor not in used or name in places | MEASURING, f"{vendor} belongs in {places}"
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 400, "two jobs in one file"


def test_top_level_is_fixed():
    folders = {p.name for p in ROOT.iterdir() if p.is_dir() and not p.name.startswith(".")}
    assert folders - {"dist", "runs"} == {*PACKAGES, "tests"}
