//! Further pairs, by the kind of site or application that writes them (names changed).

/// Same canonical form.
pub(super) const SAME: &[(&str, &str)] = &[
    // What applications add when a reader shares.
    (
        "https://a.example/x?ref_src=twsrc%5Etfw",
        "https://a.example/x",
    ),
    (
        "https://a.example/x?ref_src=twsrc%5Etfw&ref_url=https%3A%2F%2Fb.example%2Fy",
        "https://a.example/x",
    ),
    (
        "https://a.example/x?share=email&nb=1",
        "https://a.example/x?nb=1",
    ),
    ("https://a.example/x?trk=public_post", "https://a.example/x"),
    (
        "https://a.example/x?trackingId=abc%3D%3D",
        "https://a.example/x",
    ),
    ("https://a.example/x?wprov=sfti1", "https://a.example/x"),
    (
        "https://a.example/x?fb_action_ids=1&fb_action_types=og.likes",
        "https://a.example/x",
    ),
    (
        "https://a.example/x?sfnsn=mo&extid=a",
        "https://a.example/x",
    ),
    (
        "https://a.example/x?igsh=MzRlODBiNWFlZA==",
        "https://a.example/x",
    ),
    ("https://a.example/x?via=telegram", "https://a.example/x"),
    ("https://a.example/x?from=whatsapp", "https://a.example/x"),
    ("https://a.example/x?source=feedly", "https://a.example/x"),
    (
        "https://a.example/x?unlocked_article_code=1.abc.d",
        "https://a.example/x",
    ),
    ("https://a.example/x?giftToken=1f2e", "https://a.example/x"),
    // What newsletters add.
    ("https://a.example/x?__s=abc", "https://a.example/x"),
    ("https://a.example/x?dm_i=1ABC,2DEF", "https://a.example/x"),
    (
        "https://a.example/x?ck_subscriber_id=77",
        "https://a.example/x",
    ),
    (
        "https://a.example/x?sfmc_id=12&sfmc_activityid=ab",
        "https://a.example/x",
    ),
    (
        "https://a.example/x?bxid=5&cndid=6&esrc=bounce",
        "https://a.example/x",
    ),
    ("https://a.example/x?nlid=33", "https://a.example/x"),
    ("https://a.example/x?_ke=eyJ&_kx=Z", "https://a.example/x"),
    (
        "https://a.example/x?oly_enc_id=1&oly_anon_id=2",
        "https://a.example/x",
    ),
    (
        "https://a.example/x?vero_id=a&vero_conv=b",
        "https://a.example/x",
    ),
    ("https://a.example/x?spm=a2c0i.1", "https://a.example/x"),
    (
        "https://a.example/x?elqTrackId=ab&elqTrack=true",
        "https://a.example/x",
    ),
    // What the sites' own counters add.
    (
        "https://a.example/x?int_source=home&int_medium=box",
        "https://a.example/x",
    ),
    (
        "https://a.example/x?itm_source=parsely-api",
        "https://a.example/x",
    ),
    (
        "https://a.example/x?cx_testId=3&cx_testVariant=cx_1",
        "https://a.example/x",
    ),
    (
        "https://a.example/x?recirc=taboolainternal",
        "https://a.example/x",
    ),
    (
        "https://a.example/x?tpcc=recirculation",
        "https://a.example/x",
    ),
    ("https://a.example/x?ICID=ref_fark", "https://a.example/x"),
    ("https://a.example/x?cmpid=rss|news", "https://a.example/x"),
    (
        "https://a.example/x?ito=1490&ns_campaign=1490",
        "https://a.example/x",
    ),
    (
        "https://a.example/x?sc_channel=rss&sc_cid=4",
        "https://a.example/x",
    ),
    (
        "https://a.example/x?at_link_origin=afp",
        "https://a.example/x",
    ),
    (
        "https://a.example/x?soc_src=social-sh&soc_trk=tw",
        "https://a.example/x",
    ),
    (
        "https://a.example/x?hsa_acc=1&hsa_cam=2&id=3",
        "https://a.example/x?id=3",
    ),
    ("https://a.example/x?partner=rss", "https://a.example/x"),
    ("https://a.example/x?mod=rss", "https://a.example/x"),
    ("https://a.example/x?feature=share", "https://a.example/x"),
    ("https://a.example/x?ref=homepage", "https://a.example/x"),
    // Where scripts differ.
    ("https://новини.example/x", "https://xn--b1amarcd.example/x"),
    (
        "https://a.example/новини",
        "https://a.example/%d0%bd%d0%be%d0%b2%d0%b8%d0%bd%d0%b8",
    ),
    (
        "https://a.example/東京",
        "https://a.example/%E6%9D%B1%E4%BA%AC",
    ),
];

