"""Tables, web pages, feeds, PDF, Word and archives: whole ones, broken ones, and traps."""

import io
import zipfile

import docx
import pypdfium2
import pytest

from index.errors import SourceEmpty, SourceUnreadable
from index.readers import archive, collect_articles

BODY = "青山银行公布了17家合作机构，名单每季度更新一次，以后还会调整。"


def collect(tmp_path, name, data, **options):
    path = tmp_path / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return collect_articles([path], **options)


def zipped(members, **options):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members.items():
            file.writestr(name, data)
    return packed.getvalue()


def test_table_is_read_by_its_column_names(tmp_path):
    table = (
        f"标题,正文,来源,发布时间,标签,别的\n名单,{BODY},示例日报,2025/09/24 08:30,信用卡|名单,x\n"
    )
    [article] = collect(tmp_path, "a.csv", table).articles
    assert (article.title, article.text, article.publisher) == ("名单", BODY, "示例日报")
    assert article.published_at.isoformat() == "2025-09-24T08:30:00+08:00"
    assert article.tags == ("信用卡", "名单")


def test_table_in_gb18030_with_quotes_and_bad_rows(tmp_path):
    table = f'title,text,published_at\n甲,"{BODY}\n第二行。",\n乙,,\n丙,{BODY},昨天\n'
    found = collect(tmp_path, "a.csv", table.encode("gb18030"), skip_bad=True)
    assert [article.title for article in found.articles] == ["甲"]
    assert [bad.reason.partition(":")[0] for bad in found.bad] == ["text", "published_at"]
    assert [bad.line for bad in found.bad] == [4, 5]


@pytest.mark.parametrize("table", ["a,b\n1,2\n", '"never closed\n', "\n"])
def test_table_without_a_text_is_said_so(tmp_path, table):
    with pytest.raises((SourceUnreadable, SourceEmpty)):
        collect(tmp_path, "a.csv", table)


def test_page_is_its_article_and_nothing_around_it(tmp_path):
    page = (
        "<html><head><title>名单</title></head><body><nav>登录</nav><article><h1>名单</h1>"
        + "".join(f"<p>{BODY}这是第{n}段。</p>" for n in range(6))
        + "</article><script>alert(1)</script></body></html>"
    )
    [article] = collect(tmp_path, "a.html", page).articles
    assert "17家合作机构" in article.text
    assert "alert" not in article.text
    [bad] = collect(tmp_path, "b.html", "<html><body></body></html>", skip_bad=True).bad
    assert "no article" in bad.reason


def test_feed_gives_an_article_an_entry(tmp_path):
    feed = (
        '<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>示例网</title>'
        '<entry><title>名单</title><link href="https://a.cn/1"/>'
        "<updated>2025-09-24T00:00:00Z</updated>"
        f'<content type="html">&lt;p&gt;{BODY}&lt;/p&gt;</content></entry></feed>'
    )
    [article] = collect(tmp_path, "a.xml", feed).articles
    assert (article.publisher, article.url, article.text) == ("示例网", "https://a.cn/1", BODY)
    with pytest.raises(SourceUnreadable, match="no RSS"):
        collect(tmp_path, "b.xml", "<html><body>x</body></html>")


def test_feed_cannot_name_files_or_grow(tmp_path):
    trap = (
        '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY f SYSTEM "file:///etc/passwd">'
        '<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
        '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;">]>'
        "<rss version='2.0'><channel><title>t</title><item><title>x</title>"
        f"<description>{BODY}&f;&d;</description></item></channel></rss>"
    )
    found = collect(tmp_path, "a.rss", trap, skip_bad=True)
    for article in found.articles:
        assert "root:" not in article.text
        assert len(article.text) < 20_000


