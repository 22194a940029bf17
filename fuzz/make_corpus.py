#!/usr/bin/env python3
"""Writes the inputs of the fuzz targets.

    fuzz/make_corpus.py                 the small ones, into fuzz/corpus/TARGET/ (stored with the project)
    fuzz/make_corpus.py --large DIR     hostile ones of up to 8 MB, into DIR/TARGET/ (made when needed)

An input found by the fuzzer is put into fuzz/corpus/TARGET/ by hand, with a name that says what it did; this script
leaves files that it does not know alone.
"""

import gzip
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
SENTENCE = "The harbour master said on Tuesday that ships wait outside, while the wind keeps the pilots ashore. "
LD = '<script type="application/ld+json">%s</script>'
SIZE = 8_000_000


def rss(inner: str, head: str = '<?xml version="1.0"?>') -> str:
    names = 'xmlns:media="http://search.yahoo.com/mrss/" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"'
    return f'{head}<rss version="2.0" {names}><channel><title>T</title><item><title>One</title>{inner}</item></channel></rss>'


def atom(inner: str) -> str:
    return f'<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title><id>urn:t</id><updated>2026-03-03T08:00:00Z</updated>{inner}</feed>'


def page(inner: str, head: str = "") -> str:
    return f"<!doctype html><html lang=en><head><title>Storm</title>{head}</head><body><h1>Storm closes the harbour</h1><article><p>{SENTENCE}</p><p>{SENTENCE}</p>{inner}</article></body></html>"


def ld(text: str) -> str:
    return page("", LD % text)


def urlset(inner: str) -> str:
    return f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">{inner}</urlset>'


def opml(inner: str) -> str:
    return f'<?xml version="1.0"?><opml version="2.0"><head><title>t</title></head><body>{inner}</body></opml>'


# The first four overflow the stack of feed-rs 3.0.0, make it panic, or make it take gigabytes.
FEED = {
    "media-content-nested": rss("<media:content url='https://a.example/x'>" * 700 + "</media:content>" * 700),
    "media-group-nested": rss("<media:group>" * 700 + "</media:group>" * 700),
    "author-beyond-ascii": rss("<author>Zoë—desk@harbour.example</author>"),
    "duration-of-twenty-digits": rss("<itunes:duration>99999999999999999999</itunes:duration>"),
    "media-duration": rss("<media:content url='https://a.example/x' duration='99999999999999999999'/>"),
    "duration-parts": rss("<itunes:duration>9999999999999:99999999999:999999999</itunes:duration>"),
    "nested-bases": "<feed xml:base='https://a.example/'>" + "<x xml:base='a/a/a/a/a/'>" * 150 + "<entry><link href='x'/></entry>",
    "media-scene-times": rss("<media:text start='99:99:99.999999999999' end='-1'>x</media:text>"),
    "npt-time": rss("<media:thumbnail url='x' time='1:2:3:4:5' width='-1' height='99999999999'/>"),
    "enclosure-length": rss("<enclosure url='x' length='99999999999999999999999' type='a'/><enclosure/>"),
    "media-rating": rss("<media:rating>x</media:rating><media:community><media:starRating average='NaN' count='-1'/></media:community>"),
    "dates": rss("".join(f"<pubDate>{it}</pubDate>" for it in ["99999-99-99", "Tue, 31 Feb 2026 25:61:61 +9999", "0", "-1", "1e999", "2026-W99-9", "yesterday", "0000-00-00T00:00:00Z", "9999-12-31T23:59:60-23:59"])),
    "atom-xhtml": atom("<entry><content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'><p>a<b>c</p></b></div></content></entry>"),
    "atom-out-of-line": atom("<entry><content type='image/png' src='x'>not base64 at all</content></entry>"),
    "atom-base64": atom("<entry><content type='application/octet-stream'>////====</content></entry>"),
    "no-end": "<rss version='2.0'><channel><item><title>One</title><description><![CDATA[<p>",
    "two-roots": rss("") + atom("<entry><id>1</id></entry>"),
    "entity-bomb": "<!DOCTYPE a [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;'><!ENTITY c '&b;&b;&b;&b;&b;'>]>" + rss("<description>&c;&c;&d;</description>", ""),
    "entity-recursive": "<!DOCTYPE a [<!ENTITY a '&b;'><!ENTITY b '&a;'>]>" + rss("<description>&a;</description>", ""),
    "entity-external": "<!DOCTYPE a [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>" + rss("<description>&a;</description>", ""),
    "references": rss("<description>&#0;&#x110000;&#xD800;&#99999999999999;&;&#;&#x;&amp;amp;amp;lt;</description>"),
    "namespaces-lost": "<rss><channel><item><media:title>a</media:title><dc:date>b</dc:date><a:b:c/></item></channel></rss>",
    "upper-case": "<RSS><CHANNEL><ITEM><TITLE>A</TITLE><LINK>http://a.example/</LINK></ITEM></CHANNEL></RSS>",
    "rdf": "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/'><item rdf:about=''><title/></item></rdf:RDF>",
    "json-empty": "{}",
    "json-feed": '{"version":"https://jsonfeed.org/version/1.1","title":"t","items":[{"id":1,"url":"x","content_html":"<p>a","authors":[{"name":"b"}],"attachments":[{"url":"x","size_in_bytes":-1}]},null,7]}',
    "json-truncated": '{"version":"https://jsonfeed.org/version/1.1","items":[{"id":"1","content_text":"a"},{"id":"2","cont',
    "json-deep": '{"items":' + "[" * 2000,
    "json-surrogate": '{"items":[{"id":"\\ud800","title":"\\u0000\\uDFFF"}]}',
    "only-blanks": " \t\r\n" * 20,
    "zero-bytes": "\0\0\0<rss><channel><item><title>a\0b</title></item></channel></rss>",
    "addresses": rss("".join(f"<link>{it}</link>" for it in ["http://", "//", "javascript:a", "http://[::1", "data:,", "http://a b/", "http://" + "a" * 300, "HTTPS:\\\\a.example\\x"])),
    "utf16le": rss("<description>Ж</description>", "<?xml version='1.0' encoding='utf-16'?>").encode("utf-16-le"),
    "bom-of-another": b"\xff\xfe" + rss("").encode(),
    "charset-unknown": rss("", "<?xml version='1.0' encoding='klingon-8'?>"),
    "gzip": gzip.compress(rss("").encode(), mtime=0),
    "gzip-cut": gzip.compress(rss(SENTENCE * 50).encode(), mtime=0)[:60],
    "gzip-in-gzip": gzip.compress(gzip.compress(rss("").encode(), mtime=0), mtime=0),
    "half-tags": rss("< <a <b/ </ <!x> <![CDATA <? ?> <!-- --- -->"),
    "html-page": page(""),
    "ttl-and-skips": "<rss><channel><ttl>99999999999999999999</ttl><skipHours><hour>-1</hour><hour>24</hour><hour>999</hour></skipHours><skipDays><day>Someday</day></skipDays><sy:updateFrequency>0</sy:updateFrequency><sy:updatePeriod>hourly</sy:updatePeriod></channel></rss>",
}

