"""Answer objects by hand, for what scores answers."""

from datetime import UTC, datetime

from api.http.schemas import AnswerOut, CitationOut, DocumentOut, ModelOut, QuoteOut, SentenceOut


def answer_of(text: str, *, abstained: bool = False) -> AnswerOut:
    document = DocumentOut(
        id="d", title="", publisher="", published_at=None, url=None, truncated=False
    )
    quote = QuoteOut(
        id="q", chunk_id="c", text=text, start=0, end=len(text), prefix="", suffix="",
        sentence_indexes=[0],
    )  # fmt: skip
    shown = "未找到依据" if abstained else f"{text}[1]"
    sentence = SentenceOut(
        index=0, text=shown, start=0, end=len(shown), citations=[] if abstained else [1],
        support="not_required" if abstained else "supported", reason=None, score=1,
    )  # fmt: skip
    citation = CitationOut(number=1, document=document, quotes=[quote], reprints=[], score=1)
    return AnswerOut(
        id="a", created_at=datetime.now(UTC), question="?", language="zh-CN",
        status="abstained" if abstained else "answered", abstention=None, answer=shown,
        sentences=[sentence], citations=[] if abstained else [citation], sources=[], as_of=None,
        warnings=[], model=ModelOut(generator="g", embedder="e", index_version="v"), timings_ms={},
    )  # fmt: skip