def pdf(text=""):
    """One page with a word of Latin text, which needs no font of its own."""
    stream = f"BT /F1 12 Tf 72 700 Td ({text}) Tj ET".encode()
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R"
        b"/Resources<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
    ]
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj%s endobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"xref\n0 5\n0000000000 65535 f \n" + table
    end = len(out) - len(table) - len(b"xref\n0 5\n0000000000 65535 f \n")
    return out + b"trailer<</Size 5/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % end


def test_pdf_is_its_text(tmp_path):
    [article] = collect(tmp_path, "a.pdf", pdf("Qingshan Bank names 17 partners.")).articles
    assert article.text == "Qingshan Bank names 17 partners."
    [bad] = collect(tmp_path, "b.pdf", pdf(), skip_bad=True).bad
    assert "scans" in bad.reason


@pytest.mark.parametrize("data", [b"%PDF-1.4 nothing", b"no pdf", pdf("x")[:200]])
def test_damaged_pdf_is_said_so(tmp_path, data):
    with pytest.raises(SourceUnreadable, match="damaged"):
        collect(tmp_path, "a.pdf", data)


def test_pdf_of_too_many_pages_is_refused(tmp_path, monkeypatch):
    document = pypdfium2.PdfDocument.new()
    for _ in range(501):
        document.new_page(10, 10)
    document.save(tmp_path / "long.pdf")
    document.close()
    with pytest.raises(SourceUnreadable, match="pages"):
        collect_articles([tmp_path / "long.pdf"])


def test_word_document_is_its_paragraphs_and_tables(tmp_path):
    document = docx.Document()
    document.core_properties.title = "名单"
    document.add_paragraph(BODY)
    table = document.add_table(rows=1, cols=2)
    table.cell(0, 0).text, table.cell(0, 1).text = "合作机构", "17家"
    document.save(tmp_path / "a.docx")
    [article] = collect_articles([tmp_path / "a.docx"]).articles
    assert article.title == "名单"
    assert BODY in article.text
    assert "合作机构，17家" in article.text
    for data in (b"no zip", zipped({"a.txt": "x"})):
        with pytest.raises(SourceUnreadable, match="no Word document"):
            collect(tmp_path, "b.docx", data)


def test_archive_gives_the_articles_of_its_files(tmp_path):
    line = '{"id":"z1","text":"' + BODY + '"}'
    members = {
        "../../out.jsonl": line, "b/c.csv": f"title,text\n甲,{BODY}第二篇。\n",
        "__MACOSX/x.csv": "junk", ".hidden.csv": "junk", "image.png": b"\x89PNG",
        "inner.zip": zipped({"d.jsonl": line}), "empty.csv": "",
    }  # fmt: skip
    found = collect(tmp_path, "a.zip", zipped(members))
    assert sorted(article.title for article in found.articles) == ["", "甲"]
    assert not (tmp_path.parent.parent / "out.jsonl").exists()


def test_archive_that_grows_too_large_is_left(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "MAX_UNPACKED", 1 << 20)
    bomb = zipped({"a.txt": b"0" * (4 << 20)})
    assert len(bomb) < 10_000
    with pytest.raises(SourceUnreadable, match="unpacks to more"):
        collect(tmp_path, "a.zip", bomb)
    # The size that the archive states is a lie.
    lie = bomb.replace((4 << 20).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    with pytest.raises(SourceUnreadable, match="unpack"):
        collect(tmp_path, "b.zip", lie)


@pytest.mark.parametrize("data", [b"PK\x03\x04 broken", b"no archive", b"\0" * 100])
def test_damaged_archive_is_said_so(tmp_path, data):
    with pytest.raises(SourceUnreadable, match="unpack"):
        collect(tmp_path, "a.zip", data)


def test_headlines_without_outlet_or_time_do_not_make_two_texts_one(tmp_path):
    lines = '{"title":"公告","text":"甲银行开业。"}\n{"title":"公告","text":"乙银行停业。"}\n'
    first, second = collect(tmp_path, "a.jsonl", lines).articles
    assert first.id != second.id
