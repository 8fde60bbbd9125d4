"""Teaches the reader which sentences hold the answer to a question, and which only look like it.

The upper layers of the bundled embedding model are tuned with a head on the question's first token
and the mean of the sentence's. A second head says of every token whether it is of the answer: it
stays behind, but what it asks for is learned in a fraction of the time.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from re import escape, finditer
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits as cross_entropy
from transformers import AutoModel

from eval.examples import Example
from index.bundled import DIMENSION, load_model
from index.packed import quantise
from index.unpack import tensor_name, unpack_model
from rag.evidence import score_table
from rag.reader import Window, tokenize, tokenize_question, window_of
from rag.scorer import Scorer

_BATCH, _BLOCK = 32, 50  # lessons of a step; steps whose lessons are sorted by length together
_RATE, _HEAD_RATE, _WARM, _LEAST = 1e-4, 1e-3, 100, 0.02  # of the optimiser, and its schedule
_RIGHT, _WRONG, _NEAR = 2, 4, 3  # sentences of a question; of one that nothing answers
_TUNED = range(6, 12)  # layers; those below stay the embedding model's
_INSIDE = 3.0  # weight of a token of the answer against others


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """A question, a sentence, and what of it is the answer; () where it holds none."""

    question: str
    window: Window
    answers: tuple[str, ...]


def lessons_of(example: Example, scorer: Scorer) -> list[Lesson]:
    """The likeliest of an example's sentences that hold the answer, and that do not."""
    table, case = example.tables[0], example.case
    if not len(table.rows):
        return []
    order = np.argsort(-score_table(table, scorer.sentence), kind="stable").tolist()
    right = [row for row in order if example.labels[row]][:_RIGHT]
    if case.answerable and not right:
        return []
    wrong = [row for row in order if not example.labels[row]][: _WRONG if right else _NEAR]
    golds = tuple(gold for item in case.alternatives() for gold in item)
    return [
        Lesson(
            question=example.query.text,
            window=window_of(table.rows[row]),
            answers=golds if example.labels[row] else (),
        )
        for row in (*right, *wrong)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Batch:
    """Lessons side by side; every tensor has shape (lessons, tokens) but ``right``: (lessons,)."""

    tokens: Tensor
    real: Tensor
    sentence: Tensor
    inside: Tensor
    right: Tensor


def teach(
    lessons: Sequence[Lesson],
    *,
    seed: int,
    steps: int | None,
    progress: Callable[[int, int], None],
) -> dict[str, np.ndarray[Any, Any]]:
    """What ``rag.reader`` reads with, by name; half an hour for 25,000 lessons on two cores.

    Args:
        lessons: in any order.
        seed: of the order and the heads.
        steps: so many at most.
        progress: hears the steps done, and how many there are.
    """
    torch.manual_seed(seed)
    collator = _Collator()
    network = _Network()
    batches = [*_batches(lessons, seed)][:steps]
    optimiser = torch.optim.AdamW(
        [
            {"params": network.tuned(), "lr": _RATE},
            {"params": network.heads(), "lr": _HEAD_RATE},
        ],
        weight_decay=0.01,
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: _rate_at(step, len(batches))
    )
    for done, batch in enumerate(batches, start=1):
        network.loss(collator.collate(batch)).backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_([*network.tuned(), *network.heads()], 1.0)
        optimiser.step()
        schedule.step()
        optimiser.zero_grad()
        progress(done, len(batches))
    return network.learned()


def write_reader(path: Path, learned: dict[str, np.ndarray[Any, Any]]) -> None:
    """As ``rag.reader`` reads it."""
    with path.open("wb") as file:
        np.savez(file, allow_pickle=False, **learned)


def _rate_at(step: int, steps: int) -> float:
    if step < _WARM:
        return (step + 1) / _WARM
    return max(_LEAST, 1 - (step - _WARM) / max(1, steps - _WARM))


def _batches(lessons: Sequence[Lesson], seed: int) -> Iterator[list[Lesson]]:
    """In an order of chance, but lessons of a batch are of one length: nothing is padded much."""
    chance = random.Random(seed)
    shuffled = chance.sample(list(lessons), len(lessons))
    size = _BATCH * _BLOCK
    for start in range(0, len(shuffled), size):
        block = sorted(
            shuffled[start : start + size],
            key=lambda one: len(one.window.text) + len(one.window.before),
        )
        found = [block[at : at + _BATCH] for at in range(0, len(block), _BATCH)]
        yield from chance.sample(found, len(found))


class _Collator:
    """Lessons to batches."""

    def __init__(self) -> None:
        model, self._embedder = load_model()
        self._pad = model.vocabulary.pad
        # The same tokens, and where each stands in the text.
        self._places = Tokenizer.from_file(str(unpack_model() / "tokenizer.json"))

    def collate(self, lessons: Sequence[Lesson]) -> _Batch:
        """Side by side, padded to the longest."""
        read = [
            tokenize(self._embedder, tokenize_question(self._embedder, one.question), one.window)
            for one in lessons
        ]
        shape = (len(lessons), max(len(tokens) for tokens, _ in read))
        tokens = torch.full(shape, self._pad)
        real, sentence, inside = torch.zeros(shape), torch.zeros(shape), torch.zeros(shape)
        for row, (lesson, (found, places)) in enumerate(zip(lessons, read, strict=True)):
            tokens[row, : len(found)] = torch.tensor(found)
            real[row, : len(found)] = 1
            sentence[row, places.start : places.stop] = 1
            for at in self._inside(lesson):
                inside[row, places.start + at] = 1
        right = torch.tensor([float(bool(one.answers)) for one in lessons])
        return _Batch(tokens=tokens, real=real, sentence=sentence, inside=inside, right=right)

    def _inside(self, lesson: Lesson) -> list[int]:
        """Which tokens of the sentence are of an answer."""
        if not lesson.answers:
            return []
        text = lesson.window.text
        answers = [m.span() for answer in lesson.answers for m in finditer(escape(answer), text)]
        tokens = self._places.encode(text, add_special_tokens=False).offsets
        return [
            number
            for number, (start, end) in enumerate(tokens)
            if any(start < until and since < end for since, until in answers)
        ]


class _Network(nn.Module):
    """The embedding model with two heads; only its upper layers learn."""

    def __init__(self) -> None:
        super().__init__()
        self._model = AutoModel.from_pretrained(unpack_model(), add_pooling_layer=False).float()
        self._model.requires_grad_(False)
        self._layers = list(self._model.encoder.layer)
        for layer in self._layers[_TUNED.start :]:
            layer.requires_grad_(True)
        self._right, self._inside = nn.Linear(2 * DIMENSION, 1), nn.Linear(DIMENSION, 1)
        for head, bias in ((self._right, 0.0), (self._inside, -2.0)):
            nn.init.normal_(head.weight, std=0.02)
            nn.init.constant_(head.bias, bias)

    def tuned(self) -> list[nn.Parameter]:
        """Of the upper layers."""
        return [p for layer in self._layers[_TUNED.start :] for p in layer.parameters()]

    def heads(self) -> list[nn.Parameter]:
        """Of both heads."""
        return [*self._right.parameters(), *self._inside.parameters()]

    def loss(self, batch: _Batch) -> Tensor:
        """Whether the sentence is right, and which of its tokens are of the answer."""
        with torch.autocast("cpu", torch.bfloat16):
            states = self._read(batch)
        of_sentence = batch.sentence[..., None]
        mean = (states * of_sentence).sum(1) / of_sentence.sum(1).clamp(min=1)
        right = self._right(torch.cat([states[:, 0], mean], dim=1))[:, 0]
        inside = self._inside(states)[..., 0]
        # An answer that is written otherwise in the sentence leaves its tokens unknown.
        known = (batch.inside.sum(1) > 0) | (batch.right == 0)
        counted = known[:, None] * batch.sentence
        each = cross_entropy(
            inside, batch.inside, reduction="none", pos_weight=torch.tensor(_INSIDE)
        )
        tokens = (each * counted).sum() / counted.sum().clamp(min=1)
        return cross_entropy(right, batch.right) + tokens

    def _read(self, batch: _Batch) -> Tensor:
        mask = (1 - batch.real[:, None, None, :]) * -1e4
        states: Any = self._model.embeddings(batch.tokens)
        for number, layer in enumerate(self._layers):
            with torch.set_grad_enabled(number >= _TUNED.start):
                states = layer(states, mask.to(states.dtype))
                states = states[0] if isinstance(states, tuple) else states
        return torch.as_tensor(states).float()

    def learned(self) -> dict[str, np.ndarray[Any, Any]]:
        """The head, and the upper layers: matrices as what they differ by from the model's."""
        model, _ = load_model()
        tensors = self._model.state_dict()
        found: dict[str, np.ndarray[Any, Any]] = {
            "head": self._right.weight.detach().numpy().ravel(),
            "bias": self._right.bias.detach().numpy()[0],
        }
        for name in model.names():
            layer = name.split(".")[0]
            if layer not in {f"l{number}" for number in _TUNED}:
                continue
            tuned = tensors[tensor_name(name)].numpy().ravel()
            is_matrix = name in model.blocks
            found[name] = quantise(tuned - model.tensor(name)) if is_matrix else tuned
        return found
