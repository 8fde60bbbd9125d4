"""Articles to vectors: chunk and sentence vectors from one forward pass.

The only import of sentence_transformers (and of torch), and only when articles are embedded or when
another model than the bundled one is set: asking a question never comes here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from index.bundled import FINGERPRINT, QuestionEncoder
from index.errors import ModelError
from index.settings import BUNDLED
from index.types import Article, Chunk

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkText:
    """What is embedded of a chunk: ``lead`` (the headline, or "") before the chunk's own words.

    ``spans`` are the sentences' half-open code points in ``text``.
    """

    lead: str
    text: str
    spans: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkVectors:
    """Unit vectors of a chunk, shape (dimension,), and of its sentences, (sentences, dimension)."""

    chunk: Vectors
    sentences: Vectors


class QueryEncoder(Protocol):
    """Questions to unit vectors, float32, shape (len(texts), dimension), in the order given."""

    fingerprint: str

    def encode_queries(self, texts: list[str]) -> Vectors:
        """Unit vectors of questions."""
        ...


def chunk_text(article: Article, chunk: Chunk) -> ChunkText:
    """The text of a chunk as it is embedded; the headline lends its subject to every chunk."""
    has_title = article.title and not article.text.startswith(article.title.rstrip("…"))
    return ChunkText(
        lead=f"{article.title}\n" if has_title else "",
        text=chunk.text,
        spans=tuple((s.start - chunk.start, s.end - chunk.start) for s in chunk.sentences),
    )


def model_fingerprint(name: str) -> str:
    """What an index stores of its model, known without loading it."""
    return FINGERPRINT if name == BUNDLED else name


def open_query_encoder(name: str) -> QueryEncoder:
    """The question side of a model: the bundled C engine, or sentence-transformers.

    Raises:
        ModelError: the model cannot be loaded.
    """
    return QuestionEncoder() if name == BUNDLED else ArticleEncoder(name)


class ArticleEncoder:
    """A sentence-transformers model. One lock: its tokenizer must not be shared between threads."""

    def __init__(self, name: str = BUNDLED) -> None:
        self.fingerprint = model_fingerprint(name)
        self._lock = Lock()
        self._model = _load_model(name)
        self._tokenizer: Any = self._model.tokenizer
        self.dimension = int(self._model.get_embedding_dimension() or 0)
        self._prefix = self._model.prompts.get("document") or ""
        self._max_tokens = min(int(self._model.max_seq_length or 512), 512)

    def count_tokens(self, text: str) -> int:
        """Tokens of ``text`` without the special ones."""
        with self._lock:
            return len(self._tokenizer(text, add_special_tokens=False)["input_ids"])

    def encode_queries(self, texts: list[str]) -> Vectors:
        """Unit vectors of questions, with the model's own query prompt where it has one."""
        with self._lock:
            vectors: Vectors = self._model.encode_query(
                texts, normalize_embeddings=True, show_progress_bar=False
            )
        return vectors

    def encode_documents(
        self, chunks: Sequence[ChunkText], *, batch_size: int
    ) -> Iterator[tuple[int, ChunkVectors]]:
        """Positions in ``chunks`` with their vectors, shortest chunk first.

        Sorting by length keeps padding out of the matrix products, which is where the time goes.
        """
        texts = [self._prefix + chunk.lead + chunk.text for chunk in chunks]
        with self._lock:
            encoded = self._tokenizer(
                texts, truncation=True, max_length=self._max_tokens, return_offsets_mapping=True
            )
        tokens, offsets = encoded["input_ids"], encoded["offset_mapping"]
        order = sorted(range(len(texts)), key=lambda i: len(tokens[i]))
        for first in range(0, len(order), batch_size):
            batch = order[first : first + batch_size]
            with self._lock:
                hidden = self._forward([tokens[i] for i in batch])
            for row, i in enumerate(batch):
                states = hidden[row, : len(tokens[i])]
                lead = len(self._prefix) + len(chunks[i].lead)
                yield i, _pool(states, offsets[i], chunks[i], lead)

    def _forward(self, rows: list[list[int]]) -> Vectors:
        """Last hidden states, float32, shape (rows, longest, dimension); padding is undefined."""
        import torch  # noqa: PLC0415

        longest = max(map(len, rows))
        ids = torch.full((len(rows), longest), self._tokenizer.pad_token_id or 0)
        mask = torch.zeros((len(rows), longest), dtype=torch.long)
        for row, tokens in enumerate(rows):
            ids[row, : len(tokens)] = torch.tensor(tokens)
            mask[row, : len(tokens)] = 1
        with torch.inference_mode():
            output = self._model({"input_ids": ids, "attention_mask": mask})
        states: Vectors = output["token_embeddings"].float().numpy()
        return states


def _pool(
    states: Vectors, offsets: list[tuple[int, int]], chunk: ChunkText, lead: int
) -> ChunkVectors:
    """Mean over all tokens, and over the tokens of each sentence, scaled to unit length."""
    starts = np.array([start for start, _ in offsets]) - lead
    ends = np.array([end for _, end in offsets]) - lead
    sentences = np.empty((len(chunk.spans), states.shape[1]), np.float32)
    for row, (start, end) in enumerate(chunk.spans):
        inside = (starts < end) & (ends > start) & (ends > starts)
        # A sentence that lies wholly behind the model's limit borrows the chunk's vector.
        sentences[row] = states[inside].mean(axis=0) if inside.any() else states.mean(axis=0)
    return ChunkVectors(chunk=_unit(states.mean(axis=0)[None])[0], sentences=_unit(sentences))


def _unit(vectors: Vectors) -> Vectors:
    unit: Vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    return unit


def _load_model(name: str) -> SentenceTransformer:
    import torch  # noqa: PLC0415
    import transformers  # noqa: PLC0415
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415

    transformers.utils.logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    path = _model_folder(name)
    dtype = torch.bfloat16 if has_bfloat16() else torch.float32
    try:
        model = SentenceTransformer(
            path, device="cpu", local_files_only=True, model_kwargs={"torch_dtype": dtype}
        )
    except (OSError, ValueError) as error:
        raise ModelError(
            f"the embedding model {name!r} cannot be loaded: {str(error).splitlines()[0]}",
            hint="Give HUAWEN_INDEX_EMBEDDER the folder of a sentence-transformers model.",
        ) from error
    pooling = getattr(model[1], "pooling_mode", "mean") if len(model) > 1 else "mean"
    if pooling != "mean":
        raise ModelError(
            f"the embedding model {name!r} pools by {pooling!r}, not by 'mean'",
            hint="Choose a model with mean pooling for HUAWEN_INDEX_EMBEDDER.",
        )
    return model


def _model_folder(name: str) -> str:
    if name != BUNDLED:
        return name
    from index.unpack import unpack_model  # noqa: PLC0415

    return str(unpack_model())


def has_bfloat16() -> bool:
    """Whether this CPU multiplies bfloat16 in hardware; elsewhere it is slower than float32."""
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="utf-8").split()
    except OSError:
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags
