//! One value at a time: what an entry's elements say, in the ways that publishers write them.

use url::Url;
use wireroom::model::entry::Entry;

use super::parse;

fn only(document: &str) -> Entry {
    let feed = parse(document.as_bytes()).unwrap_or_else(|error| panic!("{document}: {error}"));
    let [entry] = &feed.entries[..] else {
        panic!("{document}: {:?}", feed.entries);
    };
    entry.clone()
}

fn atom(inner: &str) -> Entry {
    only(&format!(
        "<feed xmlns=\"http://www.w3.org/2005/Atom\"><entry>{inner}</entry></feed>"
    ))
}

fn old_atom(inner: &str) -> Entry {
    only(&format!(
        "<feed version=\"0.3\" xmlns=\"http://purl.org/atom/ns#\"><entry>{inner}</entry></feed>"
    ))
}

fn rss(inner: &str) -> Entry {
    only(&format!(
        "<rss version=\"2.0\"><channel><link>https://a.example/</link><item>{inner}</item></channel></rss>"
    ))
}

fn check(entry: &Entry, field: &str, expect: &str) {
    let found = match field {
        "title" => entry.title.clone(),
        "url" => entry.url.as_ref().map(Url::to_string),
        "id" => entry.id.clone(),
        "summary" => entry.summary.clone(),
        "content" => entry.content.clone(),
        "authors" => Some(entry.authors.join(" | ")),
        "categories" => Some(entry.categories.join(" | ")),
        "published" => entry.published.map(|time| time.to_string()),
        "updated" => entry.updated.map(|time| time.to_string()),
        other => panic!("no field {other}"),
    };
    assert_eq!(
        found.as_deref().unwrap_or("none"),
        expect,
        "{field} of {entry:?}"
    );
}

/// Inside of an Atom entry, a field, and what it is to be.
const ATOM: &[(&str, &str, &str)] = &[
    (
        "<title>A &lt;b&gt;b&lt;/b&gt; &amp;amp; c</title>",
        "title",
        "A <b>b</b> &amp; c",
    ),
    (
        "<title type='html'>A &lt;b&gt;b&lt;/b&gt; &amp;amp; c</title>",
        "title",
        "A b & c",
    ),
    (
        "<title type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>A <b>b</b> &lt;c&gt;</div></title>",
        "title",
        "A b <c>",
    ),
    (
        "<title type='html'><![CDATA[<b>A</b> & c]]></title>",
        "title",
        "A & c",
    ),
    (
        "<summary type='xhtml'><x:div xmlns:x='http://www.w3.org/1999/xhtml'>A <x:b>b</x:b></x:div></summary>",
        "summary",
        "A <b>b</b>",
    ),
    (
        "<content type='text'>a &lt; b</content>",
        "content",
        "a < b",
    ),
    (
        "<content type='application/octet-stream'>PHA+aGk8L3A+</content>",
        "content",
        "<p>hi</p>",
    ),
    (
        "<content type='application/xml'><doc><entry>x</entry></doc></content>",
        "content",
        "<doc><entry>x</entry></doc>",
    ),
    (
        "<content type='odd/kind'>&lt;p&gt;hi&lt;/p&gt;</content>",
        "content",
        "<p>hi</p>",
    ),
    (
        "<content src='https://a.example/1' type='text/html'/>",
        "url",
        "https://a.example/1",
    ),
    (
        "<link rel='related' href='/r'/><link href='/1'/>",
        "url",
        "https://base.example/1",
    ),
    (
        "<link type='application/pdf' href='/1.pdf'/><link type='text/html' href='/1'/>",
        "url",
        "https://base.example/1",
    ),
    ("<id>https://a.example/1</id>", "url", "https://a.example/1"),
    ("<id> urn:x:1 </id>", "id", "urn:x:1"),
    (
        "<author><name>Ann</name><email>a@a.example</email></author><author>Bob</author>",
        "authors",
        "Ann | Bob",
    ),
    (
        "<category term='a' label='A'/><category label='B'/>",
        "categories",
        "a | B",
    ),
    (
        "<source><title>S</title><id>s</id></source><title>T</title>",
        "title",
        "T",
    ),
    (
        "<x:a xmlns:x='urn:x'><title>W</title></x:a><title>T</title>",
        "title",
        "T",
    ),
    ("<media:title>W</media:title><title>T</title>", "title", "T"),
    (
        "<updated>2026-03-03T08:00:00Z</updated>",
        "updated",
        "2026-03-03T08:00:00Z",
    ),
];