HTML = {
    "plain-article": page(""),
    "no-body": "<html><head><title>t</title>",
    "frameset": "<html><frameset><frame src=a><frame src=b></frameset><noframes><p>" + SENTENCE,
    "text-only": f"<p>{SENTENCE}",
    "deep-div": page("<div>" * 1500 + SENTENCE),
    "deep-inline": page("<b><i><font>" * 500 + SENTENCE),
    "misnested": page("<a><b><p></a></b></p>" * 100),
    "table-in-table": page("<table><tr><td>" * 200 + SENTENCE),
    "foster": page("<table><p>" + SENTENCE + "<tr>" + SENTENCE + "</table>"),
    "template": page(f"<template><p>{SENTENCE}</template>"),
    "svg-and-math": page("<svg><foreignObject><p>a<math><mi><p>b<annotation-xml encoding=text/html><p>c</svg>"),
    "select": page("<select><option><p>a<select><optgroup>b"),
    "plaintext": page("<plaintext><p>" + SENTENCE),
    "script-open": page("<script><!-- <script> " + SENTENCE),
    "comment-open": page("<!-- " + SENTENCE),
    "cdata": page("<![CDATA[" + SENTENCE + "]]>"),
    "attributes": page("<p " + " ".join(f"a{n}={n}" for n in range(400)) + ">" + SENTENCE),
    "same-attribute": page("<p " + "class=share " * 300 + ">" + SENTENCE),
    "entities": page("<p>&#0;&#x110000;&#xD800;&nosuch;&amp;amp;&lt;p&gt;&notin;&NotEqualTilde;&&&"),
    "controls": page("<p>a\0b\x01\x02\x7f\u0085\u2028\u2029\ufeff\u200b\u202e" + SENTENCE),
    "no-spaces": page("<p>" + "a" * 5000),
    "combining": page("<p>" + "e" + "\u0301" * 3000 + " " + SENTENCE),
    "emoji": page("<p>👩‍👩‍👧‍👦" * 300),
    "japanese": page("<p>港の長は火曜日に船は外で待つと述べた。</p>" * 20),
    "right-to-left": page("<p dir=rtl>قال مدير الميناء يوم الثلاثاء إن السفن تنتظر في الخارج.</p>" * 20),
    "ld-broken": ld('{"@type":"NewsArticle","headline":"a\nb",}'),
    "ld-deep": ld('{"mainEntity":[' * 1000),
    "ld-types": ld('{"@type":["NewsArticle",7,null],"author":[{"name":["a",{"b":1}]},7,"c",[[["d"]]]],"datePublished":7,"keywords":{"a":[]},"articleBody":["x"],"isAccessibleForFree":"False"}'),
    "ld-graph": ld('{"@graph":[{"@id":"#a","author":{"@id":"#b"}},{"@id":"#b","author":{"@id":"#a"}}]}'),
    "ld-comment": ld("<!-- {\"@type\":\"Article\"} -->//<![CDATA[{}]]>"),
    "ld-body-only": "<html>" + LD % ('{"@type":"NewsArticle","headline":"H","articleBody":"' + SENTENCE * 10 + '"}'),
    "ld-dates": ld('{"@type":"NewsArticle","datePublished":"9999-99-99T99:99:99+99:99","dateModified":"-0001-01-01"}'),
    "ld-huge-number": ld('{"@type":"NewsArticle","wordCount":1e99999,"position":123456789012345678901234567890}'),
    "meta-odd": page("", "<meta property=article:published_time content='٢٠٢٦-٠٣-٠٣'><meta name=author content=',,;; by and &'><meta property=og:image content='//['><meta http-equiv=refresh content='0;url=javascript:a'><base href='http://[::'><link rel=canonical href='data:,x'>"),
    "time-odd": page("<time datetime='P1D'>1.1.1</time><time>31 février 2026 à 25h61</time><time datetime=''>3. März 2026, 8.5 Uhr</time>"),
    "byline-odd": page("<span class=byline>By By By and, and; (Reuters) – @x a@b.example, " + "Ann " * 300 + "</span>"),
    "title-odd": "<title> | | – » - </title><h1></h1><h1>|</h1><h1>" + "Storm " * 900 + "</h1><p>" + SENTENCE,
    "links": page("<p>" + "<a href='http://[::1/'>a</a><a href=//>b</a><a>c</a><a href=http://a.example/%ff%00>d</a>" * 30),
    "nested-links": page("<a href=1>" * 400 + SENTENCE),
    "lists": page("<ol start=-99999999999><li value=99999999999>a<ol reversed><li>b</ol></ol><ul><ul><ul><li>c"),
    "headings": page("<h2>Read also</h2><h3></h3><h7>x</h7><h6>" + SENTENCE + "</h6>" * 20),
    "figures": page("<figure><figcaption>" + SENTENCE + "<figure><figcaption>b</figure></figure><img alt='" + SENTENCE + "'>"),
    "brs": page("a<br><br/><br><p><br>" * 200),
    "pre": page("<pre>\n\n\ta\r\n\rb</pre><textarea>\n<p>c</textarea><xmp><p></xmp><listing>\nd"),
    "paywall": ld('{"@type":"NewsArticle","isAccessibleForFree":false,"hasPart":{"cssSelector":"]]][[:::{"}}'),
    "windows-1251": "<meta charset=windows-1251><p>Капітан порту сказав у вівторок, що кораблі чекають.</p>".encode("cp1251"),
    "says-utf16": b"<meta charset=utf-16><p>" + SENTENCE.encode(),
    "utf16-bom": b"\xff\xfe" + page("").encode("utf-16-le"),
    "cut-in-a-letter": page("").encode()[:-20] + b"\xd0",
    "iso-2022": b"<meta charset=iso-2022-jp>\x1b$B" + b"!" * 300,
    "bytes": bytes(range(256)) * 4,
    "empty": b"",
}

