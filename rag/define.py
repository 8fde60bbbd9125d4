"""What is 助贷? Only a sentence that says what it is answers that, whatever else is told of it."""

from __future__ import annotations

import re

from index.domain import current_domain

_ASKS = re.compile(
    r"^(?:请问)?(?:什么是|何谓|啥是)(?P<before>[^,。?]{2,12}?)[?。]*$"
    r"|^(?:请问)?(?P<after>[^,。?]{2,12}?)"
    r"(?:到底)?(?:是什么(?:意思|东西)?|是啥|指(?:的是)?什么|什么意思)[?。]*$"
)


def find_asked_term(question: str) -> str:
    """The term of the field that a normalised question wants explained; "" for none.

    Rules are none of them: what 助贷新规 is, is told by what it says.
    """
    asked = _ASKS.search(question)
    term = (asked["before"] or asked["after"]) if asked else ""
    domain = current_domain()
    return term if term in domain.terms and domain.kind_of(term) != "rule" else ""


def defines(term: str, text: str) -> bool:
    """Whether a normalised text says what a term is: 助贷是指…, 所谓助贷, 花呗，即…."""
    name = re.escape(term)
    return (
        re.search(
            rf"{name}(?:业务|服务|产品)?(?:\([^)]{{1,20}}\))?,?"
            r"(?:是(?![否不由在从因为])|指|即|系|属于|就是|被称为)|所谓" + name,
            text,
        )
        is not None
    )
