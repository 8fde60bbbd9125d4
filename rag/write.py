"""Step 6 with a language model: its prose, taken sentence by sentence, each tied to its evidence.

A sentence becomes a draft only with sentences of the passages that it cites and that could prove
it; the service then verifies it like any other. What a model writes without a mark is dropped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from index.sentences import split_sentences
from rag import prompts
from rag.asked import character_pairs
from rag.clean import clean_span, drop_invisible
from rag.compose import Draft, frame_draft
from rag.dates import iso_day
from rag.evidence import Ranking
from rag.llm import ChatMessage
from rag.markers import MARK, parse_markers
from rag.types import Evidence, Language, Passage, Query, Turn
from rag.verify import verify_sentence

_PASSAGES = 6
_PASSAGE_CHARS = 900
_MAX_RAW = 6_000  # characters that a model may write before it is cut off
_LONGEST = 600  # characters without the end of a sentence: this is no prose
_SAME = 0.8  # share of character pairs from which a sentence repeats an earlier one
_EVIDENCE = 2  # sentences that may prove one sentence together
_LEADING_MARKS = re.compile(rf"^(?:{MARK.pattern})+[。．.]?")
_BRACKETS = str.maketrans({"<": "‹", ">": "›"})


def choose_passages(ranking: Ranking) -> tuple[Passage, ...]:
    """The passages with the likeliest sentences, best first: what the model may read."""
    order = np.argsort(-ranking.log_odds, kind="stable")
    seen = {ranking.table.rows[int(i)].passage.chunk.id: int(i) for i in reversed(order)}
    rows = sorted(seen.values(), key=lambda row: -float(ranking.log_odds[row]))
    return tuple(ranking.table.rows[row].passage for row in rows[:_PASSAGES])


def build_messages(
    query: Query,
    passages: Sequence[Passage],
    *,
    max_sentences: int,
    max_chars: int,
    hint: str = "",
) -> list[ChatMessage]:
    """Instructions, then the passages as fenced data and the question.

    ``hint`` is the caller's wish about the style, which comes after our rules and changes none.
    """
    blocks = []
    for number, passage in enumerate(passages, start=1):
        article = passage.article
        headline = prompts.render_headline(article.title)
        named = (article.publisher, iso_day(article), headline)
        head = " ".join(part for part in named if part)
        body = passage.chunk.text[:_PASSAGE_CHARS]
        blocks.append(
            f'<passage id="{number}">\n{_fenced(head)}\n{_fenced(body)}\n</passage>'
        )  # fmt: skip
    system = prompts.WRITE.format(sentences=max_sentences, chars=max_chars)
    if hint:
        system += "\n" + prompts.WRITE_STYLE.format(hint=_fenced(hint))
    asked = prompts.WRITE_QUESTION.format(question=_fenced(query.text))
    return [
        ChatMessage(role="system", content=system),
        ChatMessage(role="user", content="\n".join([*blocks, asked])),
    ]


def write_drafts(
    pieces: Iterable[str],
    passages: Sequence[Passage],
    ranking: Ranking,
    *,
    language: Language,
    max_sentences: int,
) -> Iterator[Draft]:
    """A draft for each sentence of the model that cites something; no sentence twice.

    Args:
        pieces: the model's text as it arrives.
        passages: what it was given, in the order of their numbers.
        ranking: scores for their sentences.
        language: of the frame.
        max_sentences: drafts at most.
    """
    said: list[frozenset[str]] = []
    for sentence in split_stream(pieces):
        marked = parse_markers(sentence, known=len(passages))
        text = clean_span(marked.text)
        pairs = character_pairs(text)
        if not text or not marked.numbers or not pairs or _repeats(pairs, said):
            continue
        said.append(pairs)
        cited = [passages[number - 1].chunk.id for number in marked.numbers]
        evidence = find_evidence(text, cited, ranking)
        draft = Draft(text=text, claim=text, evidence=evidence, score=_score(evidence))
        yield frame_draft(draft, language) if evidence else draft
        if len(said) >= max_sentences:
            return


def split_stream(pieces: Iterable[str]) -> Iterator[str]:
    """Whole sentences out of pieces of text, each with the marks that stand behind it."""
    buffer, total = "", 0
    for piece in pieces:
        buffer += piece
        total += len(piece)
        *whole, buffer = _sentences(buffer)
        yield from whole
        if total > _MAX_RAW or len(buffer) > _LONGEST:
            return  # nothing that ends; what is left in the buffer is not a sentence
    yield from (last for last in _sentences(buffer) if last.strip())


def find_evidence(text: str, chunk_ids: Sequence[str], ranking: Ranking) -> tuple[Evidence, ...]:
    """The fewest sentences of the cited chunks that prove ``text``; else the closest one.

    At most one sentence of each of two chunks, or two of one.
    """
    wanted = character_pairs(text)
    rows = [i for i, row in enumerate(ranking.table.rows) if row.passage.chunk.id in chunk_ids]
    shares = {i: len(wanted & character_pairs(ranking.table.rows[i].text)) for i in rows}
    closest = sorted(rows, key=lambda i: -shares[i])[:6]
    for i in closest:
        if verify_sentence(text, [ranking.table.rows[i].text]).support == "supported":
            return (ranking.evidence(i),)
    for n, i in enumerate(closest):
        for j in closest[n + 1 :]:
            both = [ranking.table.rows[i].text, ranking.table.rows[j].text]
            if verify_sentence(text, both).support == "supported":
                return ranking.evidence(i), ranking.evidence(j)
    return tuple(ranking.evidence(i) for i in closest[:1])


def _sentences(text: str) -> list[str]:
    """``text`` in pieces that join to it; the last one may go on. Marks belong to what they follow.

    A mark that is not closed yet keeps its sentence open: ``…29家。[1`` is one piece.
    """
    ends = [sentence.end for sentence in split_sentences(text)]
    pieces: list[str] = []
    start = 0
    for end in ends:
        behind = _LEADING_MARKS.match(text[end:])
        stop = end + (behind.end() if behind else 0)
        rest = text[stop:].lstrip()
        if stop <= start or not rest or rest[0] in "[【［〔":
            continue  # the next piece of the stream may still belong to this sentence
        pieces.append(text[start:stop])
        start = stop
    return [*pieces, text[start:]]


def _repeats(pairs: frozenset[str], said: Sequence[frozenset[str]]) -> bool:
    return any(len(pairs & one) >= _SAME * min(len(pairs), len(one)) for one in said)


def _score(evidence: Sequence[Evidence]) -> float:
    return max((one.score for one in evidence), default=0.0)


def _fenced(text: str) -> str:
    """An article cannot close its own fence, nor hide anything in it."""
    return "\n".join(map(drop_invisible, text.split("\n"))).translate(_BRACKETS)


def rewrite_messages(
    question: str, history: Sequence[Turn], language: Language
) -> list[ChatMessage]:
    """Ask for the question as one that stands on its own; history is oldest first."""
    turns = "\n".join(f"{turn.role}: {_fenced(turn.content[:500])}" for turn in history[-6:])
    return [
        ChatMessage(role="system", content=prompts.REWRITE[language]),
        ChatMessage(role="user", content=f"<history>\n{turns}\n</history>\n{_fenced(question)}"),
    ]