PLAIN = {
    "empty": "", "blank": " \n\t\r\n" * 50, "one-word": "word", "one-line": SENTENCE * 5,
    "article": "Storm closes the harbour\n\nBy Ann Doe\n\n3 March 2026\n\n" + (SENTENCE + "\n\n") * 6,
    "menu-first": "\n".join(["Home", "News", "Sport", "Sign in", "Subscribe"] * 10) + "\n\n" + (SENTENCE + "\n\n") * 6,
    "numbers": "\n".join(str(n) for n in range(300)), "dots": "…" * 300, "rules": "-----\n=====\n*****\n" * 50,
    "dates": "\n".join(["31.02.2026 25:61", "Tue 3 Mar", "2026-13-13T99:99", "вівторок, 3 березня 2026, 08:00", "3月3日"] * 20),
    "bylines": "\n".join(["By", "By By", "By ,", "BY ANN DOE AND", "By " + "Ann " * 200, "(Reuters) -", "— AP"] * 10),
    "hashtags": "#a #b #" * 200, "addresses": "http://a.example/ https:// www. a@b.example @x " * 60,
    "long-word": "a" * 20000, "combining": "e" + "\u0301" * 8000, "controls": "".join(map(chr, range(32))) * 20,
    "line-separators": "a\u2028b\u2029c\u0085d\x0be\x0cf" * 30, "carriage-returns": (SENTENCE + "\r") * 20,
    "bidi": "\u202e\u202d\u2066\u2069" + SENTENCE, "japanese": "港の長は火曜日に船は外で待つと述べた。\n" * 20,
    "captions": ("Photo: Ann Doe / Reuters\n" + SENTENCE + "\n") * 10, "repeats": (SENTENCE + "\n") * 200,
    "markdown": "# Storm\n\n* a\n* b\n\n> c\n\n```\nd\n```\n\n[e](f)\n\n| g | h |\n", "half-tag": "a < b > c <not a tag " + SENTENCE,
    "upper": SENTENCE.upper() * 10, "ads": "ADVERTISEMENT\nRead also: x\nSubscribe to our newsletter\n" * 20,
    "latin1": ("Café " + SENTENCE).encode("latin-1"), "cp1251": ("Капітан порту сказав. " * 20).encode("cp1251"),
    "utf16": SENTENCE.encode("utf-16"), "nul": b"\0a" * 300, "bytes": bytes(range(256)), "html-late": " " * 5000 + "<html><p>" + SENTENCE,
}

