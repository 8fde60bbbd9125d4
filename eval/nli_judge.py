"""A local entailment model as the judge of citations; loads sentence-transformers when asked.

Any cross-encoder will do whose labels name entailment, such as those trained on XNLI; it is read
from a folder of this machine, never from the network.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import numpy as np

from eval.errors import BadJudge
from eval.judge import Judgement

_YES = ("entailment", "entail", "entailed")


class NliJudge:
    """Supported where entailment is the likeliest label of (quotes, sentence).

    Raises:
        BadJudge: the folder holds no cross-encoder, or none of its labels is entailment.
    """

    def __init__(self, folder: Path) -> None:
        if not (folder / "config.json").is_file():
            raise BadJudge(f"{str(folder)!r} holds no model: it has no config.json")
        from sentence_transformers import CrossEncoder  # noqa: PLC0415 - seconds, for this alone

        try:
            self._model = CrossEncoder(str(folder), local_files_only=True, device="cpu")
        except (OSError, ValueError) as error:
            raise BadJudge(f"{str(folder)!r} cannot be loaded: {error}") from error
        labels = {str(v).lower(): int(k) for k, v in self._model.config.id2label.items()}
        wanted = [labels[name] for name in _YES if name in labels]
        if not wanted:
            raise BadJudge(f"{str(folder)!r}: no label is entailment, they are {sorted(labels)}")
        self._yes = wanted[0]
        self.name = f"nli-{folder.resolve().name}-{_digest(folder)}"

    def judge(self, sentence: str, quotes: Sequence[str]) -> Judgement:
        """See ``eval.judge.Judge``."""
        pair = ("\n".join(quotes), sentence)
        scores = np.asarray(self._model.predict([pair], show_progress_bar=False))[0]
        likeliest = int(np.argmax(scores))
        if likeliest == self._yes:
            return Judgement(supported=True, reason="")
        label = self._model.config.id2label[likeliest]
        return Judgement(supported=False, reason=f"the model says {label}")


def _digest(folder: Path) -> str:
    """Of the weights: two models under one folder name are two judges."""
    digest = sha256()
    for path in sorted((*folder.glob("*.safetensors"), *folder.glob("*.bin"))):
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()[:8]
