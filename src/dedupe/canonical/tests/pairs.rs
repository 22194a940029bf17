//! Pairs of addresses, as feeds and readers really write them (names changed).

/// Same canonical form: the difference cannot change what is shown.
pub(super) const SAME: &[(&str, &str)] = &[
    // Tracking.
    (
        "https://a.example/x?utm_source=rss&utm_medium=feed",
        "https://a.example/x",
    ),
    (
        "https://a.example/x?utm_source=rss&id=7",
        "https://a.example/x?id=7",
    ),
    (
        "https://a.example/x?id=7&UTM_Campaign=Q",
        "https://a.example/x?id=7",
    ),
    ("https://a.example/x?fbclid=IwAR0", "https://a.example/x"),
    (
        "https://a.example/x?gclid=1&gclsrc=aw.ds",
        "https://a.example/x",
    ),
    (
        "https://a.example/x?gad_source=1&gbraid=2&wbraid=3",
        "https://a.example/x",
    ),
    ("https://a.example/x?msclkid=1", "https://a.example/x"),
    (
        "https://a.example/x?yclid=1&ysclid=l2",
        "https://a.example/x",
    ),
    ("https://a.example/x?twclid=1", "https://a.example/x"),
    ("https://a.example/x?ttclid=1", "https://a.example/x"),
    (
        "https://a.example/x?igshid=1&mibextid=2",
        "https://a.example/x",
    ),
    (
        "https://a.example/x?mc_cid=1&mc_eid=2",
        "https://a.example/x",
    ),
    ("https://a.example/x?mkt_tok=abc", "https://a.example/x"),
    (
        "https://a.example/x?_hsenc=a&_hsmi=2&__hstc=1",
        "https://a.example/x",
    ),
    (
        "https://a.example/x?_ga=1.2.3&_gl=1*abc",
        "https://a.example/x",
    ),
    (
        "https://a.example/x?at_medium=RSS&at_campaign=KARANGA",
        "https://a.example/x",
    ),
    (
        "https://a.example/x?ns_mchannel=social&ns_source=twitter",
        "https://a.example/x",
    ),
    (
        "https://a.example/x?CMP=share_btn_tw",
        "https://a.example/x",
    ),
    ("https://a.example/x?smid=tw-share", "https://a.example/x"),
    (
        "https://a.example/x?ocid=socialflow_twitter",
        "https://a.example/x",
    ),
    ("https://a.example/x?xtor=RSS-3208", "https://a.example/x"),
    ("https://a.example/x?wt_mc=rss.red", "https://a.example/x"),
    (
        "https://a.example/x?pk_campaign=a&mtm_kwd=b&piwik_kwd=c",
        "https://a.example/x",
    ),
    (
        "https://a.example/x?guccounter=1&guce_referrer=aHR0",
        "https://a.example/x",
    ),
    (
        "https://a.example/x?ncid=txtlnkusaolp",
        "https://a.example/x",
    ),
    (
        "https://a.example/x?__twitter_impression=true",
        "https://a.example/x",
    ),
    ("https://a.example/x?ref=rss", "https://a.example/x"),
    (
        "https://a.example/x?from=rss&id=2",
        "https://a.example/x?id=2",
    ),
    ("https://a.example/x?source=twitter", "https://a.example/x"),
    (
        "https://a.example/x?utm%5Fsource=rss",
        "https://a.example/x",
    ),
    (
        "https://a.example/x?PHPSESSID=0a1b2c",
        "https://a.example/x",
    ),
    (
        "https://a.example/x;jsessionid=0A1B?id=3",
        "https://a.example/x?id=3",
    ),
    (
        "https://a.example/x?_openstat=dGVzdA",
        "https://a.example/x",
    ),
    (
        "https://a.example/x?ftcamp=crm/email",
        "https://a.example/x",
    ),
    ("https://a.example/x?share=facebook", "https://a.example/x"),
    (
        "https://a.example/x?id=1&amp;utm_source=rss",
        "https://a.example/x?id=1",
    ),
    (
        "https://a.example/x?maca=en-rss-en-all-1573-rdf",
        "https://a.example/x",
    ),
    ("https://a.example/x?srsltid=AfmBOo", "https://a.example/x"),
    ("https://a.example/x?rss=1", "https://a.example/x"),
    (
        "https://a.example/t?t=1&sid=58428beaa14598c2e02d93ad5c773e4d",
        "https://a.example/t?t=1",
    ),
    // Empty parts.
    ("https://a.example/x?", "https://a.example/x"),
    ("https://a.example/x?&&id=1&", "https://a.example/x?id=1"),
    ("https://a.example/x#", "https://a.example/x"),
    ("https://a.example/x#comments", "https://a.example/x"),
    (
        "https://a.example/x?id=1#:~:text=word",
        "https://a.example/x?id=1",
    ),
    ("https://a.example/x#xtor=RSS-1", "https://a.example/x"),
    ("https://a.example", "https://a.example/"),
    // RFC 3986.
    ("HTTPS://A.EXAMPLE/x", "https://a.example/x"),
    ("https://a.example:443/x", "https://a.example/x"),
    ("http://a.example:80/x", "http://a.example/x"),
    ("https://a.example./x", "https://a.example/x"),
    ("https://a.example/b/../x", "https://a.example/x"),
    ("https://a.example/./x", "https://a.example/x"),
    ("https://a.example/%7Eme/x", "https://a.example/~me/x"),
    ("https://a.example/%61bc", "https://a.example/abc"),
    ("https://a.example/%d1%83", "https://a.example/%D1%83"),
    ("https://a.example/у", "https://a.example/%D1%83"),
    ("https://a.example/x?q=%7e", "https://a.example/x?q=~"),
    ("https://a.example/x?q=у", "https://a.example/x?q=%d1%83"),
    ("https://a.example/100%", "https://a.example/100%25"),
    ("https://user:secret@a.example/x", "https://a.example/x"),
    (
        "https://bücher.example/x",
        "https://xn--bcher-kva.example/x",
    ),
    // Forms.
    (
        "https://a.example/2025/06/x/amp",
        "https://a.example/2025/06/x",
    ),
    (
        "https://a.example/2025/06/x/amp/",
        "https://a.example/2025/06/x/",
    ),
    ("https://a.example/x.amp.html", "https://a.example/x.html"),
    ("https://a.example/x.amp", "https://a.example/x"),
    ("https://a.example/x?amp", "https://a.example/x"),
    ("https://a.example/x?amp=1", "https://a.example/x"),
    ("https://a.example/x?outputType=amp", "https://a.example/x"),
    ("https://a.example/x?print=Y", "https://a.example/x"),
];