/// One key.
pub(super) const FOLDED: &[(&str, &str)] = &[
    (
        "http://www.a.example/2025/06/23/x/?utm_source=rss",
        "https://a.example/2025/06/23/x",
    ),
    (
        "https://amp.a.example/news/x.amp.html?utm_source=g",
        "https://a.example/news/x.html",
    ),
    (
        "https://m.a.example/news/x/?m=1",
        "https://a.example/news/x",
    ),
    (
        "https://www.a.example/story/default.aspx",
        "https://a.example/story",
    ),
    ("https://a.example/index.html", "http://a.example"),
    (
        "https://www.google.com/url?sa=t&q=https://a.example/x%3Fid%3D7",
        "https://a.example/x?id=7",
    ),
    (
        "https://news.google.com/news/url?url=http://a.example/x",
        "https://a.example/x",
    ),
    (
        "https://out.reddit.com/t3_1?url=https%3A%2F%2Fa.example%2Fx&token=1",
        "https://a.example/x",
    ),
    (
        "https://l.instagram.com/?u=https%3A%2F%2Fa.example%2Fx",
        "https://a.example/x",
    ),
    (
        "https://www.youtube.com/redirect?q=https%3A%2F%2Fa.example%2Fx&v=1",
        "https://a.example/x",
    ),
    (
        "https://slack-redir.net/link?url=https%3A%2F%2Fa.example%2Fx",
        "https://a.example/x",
    ),
    (
        "https://t.umblr.com/redirect?z=https%3A%2F%2Fa.example%2Fx&t=1",
        "https://a.example/x",
    ),
    (
        "https://www.linkedin.com/redir/redirect?url=https%3A%2F%2Fa.example%2Fx",
        "https://a.example/x",
    ),
    (
        "https://getpocket.com/redirect?url=https%3A%2F%2Fa.example%2Fx",
        "https://a.example/x",
    ),
    (
        "https://l.threads.net/?u=https%3A%2F%2Fa.example%2Fx&e=1",
        "https://a.example/x",
    ),
    (
        "https://a-example.cdn.ampproject.org/v/s/www.a.example/x/amp/?amp_js_v=0.1",
        "https://a.example/x",
    ),
];

/// Other articles.
pub(super) const DIFFERENT: &[(&str, &str)] = &[
    (
        "https://a.example/x?article=1",
        "https://a.example/x?article=2",
    ),
    (
        "https://a.example/story.php?sid=100",
        "https://a.example/story.php?sid=101",
    ),
    ("https://a.example/x?s=1042", "https://a.example/x?s=1043"),
    (
        "https://a.example/x?ref=bridge-fund",
        "https://a.example/x?ref=whale",
    ),
    (
        "https://a.example/x?channel=12",
        "https://a.example/x?channel=13",
    ),
    ("https://a.example/x?view=1", "https://a.example/x?view=2"),
    (
        "https://a.example/x?output=1",
        "https://a.example/x?output=2",
    ),
    (
        "https://a.example/x?date=2025-06-23",
        "https://a.example/x?date=2025-06-24",
    ),
    (
        "https://a.example/live/1",
        "https://a.example/live/1/entry-7",
    ),
    ("https://a.example/amp/x-1", "https://a.example/amp/x-2"),
    ("https://uk.a.example/x", "https://us.a.example/x"),
    ("https://mobility.a.example/x", "https://a.example/x"),
    (
        "https://a.example/story/index-of-prices",
        "https://a.example/story",
    ),
    ("https://a.example/?amp=1&p=3", "https://a.example/?p=4"),
    ("https://a.example/x?id=07", "https://a.example/x?id=7"),
    ("https://a.example/x;v=1", "https://a.example/x;v=2"),
    (
        "https://www.google.com/search?q=https://a.example/x",
        "https://a.example/x",
    ),
    ("https://a.example/away.php?to=/x", "https://a.example/x"),
    ("https://t.example/abc", "https://t.example/ABC"),
    ("https://a.example/video/x", "https://a.example/news/x"),
];