OPML = {
    "one": opml('<outline type="rss" text="a" xmlUrl="https://a.example/feed"/>'), "empty": "", "not-opml": rss(""),
    "nested": opml('<outline text="a">' * 300 + '<outline xmlUrl="https://a.example/"/>'), "no-address": opml('<outline text="a"/>'),
    "same-twice": opml('<outline xmlUrl="https://a.example/"/>' * 3), "cases": opml('<OUTLINE XMLURL="https://a.example/" TITLE="A"/>'),
    "entities": opml('<outline text="&lt;&amp;&#0;&nosuch;&quot;" xmlUrl="https://a.example/?a=1&b=2&amp;c"/>'),
    "quotes": opml("<outline text='\"' xmlUrl='https://a.example/\"<>'/>"), "no-quotes": opml("<outline xmlUrl=https://a.example/ text=a>"),
    "addresses": opml("".join(f'<outline xmlUrl="{it}"/>' for it in ["", "feed://a.example/", "//a", "http://[", "javascript:a", "http://a b"])),
    "cut": opml('<outline xmlUrl="https://a.example/"/><outline xmlUrl="https://b')[:-24], "two-bodies": "<opml><body><outline xmlUrl='https://a.example/'/></body><body><outline xmlUrl='https://b.example/'/></body></opml>",
    "doctype": "<!DOCTYPE opml [<!ENTITY a 'b'>]>" + opml('<outline text="&a;&a;" xmlUrl="https://a.example/"/>'), "comment": opml("<!-- <outline xmlUrl='https://a.example/'/> -->"),
    "cdata": opml("<![CDATA[<outline xmlUrl='https://a.example/'/>]]>"), "utf16": opml('<outline text="Ж" xmlUrl="https://a.example/"/>').encode("utf-16"),
    "cp1251": opml('<outline text="Ж" xmlUrl="https://a.example/"/>').replace("1.0", '1.0" encoding="windows-1251', 1).encode("cp1251"),
    "many-attributes": opml("<outline " + " ".join(f'a{n}="b"' for n in range(300)) + ' xmlUrl="https://a.example/"/>'),
    "same-attribute": opml('<outline xmlUrl="https://a.example/" xmlUrl="https://b.example/"/>'), "blanks": opml('<outline text=" \n\t " xmlUrl=" https://a.example/ "/>'),
    "categories": opml('<outline category="/a/b,/c,,/" xmlUrl="https://a.example/"/>'), "html": page(""), "control": opml('<outline text="a\x01\x0b" xmlUrl="https://a.example/"/>'),
}

SITEMAP = {
    "one": urlset("<url><loc>https://a.example/1</loc><lastmod>2026-03-03</lastmod></url>"), "empty": "", "no-urls": urlset(""),
    "news": urlset("<url><loc>https://a.example/1</loc><news:news><news:title>T &amp;amp; U</news:title><news:publication_date>2026-03-03T08:00:00+02:00</news:publication_date><news:keywords>a, ,b,,</news:keywords></news:news></url>"),
    "index": "<sitemapindex><sitemap><loc>https://a.example/s.xml</loc><lastmod>x</lastmod></sitemap><sitemap/></sitemapindex>",
    "text": "https://a.example/1\r\nhttps://a.example/2\n\nnot an address\nhttp://[\n", "text-bom": "\ufeffhttps://a.example/1\n", "feed": rss("<link>https://a.example/</link>"),
    "no-end": "<urlset><url><loc>https://a.example/1</loc><url><loc>https://a.example/2", "nested": "<urlset>" + "<url>" * 500 + "<loc>https://a.example/</loc>",
    "dates": urlset("".join(f"<url><loc>https://a.example/{n}</loc><lastmod>{it}</lastmod></url>" for n, it in enumerate(["", "0", "9999-99-99", "2026", "2026-03", "2026-03-03T25:00", "yesterday", "-1"]))),
    "addresses": urlset("".join(f"<url><loc>{it}</loc></url>" for it in ["", "/1", "//", "http://[", "javascript:a", "data:,", " https://a.example/ x "])),
    "cdata": urlset("<url><loc><![CDATA[https://a.example/?a=1&b=2]]></loc></url>"), "upper": "<URLSET><URL><LOC>https://a.example/</LOC></URL></URLSET>",
    "gzip": gzip.compress(urlset("<url><loc>https://a.example/1</loc></url>").encode(), mtime=0), "gzip-cut": gzip.compress(urlset("x" * 999).encode(), mtime=0)[:40],
    "html": page(""), "entities": "<!DOCTYPE a [<!ENTITY a '&a;'>]><urlset><url><loc>https://a.example/&a;&#0;</loc></url></urlset>",
    "prefix": "<s:urlset xmlns:s='http://www.sitemaps.org/schemas/sitemap/0.9'><s:url><s:loc>https://a.example/</s:loc></s:url></s:urlset>",
    "two-locs": urlset("<url><loc>https://a.example/1</loc><loc>https://a.example/2</loc></url>"), "images": urlset("<url><loc>https://a.example/1</loc><image:image><image:loc>https://a.example/2.png</image:loc></image:image></url>"),
    "utf16": urlset("<url><loc>https://a.example/</loc></url>").encode("utf-16"), "bytes": b"<urlset><url><loc>\xff\xfe\xd0</loc>",
}