/// One key, though the forms may be shown apart.
pub(super) const FOLDED: &[(&str, &str)] = &[
    ("http://a.example/x", "https://a.example/x"),
    ("https://www.a.example/x", "https://a.example/x"),
    ("https://m.a.example/x", "https://www.a.example/x"),
    ("https://mobile.a.example/x", "https://a.example/x"),
    ("https://amp.a.example/x", "https://a.example/x"),
    ("https://www.m.a.example/x", "https://a.example/x"),
    ("https://a.example/x/", "https://a.example/x"),
    ("https://a.example//x///y", "https://a.example/x/y"),
    ("https://a.example/x/index.html", "https://a.example/x"),
    (
        "https://a.example/index.php?id=7",
        "https://a.example/?id=7",
    ),
    ("https://a.example/x?b=2&a=1", "https://a.example/x?a=1&b=2"),
    ("https://a.example/x/amp/", "https://a.example/x"),
    (
        "https://www.google.com/url?rct=j&sa=t&url=https://a.example/x&ct=ga",
        "https://a.example/x",
    ),
    (
        "https://www.google.de/url?q=https%3A%2F%2Fa.example%2Fx",
        "https://a.example/x",
    ),
    (
        "https://www.google.com/amp/s/www.a.example/x",
        "https://a.example/x",
    ),
    (
        "https://a-example.cdn.ampproject.org/c/s/a.example/x",
        "https://a.example/x",
    ),
    (
        "http://www.bing.com/news/apiclick.aspx?ref=FexRss&url=https%3a%2f%2fa.example%2fx&c=1",
        "https://a.example/x",
    ),
    (
        "https://l.facebook.com/l.php?u=https%3A%2F%2Fa.example%2Fx%3Ffbclid%3D1&h=AT",
        "https://a.example/x",
    ),
    (
        "https://vk.com/away.php?to=https%3A%2F%2Fa.example%2Fx",
        "https://a.example/x",
    ),
    (
        "https://duckduckgo.com/l/?uddg=https%3A%2F%2Fa.example%2Fx",
        "https://a.example/x",
    ),
    (
        "https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fa.example%2Fx&data=1",
        "https://a.example/x",
    ),
    (
        "https://ads.example/redirect?url=https%3A%2F%2Fa.example%2Fx",
        "https://a.example/x",
    ),
    (
        "https://ads.example/out.php?to=https://vk.com/away.php?to=https://a.example/x",
        "https://a.example/x",
    ),
];

