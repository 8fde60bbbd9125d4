"""Which parts of the evidence add nothing beside the best one, where that surely answers.

On topic is not an answer: asked for the share of users between 21 and 55, a sentence with the
share of another group says less than the best one in every respect.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rag.asked import Asked
from rag.facts import Facts
from rag.joint import TypeFinder
from rag.measures import Column, Matrix

_LESS = 0.1  # of the question's weight that the best one meets, and the other does not
_MORE = 0.1  # of it that the other may meet, and the best one does not
_BEHIND = 0.5  # log odds by which the best one is likelier
_UNLIKELY = 0.0  # log odds from which a part is never idle


def find_idle(asked: Asked, words: Matrix, log_odds: Column, said: Facts) -> NDArray[np.bool_]:
    """Of parts of sentences: which of them add nothing to the likeliest.

    None does where the likeliest holds nothing of the type that is asked for.

    Args:
        asked: the question.
        words: how far each of ``asked.words`` stands in the sentence that each part is of, shape
            (parts, words).
        log_odds: that each part answers.
        said: facts of the likeliest part itself.
    """
    best = int(log_odds.argmax())
    if TypeFinder(asked)(said) == [] or not asked.words:
        return np.zeros(len(words), np.bool_)
    less = (words[best] - words).clip(0) @ asked.shares
    more = (words - words[best]).clip(0) @ asked.shares
    behind = log_odds[best] - log_odds
    says_less = (less - more > _LESS) & (more <= _MORE)
    idle: NDArray[np.bool_] = says_less & (behind > _BEHIND) & (log_odds < _UNLIKELY)
    return idle
