"""Step 9: what stands around an answer; or why there is none, and one way on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from index.domain import current_domain
from index.types import Article
from rag import prompts
from rag.cite import Cited
from rag.clean import clean_label
from rag.conflict import Witness
from rag.dates import iso_day
from rag.evidence import Ranking
from rag.features import COLUMN
from rag.timing import (
    asks_of_the_future,
    days_too_old,
    newest_date,
    relative_dates,
    render_days,
)
from rag.types import (
    Abstention,
    AbstentionReason,
    AnswerSentence,
    Notice,
    Passage,
    Query,
    Status,
)

_NEAREST = 3
_TOUCHES = 0.2  # share of the question's words from which a passage is on its subject
# What no article can know, or what is no question about the news.
_OUT_OF_SCOPE = re.compile(
    r"^(?:请|帮我|给我|麻烦|能否|可以|能不能)*(?:写|作|创作|编|画|唱|翻译|润色|改写)"
    r"(?:一?[首篇段封个份]|代码|程序|成|下)|讲个?(?:笑话|故事)|陪我聊|你是谁|你叫什么|你会做?什么"
    r"|你(?:喜欢|今年多大)|系统提示词?|提示词"
    r"|我的.{0,8}(?:额度|余额|账单|密码|订单|利息|还款日|账号|欠款)(?:是|有|在|怎么|还|[?？]|$)"
    r"|帮我(?:还款|转账|开通|注销|借|买|订)|我(?:该|应该|要不要|能不能)(?:买|卖|借|投|贷)"
    r"|^(?:请|给我|帮我)?推荐.{0,6}(?:股票|基金|理财)|(?:买|投)(?:哪|什么)[只支]?(?:股票|基金)"
    r"|忽略(?:以上|之前|所有|前面|上面).{0,8}(?:指令|规则|要求|提示)"
    r"|^\s*\d+(?:\s*[-+*/×÷]\s*\d+)+\s*(?:[=＝]|等于|[?？]|$)"
    r"|^(?:你好|您好|嗨|哈喽|谢谢|再见|早上好|晚上好)[!！,，。~ ]*$"
    r"|^(?:hi|hello|hey|thanks?|thank you|bye)\b[!. ]*$|\bwho are you\b"
    r"|\btell me a (?:joke|story)\b|^(?:please )?(?:write|compose|translate|draw|sing|code)\b"
    r"|\bmy (?:\w+ )?(?:account|balance|bill|limit|password)\b|\bshould i (?:buy|sell|borrow"
    r"|invest)\b"
    r"|\bignore (?:all |the |previous |above )+(?:instructions|rules)\b|\bsystem prompt\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What an answer says, before it has an identifier and a time."""

    status: Status
    cited: Cited
    passages: tuple[Passage, ...]
    abstention: Abstention | None
    notices: tuple[Notice, ...]
    as_of: datetime | None


def is_out_of_scope(query: Query) -> bool:
    """Whether this is no question that news could answer: a chat, an order, one's own account."""
    return _OUT_OF_SCOPE.search(query.text) is not None


def is_unheard_of(query: Query, passages: Sequence[Passage]) -> bool:
    """Whether the bodies and products that are asked about stand in none of the passages.

    What the news says of other ones is no answer, however alike it is.
    """
    domain = current_domain()
    asked = [n for n in domain.find(query.matched) if domain.kind_of(n) in ("body", "product")]
    every = [name for one in asked for name in (one, *domain.variants(one))]
    texts = [f"{p.article.title}\n{p.chunk.text}" for p in passages] if every else []
    return bool(every) and not any(name in text for text in texts for name in every)


def frame_answer(
    query: Query,
    status: Status,
    cited: Cited,
    passages: tuple[Passage, ...],
    earlier: tuple[Notice, ...],
) -> Outcome:
    """An answer with its date and what the reader should know about it, ``earlier`` first."""
    return Outcome(
        status=status,
        cited=cited,
        passages=passages,
        abstention=None,
        notices=earlier + _notices(query, status, cited, passages),
        as_of=newest_date(cited.citations),
    )