#[test]
fn atom_values() {
    for (inner, field, expect) in ATOM {
        check(&atom(inner), field, expect);
    }
    check(
        &old_atom("<title mode='base64'>RWlucw==</title>"),
        "title",
        "Eins",
    );
    check(
        &old_atom("<title type='text/plain' mode='escaped'>the &lt;blink&gt; tag</title>"),
        "title",
        "the <blink> tag",
    );
    check(
        &old_atom("<created>2026-03-03T08:00:00Z</created>"),
        "published",
        "2026-03-03T08:00:00Z",
    );
}

/// Inside of an RSS item, a field, and what it is to be.
const RSS: &[(&str, &str, &str)] = &[
    ("<title>A &lt;b&gt;b&lt;/b&gt;</title>", "title", "A b"),
    (
        "<title>AT&amp;amp;T &amp;amp;lt;b&gt;</title>",
        "title",
        "AT&T &lt;b>",
    ),
    (
        "<title>Use of &lt;vector&gt;, 1 &lt; 2</title>",
        "title",
        "Use of <vector>, 1 < 2",
    ),
    (
        "<title><![CDATA[ A &#8217;b&#8217;\n c ]]></title>",
        "title",
        "A ’b’ c",
    ),
    (
        "<title><![CDATA[cut</title><link>/1</link>",
        "url",
        "https://a.example/1",
    ),
    ("<title>open<link>/1</link>", "title", "open"),
    (
        "<link>\n/1?a=1&b=2&copy=3 </link>",
        "url",
        "https://a.example/1?a=1&b=2&copy=3",
    ),
    (
        "<guid>https://b.example/1</guid>",
        "url",
        "https://b.example/1",
    ),
    (
        "<guid isPermaLink='false'>https://b.example/1</guid>",
        "url",
        "none",
    ),
    (
        "<guid isPermaLink='true'>/1</guid>",
        "url",
        "https://a.example/1",
    ),
    (
        "<link>https://p.example/</link><feedburner:origLink>https://o.example/</feedburner:origLink>",
        "url",
        "https://o.example/",
    ),
    (
        "<image><title>W</title><link>/w</link></image><title>T</title>",
        "title",
        "T",
    ),
    (
        "<image><link>/w</link></image><link>/r</link>",
        "url",
        "https://a.example/r",
    ),
    (
        "<author>a@a.example (Ann Doe)</author><dc:creator>Ann Doe</dc:creator>",
        "authors",
        "Ann Doe",
    ),
    (
        "<dc:creator>Ann</dc:creator><dc:creator>Bob</dc:creator><itunes:author>House</itunes:author>",
        "authors",
        "Ann | Bob",
    ),
    ("<itunes:author>House</itunes:author>", "authors", "House"),
    (
        "<category>A</category><dc:subject>B</dc:subject><itunes:keywords>C, A</itunes:keywords>",
        "categories",
        "A | B | C",
    ),
    (
        "<description>D</description><description>E</description>",
        "content",
        "E",
    ),
    (
        "<description>&lt;p&gt;a&lt;br&gt;b &lt;a href=\"/x\"&gt;c&lt;/a&gt;</description>",
        "summary",
        "<p>a<br>b <a href=\"https://a.example/x\">c</a>",
    ),
    (
        "<description>one<br>two</description><title>T</title>",
        "summary",
        "one<br>two",
    ),
    (
        "<description>&lt;p&gt;one&lt;/p&gt;<br/>two &amp; three</description>",
        "summary",
        "<p>one</p><br/>two & three",
    ),
    (
        "<body xmlns='http://www.w3.org/1999/xhtml'><p>C</p></body>",
        "content",
        "<p>C</p>",
    ),
    (
        "<content:encoded><![CDATA[<p>C</p>]]></content:encoded><description>D</description>",
        "content",
        "<p>C</p>",
    ),
    (
        "<dc:date>2026-03-03</dc:date><pubDate>Tue, 03 Mar 2026 08:01 EET</pubDate>",
        "published",
        "2026-03-03T08:01:00+02:00",
    ),
    (
        "<pubDate>nonsense</pubDate><dc:date>2026-03-03</dc:date>",
        "published",
        "2026-03-03",
    ),
    (
        "<pubDate>Mon, 01 Jan 2999 00:00:00 GMT</pubDate>",
        "published",
        "2999-01-01T00:00:00Z",
    ),
    ("<TITLE>T</Title>", "title", "T"),
];

#[test]
fn rss_values() {
    for (inner, field, expect) in RSS {
        check(&rss(inner), field, expect);
    }
}