ROBOTS = {
    "empty": "", "all": "User-agent: *\nDisallow: /\n", "none": "User-agent: *\nDisallow:\n", "ours": "User-agent: wireroom\nAllow: /news\nDisallow: /\n\nUser-agent: *\nDisallow:\n",
    "wildcards": "User-agent: *\nDisallow: /*a*a*a*a*a*a*a*a*a*a*a*a*b$\n/" + "a" * 3000, "stars": "User-agent: *\nDisallow: /" + "*" * 3000 + "$\n/x", "dollars": "User-agent: *\nDisallow: /$$$*$\n/$",
    "percent": "User-agent: *\nDisallow: /%\nDisallow: /%zz%2\nDisallow: /%E2%82%AC%ff\n/%e2%82%ac", "unicode": "User-agent: *\nDisallow: /новини\n/%d0%bd", "delay": "User-agent: *\nCrawl-delay: 1e999\nCrawl-delay: -1\nCrawl-delay: NaN\nCrawl-delay: 99999999999999999999\n",
    "delay-text": "User-agent: *\nCrawl-delay: ten\nCrawl-delay: 0.0000000001\n", "sitemaps": "Sitemap: https://a.example/s.xml\nSITEMAP:\nsitemap: //\n" * 60, "no-colon": "User-agent *\nDisallow /\n", "only-colons": ":::\n:\n: :\n" * 30,
    "comments": "# a\nUser-agent: * # b\nDisallow: /a#b\n#\n##", "cr": "User-agent: *\rDisallow: /a\r", "crlf": "User-agent: *\r\nDisallow: /a\r\n", "bom": "\ufeffUser-agent: *\nDisallow: /\n", "no-agent": "Disallow: /\nAllow: /a\n",
    "many-agents": "".join(f"User-agent: bot{n}\n" for n in range(300)) + "User-agent: *\nDisallow: /a\n", "long-line": "User-agent: *\nDisallow: /" + "a" * 20000 + "\n/a", "html": page(""), "bytes": bytes(range(256)) * 3, "nul": "User-agent: *\0\nDisallow: /\0\n",
    "same-length": "User-agent: *\nAllow: /a\nDisallow: /a\n/a", "case": "USER-AGENT: WireRoom/1.0\nDISALLOW: /A\n/a", "blank-lines": "User-agent: *\n\n\nDisallow: /\n\n\n", "cut": "User-agent: *\nDisallow: /\xff".encode("latin-1"),
}


def front(inner: str, head: str = "") -> str:
    return f"<!doctype html><html lang=en><head><title>Front</title>{head}</head><body>{inner}</body></html>"


def teaser(n: int, more: str = "") -> str:
    return f"<div class=card><a href=/news/2026/03/03/storm-closes-the-harbour-{n}.html><h2>Storm closes the harbour for the {n}th day</h2></a><time datetime=2026-03-03T08:0{n % 10}:00Z>8 min ago</time>{more}</div>"


