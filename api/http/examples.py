"""What ``/openapi.json`` shows of answers: invented news, in the shapes that are sent."""

from __future__ import annotations

from typing import Any

_DOCUMENT = {
    "id": "news-1", "title": "青山银行公布合作机构名单", "publisher": "示例日报", "author": None,
    "published_at": "2025-09-24T08:00:00+08:00", "url": "https://news.example.com/1",
    "language": "zh-CN", "truncated": False,
}  # fmt: skip
_QUOTE = "青山银行公布了17家合作机构。"
ANSWER: dict[str, Any] = {
    "id": "ans_01KDJ8W3Y2T9ZC4H6V5N7B8Q1M", "object": "answer",
    "created_at": "2025-10-08T09:00:00Z", "conversation_id": None,
    "question": "青山银行公布了多少家合作机构？", "rewritten_question": None, "language": "zh-CN",
    "status": "answered", "confidence": 0.97, "abstention": None,
    "answer": "青山银行公布了17家合作机构[1]。",
    "sentences": [
        {
            "index": 0, "text": "青山银行公布了17家合作机构[1]。", "start": 0, "end": 18,
            "citations": [1], "support": "supported", "reason": None, "score": 0.97,
        }
    ],
    "citations": [
        {
            "number": 1, "document": _DOCUMENT, "reprints": [], "score": 0.97,
            "quotes": [
                {
                    "id": "q1-1", "chunk_id": "news-1#0", "text": _QUOTE, "start": 0, "end": 15,
                    "prefix": "", "suffix": "名单每季度更新一次。", "sentence_indexes": [0],
                }
            ],
        }
    ],
    "sources": [
        {
            "number": 1, "document_id": "news-1", "chunk_id": "news-1#0", "rank": 1,
            "score": 0.032787, "cited": True, "start": 0, "end": 25, "document": None,
        }
    ],
    "follow_ups": ["名单多久更新一次？"], "as_of": "2025-09-24T08:00:00+08:00", "warnings": [],
    "model": {
        "generator": "extractive-2", "embedder": "multilingual-e5-small", "reranker": None,
        "index_version": "000007",
    },
    "usage": {"input_tokens": 0, "output_tokens": 0},
    "timings_ms": {"parse": 0.1, "retrieve": 12.0, "score": 6.0, "total": 20.0},
}  # fmt: skip
SEARCH: dict[str, Any] = {
    "object": "search_result", "query": "青山银行 名单", "mode": "hybrid", "took_ms": 9.0,
    "index_version": "000007",
    "data": [
        {
            "rank": 1, "score": 0.0328, "scores": {"dense": 0.88, "sparse": 12.4, "fused": 0.0328},
            "chunk_id": "news-1#0", "text": f"{_QUOTE}名单每季度更新一次。", "start": 0, "end": 25,
            "highlights": [{"start": 0, "end": 4}], "document": _DOCUMENT,
        }
    ],
    "has_more": False, "next_cursor": None,
}  # fmt: skip
JOB: dict[str, Any] = {
    "id": "ing_01KDJ8W3Y2T9ZC4H6V5N7B8Q1M", "object": "ingestion", "status": "running",
    "stage": "embed", "progress": 0.42,
    "counts": {
        "total": 120, "processed": 0, "created": 0, "updated": 0, "unchanged": 0, "duplicate": 0,
        "skipped": 0, "failed": 1, "chunks": 0,
    },
    "rate_per_s": None, "eta_s": 59, "created_at": "2025-10-08T09:00:00Z",
    "started_at": "2025-10-08T09:00:01Z", "finished_at": None,
    "index_version": {"before": "000007", "after": None},
    "errors_url": "/v1/ingestions/ing_01KDJ8W3Y2T9ZC4H6V5N7B8Q1M/errors", "error": None,
}  # fmt: skip
COMPLETION: dict[str, Any] = {
    "id": ANSWER["id"], "object": "chat.completion", "created": 1759914000, "model": "huawen",
    "choices": [
        {
            "index": 0, "finish_reason": "stop", "logprobs": None,
            "message": {
                "role": "assistant", "refusal": None,
                "content": (
                    f"{ANSWER['answer']}\n\n参考来源\n"
                    "[1] 示例日报《青山银行公布合作机构名单》2025-09-24 https://news.example.com/1"
                ),
                "annotations": [
                    {
                        "type": "url_citation",
                        "url_citation": {
                            "start_index": 14, "end_index": 17, "title": _DOCUMENT["title"],
                            "url": _DOCUMENT["url"],
                        },
                    }
                ],
            },
        }
    ],
    "usage": {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0},
    "citations": [_DOCUMENT["url"]],
    "search_results": [
        {
            "id": 1, "title": _DOCUMENT["title"], "url": _DOCUMENT["url"], "date": "2025-09-24",
            "last_updated": None, "snippet": _QUOTE, "source": "web",
        }
    ],
    "huawen": ANSWER,
}  # fmt: skip
BY_SCHEMA = {"AnswerOut": ANSWER, "SearchOut": SEARCH, "JobOut": JOB}
