"""Sources become articles, or one clear sentence about what is wrong with them."""

import gzip
import json
from datetime import datetime

import pytest
from corpus import SHANGHAI

from index.errors import BadRecordError, SourceEmpty, SourceError, SourceNotFound, SourceUnreadable
from index.readers import collect_articles
from index.reprints import find_clusters

PAGE = """Workflow
花呗
搜索文档
银行公布名单
北京商报· 2025-09-15 16:14
徽商银行公布了29家合作机构。
信用卡数量下降
经济日报· 2025-09-24 02:29
信用卡共有7.15亿张。
"""


def lines(*records):
    return "\n".join(json.dumps(record, ensure_ascii=False) for record in records)


@pytest.fixture
def write(tmp_path):
    def write(content, name="a.txt"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


class TestPage:
    def test_header_noise_is_skipped_and_each_article_is_read(self, write):
        first, second = collect_articles([write(PAGE)]).articles
        assert (first.title, first.publisher) == ("银行公布名单", "北京商报")
        assert first.published_at == datetime(2025, 9, 15, 16, 14, tzinfo=SHANGHAI)
        assert first.text == "徽商银行公布了29家合作机构。"
        assert second.text == "信用卡共有7.15亿张。"

    @pytest.mark.parametrize(
        ("byline", "published"),
        [
            ("北京商报· 2025-09-15 16:14", "2025-09-15T16:14:00+08:00"),
            ("北京商报・2025-09-15 16:14", "2025-09-15T16:14:00+08:00"),
            ("北京商报•2025/9/15", "2025-09-15T00:00:00+08:00"),
            ("北京商报．２０２５－０９－１５　１６：１４", "2025-09-15T16:14:00+08:00"),
            ("北京商报 · 2025年9月15日 16:14", "2025-09-15T16:14:00+08:00"),
            ("北京商报·", None),
            ("北京商报· 3小时前", None),
            ("北京商报· 昨天 16:14", None),
            ("36氪· 2025-09-15 16:14", "2025-09-15T16:14:00+08:00"),
        ],
    )
    def test_bylines_of_many_shapes(self, write, byline, published):
        (article,) = collect_articles([write(f"标题\n{byline}\n正文在此。")]).articles
        assert (article.published_at and article.published_at.isoformat()) == published

    def test_blank_lines_and_windows_line_ends_do_not_matter(self, write):
        page = PAGE.replace("\n", "\r\n\r\n")
        assert [a.title for a in collect_articles([write(page)]).articles] == [
            "银行公布名单",
            "信用卡数量下降",
        ]

    def test_several_pages_in_one_file(self, write):
        assert len(collect_articles([write(PAGE + PAGE.replace("09-", "08-"))]).articles) == 4

    @pytest.mark.parametrize(
        ("page", "says"),
        [
            ("标题\n北京商报· 2025-13-45 16:14\n正文。", "is no date"),
            ("标题\n北京商报· 2025-09-15 16:14\n", "has no text"),
        ],
    )
    def test_a_bad_article_is_named_with_its_line(self, write, page, says):
        with pytest.raises(BadRecordError, match=f"line 2: .*{says}"):
            collect_articles([write(page)])

    @pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16", "big5"])
    def test_encodings_that_chinese_files_have(self, write, encoding):
        page = "信用卡的新聞\n經濟日報• 2025-09-24 02:29\n這是一張信用卡。"
        if encoding != "big5":
            page = PAGE
        articles = collect_articles([write(page.encode(encoding))]).articles
        assert articles[-1].text in ("信用卡共有7.15亿张。", "這是一張信用卡。")


class TestJsonLines:
    def test_every_field_arrives(self, write):
        record = {
            "id": "n-1",
            "title": "标题",
            "text": "正文。",
            "publisher": "财联社",
            "published_at": "2025-09-15T16:14:00Z",
            "url": "https://example.com/1",
            "tags": ["信用卡"],
            "something_else": 1,
        }
        (article,) = collect_articles([write(lines(record), "a.jsonl")]).articles
        assert article.id == "n-1"
        assert article.published_at.isoformat() == "2025-09-15T16:14:00+00:00"
        assert (article.url, article.tags) == ("https://example.com/1", ("信用卡",))

    def test_text_alone_is_enough_and_names_itself_the_same_each_time(self, write):
        path = write(lines({"text": "正文。"}, {"text": "另一篇。"}), "a.jsonl")
        once, again = collect_articles([path]).articles, collect_articles([path]).articles
        assert once == again
        assert len({article.id for article in once}) == 2

    def test_a_time_without_zone_is_chinas(self, write):
        path = write(lines({"text": "正文。", "published_at": "2023-08-16T21:24"}), "a.jsonl")
        (article,) = collect_articles([path]).articles
        assert article.published_at == datetime(2023, 8, 16, 21, 24, tzinfo=SHANGHAI)

    @pytest.mark.parametrize(
        ("line", "says"),
        [
            ("{", "Invalid JSON"),
            ("[]", "object"),
            ('{"title": "t"}', "text: Field required"),
            ('{"text": ""}', "text: is empty"),
            ('{"text": "\\u200b \\n"}', "text: is empty"),
            ('{"text": 7}', "text: "),
            ('{"text": "a", "published_at": "yesterday"}', "published_at: "),
            ('{"text": "a", "url": "javascript:alert(1)"}', "url: "),
            ('{"text": "a", "id": "../x"}', "id: "),
            ('{"text": "a", "id": ""}', "id: "),
            ('{"text": "a", "tags": "信用卡"}', "tags: "),
        ],
    )
    def test_a_bad_line_is_named_and_nothing_is_returned(self, write, line, says):
        path = write('{"text": "好的。"}\n' + line, "a.jsonl")
        with pytest.raises(BadRecordError, match=f"a.jsonl, line 2: .*{says}"):
            collect_articles([path])

    def test_skip_bad_counts_and_lists(self, write):
        path = write('{"text": "好的。"}\n{\n\n{"text": "也好。"}', "a.jsonl")
        found = collect_articles([path], skip_bad=True)
        assert [article.text for article in found.articles] == ["好的。", "也好。"]
        assert [(bad.line, bad.source) for bad in found.bad] == [(2, str(path))]

    def test_one_damaged_line_does_not_spoil_the_others(self, write):
        data = lines({"text": "好的。"}).encode() + b'\n{"text": "\xe5\xa5\xbd\xff\xfe"}\n'
        found = collect_articles([write(data, "a.jsonl")], skip_bad=True)
        assert len(found.articles) == 1
        assert found.bad[0].line == 2

    def test_packed_files_and_line_separators_inside_strings(self, write):
        data = gzip.compress(lines({"text": "第一\u2028段。"}).encode())
        (article,) = collect_articles([write(data, "a.jsonl.gz")]).articles
        assert article.text.startswith("第一")


class TestSources:
    @pytest.mark.parametrize(
        ("name", "content", "error"),
        [
            ("a.txt", b"", SourceEmpty),
            ("a.jsonl", b" \n\n", SourceEmpty),
            ("a.txt", "没有日期行的文字。", SourceEmpty),
            ("a.txt", bytes(range(256)), SourceUnreadable),
            ("a.jsonl", b"\0\1\2{}", SourceUnreadable),
            ("a.jsonl.gz", b"not gzip", SourceUnreadable),
            ("a.jsonl.gz", gzip.compress(b"{}" * 99)[:20], SourceUnreadable),
        ],
    )
    def test_unusable_files(self, write, name, content, error):
        with pytest.raises(error) as raised:
            collect_articles([write(content, name)])
        assert name in str(raised.value)
        assert raised.value.hint

    def test_a_missing_path_and_a_folder_without_files(self, tmp_path):
        with pytest.raises(SourceNotFound):
            collect_articles([tmp_path / "none.txt"])
        with pytest.raises(SourceEmpty):
            collect_articles([tmp_path])

    def test_a_folder_gives_its_files_by_name(self, write, tmp_path):
        write(lines({"text": "乙。"}), "b.jsonl")
        write(lines({"text": "甲。"}), "a.jsonl")
        write("no", "c.md")
        assert [a.text for a in collect_articles([tmp_path]).articles] == ["甲。", "乙。"]

    def test_every_error_is_one_that_a_caller_can_catch_at_once(self):
        assert all(
            issubclass(e, SourceError) for e in (SourceNotFound, SourceEmpty, BadRecordError)
        )


def test_the_news_page_gives_its_ten_articles_and_its_reprints(news_page):
    articles = collect_articles([news_page]).articles
    titles = {article.id: article.title for article in articles}
    assert len(articles) == 10
    together = [
        sorted(titles[i] for i in c.article_ids)
        for c in find_clusters(articles)
        if len(c.article_ids) > 1
    ]
    assert sorted(map(len, together)) == [2, 3]
    assert all("新规倒计时" in title for title in min(together, key=len))
    assert all("信用卡存量竞争" in title for title in max(together, key=len))