SECTION = {
    "list": front("".join(map(teaser, range(20)))), "empty": "", "no-links": front(SENTENCE), "one-link": front(teaser(1)),
    "menus": front("<nav>" + "<a href=/sport>Sport</a>" * 50 + "</nav>" + "".join(map(teaser, range(5)))), "same-link": front(teaser(1) * 100),
    "base": front("".join(map(teaser, range(5))), "<base href='http://[::'><base href=//other.example/>"), "foreign": front("<a href=https://other.example/1>Storm closes the harbour again</a>" * 20),
    "addresses": front("".join(f"<a href='{it}'>Storm closes the harbour once more today</a>" for it in ["", "#a", "//", "http://[", "javascript:a()", "mailto:a@b.example", "data:,x", "?a=1", "../../..", "\\\\a\\b", "http://harbour.example:99999/", "%00%ff", " /a b "])),
    "deep": front("<div>" * 1000 + teaser(1)), "deep-links": front("<a href=/news/1.html>" * 500 + "Storm"), "nested-cards": front("<div><a href=/news/2026/1.html>Storm closes the harbour</a>" * 300),
    "pictures": front("<a href=/news/1.html><img alt='Storm closes the harbour for a day'></a>" * 20), "titles": front("<a href=/news/1.html title='Storm closes the harbour' aria-label='x'></a>" * 20),
    "times": front("".join(teaser(n, "<time>99.99.9999</time><time datetime=''>yesterday</time><span>3 березня, 25:61</span>") for n in range(10))),
    "tracking": front("<a href='/news/1.html?utm_source=a&fbclid=b&utm_source='>Storm closes the harbour today</a>" * 5), "feeds": front("", "<link rel=alternate type=application/rss+xml href=/feed><link rel='ALTERNATE feed' type='application/atom+xml;charset=x' href='http://['><link rel=alternate type=application/feed+json>"),
    "rss": rss(""), "json": "{}", "header": '</feed>; rel="alternate"; type="application/rss+xml", <x>; rel=, <; "', "svg": front("<svg><a xlink:href=/news/1.html><text>Storm closes the harbour</text></a></svg>"), "maps": front("<map><area href=/news/1.html alt='Storm closes the harbour'></map>"),
    "utf16": front(teaser(1)).encode("utf-16"), "cp1251": ("<meta charset=windows-1251>" + front("<a href=/novyny/1>Негода зачинила порт на другий день</a>" * 5)).encode("cp1251"), "bytes": bytes(range(256)) * 3, "table": front("<table>" + f"<tr><td>{teaser(1)}" * 30),
    "template": front("<template>" + teaser(1) + "</template><noscript>" + teaser(2) + "</noscript>"), "misnested": front("<a href=/news/1.html><h2><a href=/news/2.html></h2></a><p></a>" * 50),
}

CONFIG = {
    "empty": "", "interval": '[poll]\ninterval = "5m"\n', "unknown": "[pol]\nx = 1\n", "wrong-type": "[fetch]\ntimeout = 5\nconcurrency = 'many'\n", "negative": "[fetch]\nper_host = -1\nconcurrency = 99999999999999999999\n",
    "durations": "[poll]\ninterval = '999999999999999999y'\nmin_interval = '-1s'\nmax_interval = '1ns'\nrevisit = ['', '0s', 'x']\n", "sizes": "[fetch]\nmax_body = '99999999999999999999999EB'\n", "endpoint": "[[endpoint]]\nname = 'a'\nurl = 'https://a.example/'\nsecret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'\n",
    "endpoint-secret": "[[endpoint]]\nname = 'a'\nurl = 'https://a.example/'\nsecret = 'whsec_####'\n", "endpoint-regex": "[[endpoint]]\nname = 'a'\nurl = 'https://a.example/'\n[endpoint.filter]\nany = ['(', '(a+)+$', 'a{1000}{1000}', '\\\\p{Greek}']\n",
    "endpoint-private": "[[endpoint]]\nname = 'a'\nurl = 'http://127.0.0.1/'\n", "endpoint-formats": "".join(f"[[endpoint]]\nname = '{it}'\nformat = '{it}'\nurl = 'https://a.example/{it}'\ntoken = 'x'\n" for it in ["json", "slack", "discord", "teams", "telegram", "matrix", "ntfy", "template", "nosuch"]),
    "outlet": "[[outlet]]\nname = 'a'\ntitle = 'A'\nhomepage = 'https://a.example'\nlanguage = 'en'\ntimezone = 'Europe/Kyiv'\n[[outlet.source]]\nkind = 'feed'\nurl = 'https://a.example/feed'\n",
    "outlet-selectors": "[[outlet]]\nname = 'a'\nhomepage = 'https://a.example'\n[outlet.article]\nbody = ['div..', ':has(', '*|*', '']\npublished = ['a@', '@b', 'a@b@c']\ndrop_lines = ['[', '^$']\n[[outlet.source]]\nkind = 'page'\nurl = 'https://a.example/'\nlinks = '>>'\nmatch = '('\n",
    "outlet-names": "".join(f"[[outlet]]\nname = {it!r}\nhomepage = 'x'\n" for it in ["", "a b", "../x", "a", "a", "Ж", "a" * 300]), "timezones": "[[outlet]]\nname = 'a'\nhomepage = 'https://a.example'\ntimezone = '../../etc/passwd'\nlanguage = 'xx-yy-zz-1'\n",
    "not-toml": "{]", "nul": "a = '\0'\n", "deep-table": "[" + "a." * 500 + "a]\nb = 1\n", "deep-array": "a = " + "[" * 1000, "deep-inline": "a = " + "{a = " * 500, "same-key": "[http]\nlisten = 'a'\nlisten = 'b'\n", "dates": "[poll]\ninterval = 2026-03-03T08:00:00Z\n",
    "listen": "[http]\nlisten = '0.0.0.0:99999'\n", "listen-open": "[http]\nlisten = '0.0.0.0:80'\ntoken = ''\n", "networks": "[fetch]\nallow_private = ['127.0.0.0/99', 'x', '::/0']\n", "store": "[store]\nurl = 'ftp://x'\nkeep = '0s'\nkeep_articles = 0\n", "log": "[log]\nformat = 'loud'\nlevel = 'a=b=c,,'\n", "schedule": "[delivery]\nschedule = []\ntimeout = '0s'\n",
    "bom": "\ufeff[poll]\ninterval = '5m'\n", "crlf": "[poll]\r\ninterval = '5m'\r\n", "floats": "[poll]\ninterval = nan\nmax_interval = inf\n", "unicode": "[poll]\n'інтервал' = '5m'\n", "headers": "[[endpoint]]\nname='a'\nurl='https://a.example/'\nrate='0/s'\n[endpoint.headers]\n'a b' = 'c\\nd'\nhost = 'x'\n",
    "secrets-twice": "[[endpoint]]\nname='a'\nurl='https://a.example/'\nurl_env='B'\nsecret_file='/nonexistent'\n",
}

