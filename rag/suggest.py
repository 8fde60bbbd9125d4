"""Questions that may come next: what else the articles that were read, and not cited, are about."""

from __future__ import annotations

from rag.clean import clean_text
from rag.types import Answer, Language

_ASK: dict[Language, str] = {"zh": "“{title}”是怎么回事？", "en": "What about “{title}”?"}
_LONGEST = 30


def suggest_follow_ups(answer: Answer, n: int) -> tuple[str, ...]:
    """At most ``n``, from headlines in the order of the search; one for each reprint cluster."""
    cited = {c.article.id for c in answer.citations} | {
        reprint.id for c in answer.citations for reprint in c.reprints
    }
    seen: set[str] = set()
    found: list[str] = []
    for passage in answer.sources:
        title = clean_text(passage.article.title).strip("。！？!?“”\"'")
        if (
            len(found) < n
            and 0 < len(title) <= _LONGEST
            and passage.article.id not in cited
            and passage.cluster_id not in seen
        ):
            found.append(_ASK[answer.language].format(title=title))
        seen.add(passage.cluster_id)
    return tuple(found)
