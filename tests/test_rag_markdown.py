"""What the server says of marked-up text, and that the widget shows it as it stands.

`tests/data/markdown_cases.json` is read by the widget's tests too.
"""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.clean import clean_span

CASES = json.loads(
    (Path(__file__).parent / "data" / "markdown_cases.json").read_text(encoding="utf-8")
)
# Everything that `api/widget/src/md.ts` reads as more than text.
SYNTAX = re.compile(
    r"\*\*\S.*\S\*\*|`[^`]+`|\]\(|[\[【［]\d{1,2}[\]】］]|^#{1,4}\s|^>|^```|\n", re.M
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_server_says_of_marked_up_text(case):
    assert clean_span(case["markdown"]) == case["server"]
    assert not SYNTAX.search(case["server"])


@given(st.text(alphabet="*~_`#>|-[](){}【】<3万5%ST康美，。“” \n", max_size=40))
def test_what_the_server_says_has_no_markup_left(text):
    said = clean_span(text)
    assert not SYNTAX.search(re.sub(r"【\d+】", "", said))
    assert clean_span(said) == said