/// Other articles, or nobody can know that they are not.
pub(super) const DIFFERENT: &[(&str, &str)] = &[
    ("https://a.example/x", "https://a.example/y"),
    ("https://a.example/x", "https://b.example/x"),
    ("https://a.example/x", "https://news.a.example/x"),
    ("https://a.example/x", "https://a.example:8443/x"),
    ("https://a.example/X", "https://a.example/x"),
    ("https://a.example/x?id=1", "https://a.example/x?id=2"),
    ("https://a.example/x?id=1", "https://a.example/x"),
    ("https://a.example/?p=1", "https://a.example/?p=2"),
    ("https://a.example/x?page=1", "https://a.example/x?page=2"),
    (
        "https://a.example/x?source=reuters",
        "https://a.example/x?source=ap",
    ),
    (
        "https://a.example/x?ref=1201",
        "https://a.example/x?ref=1202",
    ),
    (
        "https://a.example/x?from=2025",
        "https://a.example/x?from=2024",
    ),
    ("https://a.example/x?feed=12", "https://a.example/x?feed=13"),
    (
        "https://a.example/x?m=202506",
        "https://a.example/x?m=202505",
    ),
    ("https://a.example/x?lang=en", "https://a.example/x?lang=uk"),
    ("https://a.example/en/x", "https://a.example/uk/x"),
    ("https://a.example/#!/news/1", "https://a.example/#!/news/2"),
    ("https://a.example/x%2Fy", "https://a.example/x/y"),
    ("https://a.example/x%3Fy", "https://a.example/x?y"),
    ("https://a.example/x?q=a%26b", "https://a.example/x?q=a&b"),
    ("https://a.example/x?a=1&a=2", "https://a.example/x?a=2"),
    ("https://a.example/amp", "https://a.example/"),
    ("https://a.example/x-amp", "https://a.example/x"),
    ("https://a.example/camp", "https://a.example/c"),
    ("https://a.example/lamp.html", "https://a.example/l.html"),
    ("https://a.example/story/1", "https://a.example/story/2"),
    ("https://a.example/x.html", "https://a.example/x"),
    ("https://www.co.uk/x", "https://co.uk/y"),
    ("https://a.example/xutm_source=1", "https://a.example/x"),
    (
        "https://a.example/redirect?url=/local",
        "https://a.example/redirect",
    ),
    (
        "https://a.example/x?url=https://b.example/y",
        "https://b.example/y",
    ),
    ("https://www.google.com/amp/help", "https://help/"),
    (
        "https://feeds.example/~r/post/~3/abc",
        "https://a.example/x",
    ),
    (
        "https://a.example/tag/1042",
        "https://a.example/article/1042",
    ),
    ("http://127.0.0.1:8001/x", "http://127.0.0.1:8002/x"),
    ("http://[::1]/x", "http://[::2]/x"),
    ("mailto:a@a.example", "mailto:b@a.example"),
];
