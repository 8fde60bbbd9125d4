"""The page of one article. Its text is hostile: every character of it is escaped."""

from __future__ import annotations

from html import escape
from string import Template
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from index.types import Article
from rag import prompts
from rag.types import Language

_CHINA = ZoneInfo("Asia/Shanghai")
_MISSING = Template(
    """<!doctype html>
<html lang="$lang">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/static/page.css">
</head>
<body class="article">
<main><h1>$title</h1><p>$next</p></main>
</body>
</html>
"""
)
_PAGE = Template(
    """<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>$title</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/static/page.css">
</head>
<body class="article">
<main>
<h1>$title</h1>
<p class="about">$about</p>
$note$body
</main>
</body>
</html>
"""
)


def article_page(article: Article, *, start: int, end: int, language: Language) -> str:
    """HTML of an article, ``[start, end)`` in code points marked; an odd range marks nothing."""
    words = prompts.VIEWER[language]
    published = article.published_at
    day = published.astimezone(_CHINA).strftime("%Y-%m-%d %H:%M") if published else words["undated"]
    about = [escape(part) for part in (article.publisher, day) if part]
    if article.url and urlsplit(article.url).scheme in ("http", "https"):
        about.append(
            f'<a href="{escape(article.url)}" rel="noopener noreferrer nofollow"'
            f' target="_blank">{words["original"]}</a>'
        )
    note = f'<p class="note">{words["truncated"]}</p>\n' if article.truncated else ""
    return _PAGE.substitute(
        title=escape(article.title or article.publisher or article.id),
        about=" · ".join(about),
        note=note,
        body=_body(article.text, start, end),
    )


def missing_page(language: Language) -> str:
    """HTML for an article that is not there, or no longer."""
    words = prompts.VIEWER[language]
    lang = "zh-CN" if language == "zh" else "en"
    return _MISSING.substitute(lang=lang, title=words["missing"], next=words["missing_next"])


def _body(text: str, start: int, end: int) -> str:
    """Paragraphs; a passage over several of them is marked in each, the first one is the anchor."""
    if not 0 <= start < end <= len(text):
        start = end = len(text)
    paragraphs = []
    at = 0
    anchor = ' id="mark"'
    for line in text.split("\n"):
        first, last = max(start - at, 0), min(end - at, len(line))
        if first < last:
            marked = f"<mark{anchor}>{escape(line[first:last])}</mark>"
            paragraphs.append(f"<p>{escape(line[:first])}{marked}{escape(line[last:])}</p>")
            anchor = ""
        elif line.strip():
            paragraphs.append(f"<p>{escape(line)}</p>")
        at += len(line) + 1
    return "\n".join(paragraphs)