SMALL = {"feed": FEED, "html": HTML, "plain": PLAIN, "opml": OPML, "sitemap": SITEMAP, "robots": ROBOTS, "section": SECTION, "config": CONFIG}


def fill(part: str, size: int = SIZE) -> str:
    return part * (size // len(part.encode()))


def numbered(form: str, size: int = SIZE) -> str:
    n = size // len(form.format(n=100_000).encode())
    return "".join(form.format(n=n) for n in range(n))


def large() -> dict[str, dict[str, str]]:
    """Documents of the size at which bodies are cut off."""
    shapes = {
        "deep-blocks": page(fill("<div>")), "deep-inline": page(fill("<b>")), "deep-tables": page(fill("<table><tr><td>")), "deep-lists": page(fill("<ul><li>a")),
        "siblings-empty": page(fill("<i></i>")), "siblings-words": page(fill("<p>word")), "one-letter-inline": page(fill("<b>a</b>")), "line-breaks": page(fill("a<br>")),
        "prose": page(fill(f"<p>{SENTENCE}</p>")), "one-text": page(fill(SENTENCE)), "no-space": page(fill("a")), "japanese": page(fill("港の長は火曜日に船は外で待つと述べた。")),
        "links": page(fill("<a href=/>a</a>")), "linked-prose": page(fill(f"<p><a href=/x>{SENTENCE}</a></p>")), "attributes": page("<div" + numbered(" a{n}=b") + ">" + SENTENCE), "attributes-many-tags": page(fill("<p a=1 b=2 c=3 d=4 e=5 f=6 g=7 h=8>a")),
        "classes": page(numbered("<div class=c{n}>a</div>")), "long-class": page("<div class='" + fill("share article ") + "'>" + SENTENCE), "comments": page(fill("<!-- -->")), "entities": page(fill("&amp;")), "unknown-entities": page(fill("&nosuch;")),
        "lt": page(fill("<")), "open-script": page("<script>" + fill("if (a < b) {}\n")), "open-tag": page("<a " + fill("b")), "scripts": page(fill("<script>a</script>")), "formatting": page(fill("<a><b></a></b><p>")), "fonts": page("<font color=a>" * 3000 + fill("<p>a")),
        "ld-blocks": page("", fill(LD % '{"@type":"NewsArticle","headline":"a"}')), "ld-deep": ld(fill('{"a":[')), "ld-array": ld("[" + fill('{"@type":"NewsArticle","author":{"name":"Ann Doe"}},') + "1]"), "ld-numbers": ld("[" + fill("1,") + "1]"), "ld-body": ld('{"@type":"NewsArticle","articleBody":"' + fill(SENTENCE) + '"}'),
        "metas": page("", fill("<meta property=article:tag content=a>")), "times": page(fill("<time datetime=2026-03-03>3 March</time>")), "headings": page(fill("<h2>Storm</h2>")), "table": page("<table>" + fill("<tr><td>a<td>b")), "figures": page(fill("<figure><figcaption>a")), "bylines": page(fill("<p class=byline>By Ann Doe</p>")),
        "hidden": page(fill("<p hidden>a</p>")), "templates": page(fill("<template>")), "select": page("<select>" + fill("<option>a")), "svg": page(fill("<svg><g>")), "frames": fill("<frameset>"), "images": page(fill("<img src=a>")), "no-quotes": page("<p title='" + fill("a b ")),
    }
    items = "<item><title>a</title><link>https://a.example/</link></item>"
    feeds = {
        "items": f"<rss><channel>{fill(items)}</channel></rss>", "empty-items": f"<rss><channel>{fill('<item/>')}</channel></rss>", "entries": atom(fill("<entry><id>a</id></entry>")), "one-description": rss(f"<description>{fill(SENTENCE)}</description>"), "cdata": rss(fill("<description><![CDATA[a]]></description>")),
        "deep": rss(fill("<a>")), "deep-closed": rss("<a>" * 1_000_000 + "</a>" * 1_000_000), "media": rss(fill("<media:content url='a'>")), "categories": rss(numbered("<category>{n}</category>")), "authors": atom(numbered("<author><name>{n}</name></author>") + "<entry/>" * 3), "authors-times-entries": atom(numbered("<author><name>{n}</name></author>", SIZE // 2) + fill("<entry/>", SIZE // 2)),
        "attributes": f"<rss{numbered(' a{n}=''b''')}><channel>{items}</channel></rss>", "namespaces": rss(numbered("<x xmlns:n{n}='u'/>")), "entities": "<!DOCTYPE a [" + f"<!ENTITY a '{'x' * 5000}'>]>" + rss(f"<description>{fill('&a;')}</description>", ""), "declared-entities": "<!DOCTYPE a [" + numbered("<!ENTITY a{n} 'b'>") + "]>" + rss("", ""), "references": rss(f"<description>{fill('&#38;')}</description>"),
        "escaped": rss(f"<description>{fill('&lt;')}</description>"), "bases": "<feed xml:base='https://a.example/'>" + fill("<x xml:base='a/'>"), "relative-links": "<feed xml:base='https://a.example/" + "b" * 1900 + "/'><entry><content><![CDATA[" + fill("<a href=x>") + "]]></content></entry></feed>", "links": atom("<entry>" + fill("<link href='x'/>") + "</entry>"), "enclosures": rss(fill("<enclosure url='x'/>")),
        "open-cdata": rss(fill("<title><![CDATA[</title>")), "lt": rss(fill("<")), "quotes": rss(fill("<a b=\"<c d='")), "blanks": rss(fill(" ")), "no-feed": fill("word "), "html": shapes["prose"], "json-items": '{"version":"https://jsonfeed.org/version/1.1","items":[' + fill('{"id":"1","title":"a"},') + '{"id":"2"}]}', "json-empty-items": '{"items":[' + fill("{},") + "{}]}", "json-deep": '{"items":' + fill("["), "json-numbers": '{"items":[' + fill("1,") + "1]}", "json-one-text": '{"items":[{"id":"1","content_html":"' + fill(SENTENCE) + '"}]}', "json-escapes": '{"items":[{"id":"1","content_html":"' + fill("\\u0041") + '"}]}', "json-keys": '{"items":[{' + numbered('"k{n}":1,') + '"id":"1"}]}',
    }
    sections = {name: shapes[name] for name in ("deep-blocks", "deep-inline", "links", "siblings-words", "attributes", "formatting", "table", "fonts", "linked-prose", "one-text")}
    sections |= {"teasers": front(numbered("<div><a href=/news/2026/{n}.html><h2>Storm closes the harbour {n}</h2></a><time>8:00</time></div>")), "same-parent": front("<div>" + numbered("<a href=/news/{n}.html>Storm closes the harbour {n}</a><time>8:00</time>")), "nested": front(numbered("<div><a href=/n/{n}.html>Storm closes the harbour today {n}</a>", 100_000))}
    return {
        "html": shapes, "feed": feeds, "section": sections,
        "plain": {"prose": fill(SENTENCE + "\n\n"), "one-line": fill(SENTENCE), "no-space": fill("a"), "short-lines": fill("a\n"), "blank": fill("\n"), "names": fill("By Ann Doe\n"), "dates": fill("3 March 2026\n"), "numbers": fill("1 "), "japanese": fill("港の長は火曜日に船は外で待つと述べた。"), "combining": "e" + fill("\u0301"), "marks": fill("…!?"), "upper": fill("STORM CLOSES THE HARBOUR\n"), "addresses": fill("https://a.example/ ")},
        "opml": {"outlines": opml(numbered('<outline xmlUrl="https://a.example/{n}"/>')), "nested": opml(fill('<outline text="a">')), "attributes": opml("<outline" + numbered(' a{n}="b"') + "/>")},
        "sitemap": {"urls": urlset(numbered("<url><loc>https://a.example/{n}</loc></url>")), "nested": fill("<url>"), "lines": numbered("https://a.example/{n}\n"), "keywords": urlset("<url><loc>https://a.example/</loc><news:news><news:keywords>" + fill("a,") + "</news:keywords></news:news></url>")},
        "robots": {"rules": "User-agent: *\n" + numbered("Disallow: /{n}\n"), "stars": "User-agent: *\n" + fill("Disallow: /*a*b*c*d*e*f$\n") + "/" + "abcde" * 400, "agents": numbered("User-agent: b{n}\n"), "one-line": "User-agent: *\nDisallow: /" + fill("*a")},
        "config": {"tables": numbered("[a{n}]\n", 1_000_000), "outlets": numbered("[[outlet]]\nname = 'o{n}'\nhomepage = 'https://o{n}.example'\n", 1_000_000), "array": "a = [" + fill("1,", 1_000_000) + "]", "text": "a = '" + fill("b", 1_000_000) + "'"},
    }


def write(folder: pathlib.Path, inputs: dict) -> None:
    for target, named in inputs.items():
        (folder / target).mkdir(parents=True, exist_ok=True)
        for name, content in named.items():
            content = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
            (folder / target / name).write_bytes(content[:SIZE])


if len(sys.argv) == 3 and sys.argv[1] == "--large":
    write(pathlib.Path(sys.argv[2]), large())
elif len(sys.argv) == 1:
    write(HERE / "corpus", SMALL)
else:
    sys.exit(__doc__)
