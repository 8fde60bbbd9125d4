"""From the bytes of a source to the text that is stored, shown and quoted.

Repair happens once, before any offset exists. It takes out what is the page's and not the
article's; it never rewrites a character: no NFKC, which turns "㎡" into "m2" and "①" into "1".
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from charset_normalizer import from_bytes

from index.errors import SourceUnreadable
from index.wraps import join_breaks

_BYTE_ORDER_MARKS = (
    # UTF-32 first: its little-endian mark begins with UTF-16's.
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROL_BYTES = bytes(set(range(32)) - set(b"\t\n\f\r\x1a\x1b"))
_MAX_CONTROL_SHARE = 0.01
_COMMON = frozenset("的一是不了在有人中大上年月日为这我个和地到以时要就出会可也行金信用支付")
_SAVE_AS_UTF8 = "Save it as UTF-8 text, then try again."

_LINE_BREAK = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_SPACE = re.compile(r"[\t\x1f\xa0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_INVISIBLE = re.compile(
    r"[\x00-\x08\x0e-\x1e\x7f-\x84\x86-\x9f\xad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    r"\ufe00-\ufe0f\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e01ef]"
)
_BOILERPLATE_LINE = re.compile(
    r"^[ \[（(【]*(?:"
    r"(?:责任编辑|责编|编辑|校对|审核|监制)\s*[:：|/].{0,20}"
    r"|免责声明.{0,30}|版权(?:声明|说明|所有|归).{0,30}|未经授权.{0,30}|本文转载自.{0,20}"
    r"|(?:扫码|扫一扫|长按|扫描(?:下方|上方)?二维码)(?:下载|关注|查看|阅读|添加|进群|加入|识别).{0,20}"
    r"|(?:相关|推荐|延伸)(?:阅读|新闻|文章)\s*[:：]?.{0,20}"
    r"|(?:点击|阅读|查看|展开)(?:原文|全文|更多).{0,10}|返回搜狐.{0,20}|更多精彩.{0,20}"
    r"|关注(?:我们|公众号).{0,20}|分享(?:到|至|让更多).{0,20}|海量资讯.{0,30}|举报|广告"
    r")$\n?",
    re.MULTILINE,
)
_CREDITS = re.compile(
    r"(?:\s*(?:返回搜狐，查看更多|[\[（(]?\s*(?:责任编辑|责编)[:：][^。\n]{0,20}))+\s*$"
)
_CUT_OFF = re.compile(r"\s*(?:\.{3,}|…)[.…\s]*$")


@dataclass(frozen=True, slots=True)
class RepairedText:
    """A text as it is stored, and whether its source was cut off before its end."""

    text: str
    truncated: bool


def decode_bytes(data: bytes, *, source: str) -> str:
    """The characters of a file: by byte order mark, else UTF-8, GB18030, Big5, all strict.

    Args:
        data: the whole file, or one line of it.
        source: the name to complain about.

    Raises:
        SourceUnreadable: the data is binary, damaged, or in another encoding.
    """
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return _decode_marked(data, encoding, source)
    if _is_binary(data):
        raise SourceUnreadable(f"{source!r} is a binary file, not text", hint=_SAVE_AS_UTF8)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        # Two-byte encodings hardly ever form UTF-8 by chance, but damaged UTF-8 often passes as
        # GB18030, and would then be stored as nonsense.
        if sum(char > "\u2e80" for char in data[: error.start].decode("utf-8")) > 1:
            raise SourceUnreadable(
                f"{source!r} is UTF-8 with a damaged character at byte {error.start}",
                hint=_SAVE_AS_UTF8,
            ) from error
    return _decode_chinese(data, source)


def repair_text(raw: str) -> RepairedText:
    """An article's body as its author wrote it; repairing it again changes nothing.

    Line breaks and spaces inside Chinese, zero-width and control characters, boilerplate lines
    ("责任编辑", "扫码关注") and the marks at the end of a digest's items ([1][4]) go. Paragraphs
    end with a blank line, list items stand each on a line.
    """
    text, truncated = _clean(raw), False
    while True:
        before = text
        text = _CREDITS.sub("", _BOILERPLATE_LINE.sub("", text))
        whole = _CUT_OFF.sub("", text)
        truncated = truncated or whole != text
        text = join_breaks(whole)
        # Each step can uncover work for another (a joined line may turn out to be boilerplate).
        # It ends: a pass that changes anything takes characters or breaks away.
        if text == before:
            return RepairedText(text, truncated)


def repair_title(raw: str) -> str:
    """A headline on one line. Its spaces stay: there they separate clauses, and nothing wraps."""
    return " ".join(_clean(raw).split())


def _clean(raw: str) -> str:
    return _INVISIBLE.sub("", _SPACE.sub(" ", _LINE_BREAK.sub("\n", raw)))


def _decode_marked(data: bytes, encoding: str, source: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise SourceUnreadable(
            f"{source!r} claims to be {encoding} but is damaged at byte {error.start}",
            hint=_SAVE_AS_UTF8,
        ) from error


def _decode_chinese(data: bytes, source: str) -> str:
    """GB18030 or Big5. Most of Big5 is also valid GB18030, as nonsense: common words decide."""
    texts = []
    for encoding in ("gb18030", "big5"):
        try:
            texts.append(data.decode(encoding))
        except UnicodeDecodeError:
            continue
    if not texts:
        guess = from_bytes(data).best()
        looks = f" (it looks like {guess.encoding})" if guess else ""
        raise SourceUnreadable(
            f"{source!r} is not in UTF-8, GB18030 or Big5{looks}", hint=_SAVE_AS_UTF8
        )
    return max(texts, key=lambda text: sum(char in _COMMON for char in text))


def _is_binary(data: bytes) -> bool:
    n_control = len(data) - len(data.translate(None, _CONTROL_BYTES))
    return b"\0" in data or n_control > _MAX_CONTROL_SHARE * len(data)