def abstain(
    query: Query,
    passages: tuple[Passage, ...],
    ranking: Ranking,
    witnesses: Sequence[Witness],
) -> Outcome:
    """No answer: why, in the reader's language, with the nearest articles and one way on."""
    reason = _reason(query, passages, ranking, witnesses)
    text = prompts.NO_EVIDENCE[query.language]
    sentence = AnswerSentence(
        index=0, text=text, start=0, end=len(text), citations=(), support="not_required", score=0.0
    )
    return Outcome(
        status="abstained",
        cited=Cited(text=text, sentences=(sentence,), citations=()),
        passages=passages,
        abstention=Abstention(
            reason=reason,
            message=prompts.ABSTENTION[reason][query.language],
            nearest=_nearest(reason, passages, ranking, witnesses),
        ),
        notices=(),
        as_of=None,
    )


def _reason(
    query: Query, passages: tuple[Passage, ...], ranking: Ranking, witnesses: Sequence[Witness]
) -> AbstentionReason:
    if is_out_of_scope(query):
        return "out_of_scope"
    if not passages:
        return "no_relevant_source"
    if witnesses:
        return "conflicting_sources"
    if asks_of_the_future(query, passages):
        return "future_event"
    return "insufficient_evidence" if _touches(ranking) else "no_relevant_source"


def _touches(ranking: Ranking) -> bool:
    """Whether a passage holds enough of the question's words to be on its subject."""
    words = ranking.table.features[:, COLUMN["passage_words"]]
    return bool(words.max(initial=0.0) >= _TOUCHES)


def _nearest(
    reason: AbstentionReason,
    passages: tuple[Passage, ...],
    ranking: Ranking,
    witnesses: Sequence[Witness],
) -> tuple[Article, ...]:
    """The articles that come nearest, one of each reprint cluster; those that disagree first."""
    if reason in ("no_relevant_source", "out_of_scope"):
        return ()
    disagree = [ranking.table.rows[witness.row].passage for witness in witnesses]
    best: dict[str, Article] = {}
    for passage in (*disagree, *passages):
        best.setdefault(passage.cluster_id, passage.article)
    return tuple(best.values())[:_NEAREST]


def render_disagreement(
    query: Query, ranking: Ranking, witnesses: Sequence[Witness]
) -> tuple[Notice, ...]:
    """Who says what, where the sources disagree."""
    if not witnesses:
        return ()
    says = []
    for witness in witnesses:
        article = ranking.table.rows[witness.row].passage.article
        named = (clean_label(article.publisher), iso_day(article))
        outlet = ", ".join(part for part in named if part)
        says.append(f"{witness.value}（{outlet}）" if outlet else witness.value)
    return (_notice("conflicting_sources", query, *says),)


def _notices(
    query: Query, status: Status, cited: Cited, passages: Sequence[Passage]
) -> tuple[Notice, ...]:
    articles = [citation.article for citation in cited.citations]
    notices = [_notice("weak_evidence", query)] if status == "partial" else []
    if any(article.truncated for article in articles):
        notices.append(_notice("truncated_source", query))
    if any(article.published_at is None for article in articles):
        notices.append(_notice("undated_source", query))
    if (age := days_too_old(query, articles, passages)) is not None:
        notices.append(_notice("stale_sources", query, age))
    if dates := relative_dates(cited.text, cited.citations):
        shape = prompts.MEANS[query.language]
        means = [shape.format(one.text, render_days(one, query.language)) for one in dates]
        notices.append(_notice("relative_time", query, prompts.BETWEEN[query.language].join(means)))
    return tuple(notices)


def _notice(code: str, query: Query, *values: object) -> Notice:
    return Notice(code=code, message=prompts.WARNING[code][query.language].format(*values))
