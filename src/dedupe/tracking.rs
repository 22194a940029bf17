//! Query parameters that say where a reader came from, not what is shown. Data: to be added to.
//!
//! A name stands here only if no site is known to show another article for another value; the
//! ambiguous ones (`ref`, `source`) are dropped for the values that are known to be channels.

/// Beginnings of names, in lower case.
const PREFIXES: &[&str] = &[
    "utm_",
    "utm-",
    "itm_",
    "stm_",
    "hsa_",
    "mtm_",
    "matomo_",
    "piwik_",
    "pk_",
    "trk_",
    "at_",
    "ns_",
    "fb_",
    "ga_",
    "_hs",
    "__hs",
    "__cf_chl",
    "mc_",
    "oly_",
    "vero_",
    "guce_",
    "wt.",
    "wt_",
    "soc_",
    "int_source",
    "int_medium",
    "int_campaign",
    "cx_test",
    "sfmc_",
];

/// Whole names, in lower case.
const NAMES: &[&str] = &[
    // Click identifiers of advertising networks.
    "fbclid",
    "gclid",
    "gclsrc",
    "dclid",
    "wbraid",
    "gbraid",
    "gad_source",
    "gad_campaignid",
    "msclkid",
    "yclid",
    "ysclid",
    "ymclid",
    "twclid",
    "ttclid",
    "li_fat_id",
    "igshid",
    "igsh",
    "epik",
    "rb_clickid",
    "irclickid",
    "irgwc",
    "awc",
    "cjevent",
    "mibextid",
    "scclid",
    "rdt_cid",
    "tblci",
    "obclid",
    "oborigurl",
    "dicbo",
    "clickid",
    "zanpid",
    "kclickid",
    "qclid",
    "sznclid",
    "vmcid",
    "adfrom",
    // Analytics and mail.
    "_ga",
    "_gl",
    "_gac",
    "_openstat",
    "_branch_match_id",
    "_branch_referrer",
    "_kx",
    "mkt_tok",
    "s_cid",
    "s_kwcid",
    "ef_id",
    "xtor",
    "xtref",
    "cmp",
    "cmpid",
    "cmp_id",
    "icid",
    "ncid",
    "ocid",
    "cvid",
    "smid",
    "smtyp",
    "sref",
    "ftag",
    "ftcamp",
    "ito",
    "taid",
    "tse_id",
    "sr_share",
    "guccounter",
    "hsctatracking",
    "trkcampaign",
    "trkid",
    "elqtrack",
    "elqtrackid",
    "campaignid",
    "nr_email_referer",
    "newsletterid",
    "emailid",
    "email_source",
    "spmailingid",
    "spuserid",
    "spjobid",
    "spreportid",
    // Cache and application leftovers of AMP and social applications.
    "amp_js_v",
    "amp_gsa",
    "usqp",
    "__twitter_impression",
    "__tn__",
    "linkid",
    "share_id",
    "feature_id",
    "srsltid",
    "maca",
    "ico",
    "rss",
    // Shared from an application or a site's own buttons.
    "ref_src",
    "ref_url",
    "trk",
    "trackingid",
    "lipi",
    "wprov",
    "sfnsn",
    "extid",
    "spm",
    "sc_cid",
    "sc_channel",
    "recirc",
    "tpcc",
    "reflink",
    "hss_channel",
    "unlocked_article_code",
    "gifttoken",
    // Newsletters.
    "__s",
    "_ke",
    "dm_i",
    "ck_subscriber_id",
    "bxid",
    "cndid",
    "esrc",
    "nlid",
];

/// Names that are dropped only with one of [`CHANNELS`] as their value.
const AMBIGUOUS: &[&str] = &[
    "ref", "referer", "referrer", "source", "src", "from", "via", "feed", "origin", "share",
    "shared", "rss", "partner", "medium", "channel", "campaign", "mod", "feature",
];

/// Values that name a channel.
const CHANNELS: &[&str] = &[
    "",
    "rss",
    "rss2",
    "rss20",
    "atom",
    "feed",
    "feeds",
    "xml",
    "rssfeed",
    "rss_feed",
    "rss-feed",
    "twitter",
    "tw",
    "x",
    "facebook",
    "fb",
    "telegram",
    "tg",
    "vk",
    "ok",
    "viber",
    "whatsapp",
    "linkedin",
    "reddit",
    "instagram",
    "email",
    "mail",
    "newsletter",
    "push",
    "google",
    "googlenews",
    "google_news",
    "yandex",
    "bing",
    "msn",
    "flipboard",
    "feedly",
    "social",
    "share",
    "home",
    "homepage",
    "main",
    "feedburner",
];

/// Parameters that ask for another form of the same article, with the value that does (`*`: any).
const FORMS: &[(&str, &str)] = &[
    ("amp", "*"),
    ("outputtype", "amp"),
    ("output", "amp"),
    ("print", "*"),
    ("printable", "*"),
    ("printmode", "*"),
    ("m", "1"),
    ("mobile", "1"),
    ("view", "amp"),
];

/// Session identifiers.
const SESSIONS: &[&str] = &[
    "phpsessid",
    "jsessionid",
    "sessionid",
    "session_id",
    "aspsessionid",
    "cfid",
];

/// Whether a parameter says nothing of which article is meant.
pub(super) fn is_tracking(name: &str, value: &str) -> bool {
    let name = name.to_ascii_lowercase();
    // Escaped once too often in a feed: `?id=1&amp;utm_source=rss`.
    let name = name.trim_start_matches("amp;");
    let value = value.to_ascii_lowercase();
    PREFIXES.iter().any(|prefix| name.starts_with(prefix))
        || NAMES.iter().any(|known| name.eq_ignore_ascii_case(known))
        || SESSIONS.contains(&name)
        || (matches!(name, "s" | "sid") && is_session(&value))
        || FORMS
            .iter()
            .any(|(known, form)| *known == name && (*form == "*" || *form == value))
        || (AMBIGUOUS.contains(&name) && CHANNELS.contains(&value.as_str()))
}

/// A hash of 16 bytes in hexadecimal: what forums put there for those who refuse cookies.
fn is_session(value: &str) -> bool {
    value.len() == 32 && value.bytes().all(|byte| byte.is_ascii_hexdigit())
}
