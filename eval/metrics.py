"""What an answer's words are worth against the gold. Every score is in [0, 1].

Definitions are those of the field: RGB (containment), SQuAD and CMRC 2018 (exact match, F1),
ROUGE-L. ``norm-1`` of ``norm.py`` is the spelling that is compared, unless a line says otherwise.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from difflib import SequenceMatcher

from eval.cases import Case, GoldNumber
from eval.norm import NUMBER, norm, spell, squeeze, tokens

_MARKER = re.compile(r"\[\d+\]")
_ROUGE_BETA = 1.2


def strip_markers(answer: str) -> str:
    """The answer without citation markers."""
    return _MARKER.sub("", answer)


def score_answer(case: Case, answer: str) -> dict[str, float]:
    """Every metric of the answer's words that the case has gold for.

    Args:
        case: with its gold.
        answer: as given to the reader; markers are taken out here.
    """
    said = strip_markers(answer)
    scores = {"answer/chars": float(len(said))}
    if case.answers:
        scores["answer/contains"] = contains(said, case.alternatives())
        scores["answer/contains_exact"] = contains_exact(said, case.alternatives())
        golds = gold_texts(case)
        scores["answer/em"] = best(exact_match, said, golds)
        scores["answer/char_f1"] = best(char_f1, said, golds)
        scores["answer/cmrc_f1"] = best(cmrc_f1, said, golds)
        scores["answer/rouge_l"] = best(rouge_l, said, golds)
    if case.numbers:
        scores["answer/number_acc"] = number_accuracy(said, case.numbers)
    if case.must_not:
        spelled = norm(said)
        scores["answer/must_not"] = float(any(norm(text) in spelled for text in case.must_not))
    return scores


def gold_texts(case: Case) -> list[str]:
    """Reference texts: of one item each alternative, of several the first of each, joined."""
    items = case.alternatives()
    if len(items) == 1:
        return list(items[0])
    return ["、".join(item[0] for item in items)]


def best(metric: Callable[[str, str], float], said: str, golds: Sequence[str]) -> float:
    """The highest score over several golds."""
    return max(metric(said, gold) for gold in golds)


def contains_exact(said: str, items: Sequence[Sequence[str]]) -> float:
    """RGB's protocol: every gold string is a substring once white space is gone."""
    bare = squeeze(said)
    return float(all(any(squeeze(one) in bare for one in item) for item in items))


def contains(said: str, items: Sequence[Sequence[str]]) -> float:
    """As ``contains_exact``, or in one spelling; a figure counts only as a whole one."""
    bare, spelled = squeeze(said), norm(said)
    return float(
        all(
            any(_stands(squeeze(one), bare) or _stands(norm(one), spelled) for one in item)
            for item in items
        )
    )


def _stands(gold: str, text: str) -> bool:
    before = r"(?<![\d.])" if gold[:1].isdigit() else ""
    after = r"(?!\.?\d)" if gold[-1:].isdigit() else ""
    return bool(gold) and re.search(f"{before}{re.escape(gold)}{after}", text) is not None


def exact_match(said: str, gold: str) -> float:
    """1 where both are the same in one spelling."""
    return float(norm(said) == norm(gold))


def char_f1(said: str, gold: str) -> float:
    """F1 over the multisets of tokens."""
    ours, theirs = Counter(tokens(said)), Counter(tokens(gold))
    return _f1((ours & theirs).total(), ours.total(), theirs.total())


def cmrc_f1(said: str, gold: str) -> float:
    """CMRC 2018: F1 on the longest common contiguous run of tokens."""
    ours, theirs = tokens(said), tokens(gold)
    match = SequenceMatcher(None, ours, theirs, autojunk=False).find_longest_match()
    return _f1(match.size, len(ours), len(theirs))


def rouge_l(said: str, gold: str) -> float:
    """ROUGE-L: F with beta 1.2 on the longest common subsequence of tokens."""
    ours, theirs = tokens(said), tokens(gold)
    common = _common_subsequence(ours, theirs)
    if not common:
        return 0.0
    precision, recall = common / len(ours), common / len(theirs)
    square = _ROUGE_BETA**2
    return (1 + square) * precision * recall / (recall + square * precision)


def number_accuracy(said: str, wanted: Sequence[GoldNumber]) -> float:
    """1 where every wanted figure stands there in its unit, within its tolerance."""
    found = numbers_in(said)
    return float(all(any(_agrees(f, gold) for f in found) for gold in wanted))


def numbers_in(text: str) -> list[tuple[float, str]]:
    """Figures with units, scales multiplied out: 3.2亿元 is (320000000.0, "元")."""
    spelled = spell(text)
    return [(float(m["digits"]), m["unit"] or "") for m in NUMBER.finditer(spelled)]


def _agrees(found: tuple[float, str], gold: GoldNumber) -> bool:
    wanted = numbers_in(f"{gold.value:f}".rstrip("0").rstrip(".") + gold.unit)
    value, unit = wanted[0] if wanted else (gold.value, gold.unit)
    return abs(found[0] - value) <= gold.tolerance + 1e-9 * abs(value) and (
        not unit or found[1] == unit
    )


def _f1(common: float, ours: float, theirs: float) -> float:
    return 2 * common / (ours + theirs) if common else 0.0


def _common_subsequence(left: Sequence[str], right: Sequence[str]) -> int:
    row = [0] * (len(right) + 1)
    for one in left:
        before = 0
        for j, other in enumerate(right, start=1):
            kept = row[j]
            row[j] = before + 1 if one == other else max(row[j], row[j - 1])
            before = kept
    return row[-1]
