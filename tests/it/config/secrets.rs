//! Secrets: three ways in, no way out.

use wireroom::config::{from_str, show};

use super::{environment, read, read_with};

/// Stands in every secret of these tests.
const WORD: &str = "xyzzyPlugh42xyzzyPlugh42xyzzyPlugh42";

fn key(letter: char) -> String {
    format!("whsec_{}", letter.to_string().repeat(40))
}

#[test]
fn a_secret_comes_inline_by_file_or_by_environment() {
    let dir = tempfile::tempdir().unwrap();
    let credentials = tempfile::tempdir().unwrap();
    let write = |dir: &tempfile::TempDir, name: &str, text: &str| {
        std::fs::write(dir.path().join(name), text).unwrap();
    };
    write(&dir, "token", "from-file\r\n");
    write(&dir, "url", "https://example.com/hook\n");
    write(&dir, "keys", &format!("{}\n{}\n", key('a'), key('b')));
    write(&credentials, "credential", "from-systemd");
    let place = credentials.path().display().to_string();
    let env = environment(&[("TOKEN", "from-env"), ("CREDENTIALS_DIRECTORY", &place)]);
    let token = |line: &str| {
        let config = from_str(&format!("[http]\n{line}"), dir.path(), &env)
            .unwrap()
            .config;
        config.http.token.unwrap().reveal().to_owned()
    };
    assert_eq!(token("token = \"inline\""), "inline");
    assert_eq!(token("token_file = \"token\""), "from-file");
    assert_eq!(token("token_file = \"credential\""), "from-systemd");
    assert_eq!(token("token_env = \"TOKEN\""), "from-env");

    let text = "[[endpoint]]\nname = \"a\"\nurl_file = \"url\"\nsecret_file = \"keys\"\n[endpoint.headers_env]\nX-Key = \"TOKEN\"";
    let config = from_str(text, dir.path(), &env).unwrap().config;
    let endpoint = config.endpoints.values().next().unwrap();
    assert_eq!(endpoint.url.reveal().as_str(), "https://example.com/hook");
    assert_eq!(endpoint.secrets.len(), 2);
    let (name, value) = &endpoint.headers[0];
    assert_eq!((name.as_str(), value.reveal()), ("x-key", "from-env"));
}

#[test]
fn a_token_for_reading_stands_beside_the_other_and_differs_from_it() {
    let config = read("[http]\ntoken = \"all\"\nread_token = \"some\"")
        .unwrap()
        .config;
    assert_eq!(config.http.read_token.as_ref().unwrap().reveal(), "some");
    assert!(show(&config).contains("read_token"));
    for (text, says) in [
        ("[http]\nread_token = \"some\"", "http.token is not set"),
        (
            "[http]\ntoken = \"all\"\nread_token = \"all\"",
            "the same as http.token",
        ),
        (
            "[http]\ntoken = \"all\"\nread_token = \"s me\"",
            "without blanks",
        ),
    ] {
        let mistakes = read(text).map(|_| ()).expect_err(text).to_string();
        assert!(mistakes.contains(says), "{mistakes}");
    }
    // A variable replaces its own token and leaves the other.
    let file = "[http]\ntoken = \"all\"\nread_token = \"some\"";
    let http = |name| read_with(file, &[(name, "new")]).unwrap().config.http;
    let shown = |http: wireroom::config::HttpSpec| {
        [http.token, http.read_token].map(|token| token.unwrap().reveal().to_owned())
    };
    assert_eq!(shown(http("WIREROOM__HTTP__TOKEN")), ["new", "some"]);
    assert_eq!(shown(http("WIREROOM__HTTP__READ_TOKEN")), ["all", "new"]);
}

#[test]
fn a_signing_key_has_24_to_64_bytes() {
    let check = |base64: &str, sound: bool| {
        let text = format!(
            "[[endpoint]]\nname = \"a\"\nurl = \"https://example.com\"\nsecret = \"{base64}\""
        );
        assert_eq!(read(&text).is_ok(), sound, "{base64}");
    };
    let of = |bytes: usize| {
        use base64::Engine as _;
        format!(
            "whsec_{}",
            base64::engine::general_purpose::STANDARD.encode(vec![7; bytes])
        )
    };
    check(&of(23), false);
    check(&of(24), true);
    check(&of(64), true);
    check(&of(65), false);
    check(&of(32).replace('=', ""), true);
    check(&of(32).replace("whsec_", ""), false);
    check("whsec_not base64", false);
    check("whsec_", false);
}

#[test]
fn no_secret_is_ever_shown() {
    let signing = format!("whsec_{WORD}AAAA");
    let texts = [
        format!("[http]\ntoken = \"{WORD}\""),
        format!(
            "[[endpoint]]\nname = \"a\"\nurl = \"https://user:{WORD}@example.com/{WORD}?k={WORD}\"\nsecret = \"{signing}\"\n[endpoint.headers]\nX-Key = \"{WORD}\""
        ),
    ];
    for text in &texts {
        let config = read(text)
            .unwrap_or_else(|mistakes| panic!("{mistakes}"))
            .config;
        assert!(!format!("{config:?}").contains(WORD));
        assert!(!format!("{config:#?}").contains(WORD));
        assert!(!show(&config).contains(WORD), "{}", show(&config));
    }
    let endpoint = "[[endpoint]]\nname = \"a\"\nurl = \"https://example.com\"\n";
    let wrong = [
        format!("[http]\ntoken = \"{WORD} {WORD}\""),
        format!("[http]\ntoken = \"{WORD}\"\ntoken_env = \"{WORD}\""),
        format!("[http]\ntoken_env = \"{WORD}\""),
        format!("[http]\ntoken_file = \"whsec_{WORD}\""),
        format!("[http]\ntoken = [\"{WORD}\"]"),
        format!("[http]\ntokn = \"{WORD}\""),
        format!("[http]\ntoken = \"{WORD}"),
        format!("{endpoint}secret = \"{WORD}\""),
        format!("{endpoint}secret = \"whsec_{WORD}\" \"{WORD}\""),
        format!("{endpoint}secret_env = \"whsec_{WORD}\""),
        format!("{endpoint}secret_file = \"whsec_{WORD}\""),
        format!("{endpoint}[endpoint.headers]\nX-Key = \"\u{e9}{WORD}\""),
        format!("[[endpoint]]\nname = \"a\"\nurl = \"hooks.example/{WORD}\""),
        format!("[[endpoint]]\nname = \"a\"\nurl = \"http://10.0.0.1/{WORD}\""),
        format!("[[endpoint]]\nname = \"a\"\nurl_file = \"https://hooks.example/{WORD}\""),
        format!(
            "[[endpoint]]\nname = \"a\"\nurl = \"https://hooks.example/{WORD}\"\nurl_env = \"{WORD}\""
        ),
        format!(
            "[[outlet]]\nname = \"a\"\n[[outlet.source]]\nkind = \"feed\"\nurl = \"https://me:{WORD}@example.com/feed\""
        ),
        format!("[store]\nurl = \"postgres://me:{WORD}@db/wire\""),
        format!("[store]\nurl = \"mysql://me:{WORD}@db/wire\""),
    ];
    for text in &wrong {
        let mistakes = read(text).map(|_| ()).expect_err(text);
        assert!(!mistakes.to_string().contains("xyzzy"), "{mistakes}");
        assert!(!format!("{mistakes:?}").contains("xyzzy"), "{mistakes:?}");
    }
    let variable = format!("{WORD} {WORD}");
    let mistakes = read_with("", &[("WIREROOM__HTTP__TOKEN", &variable)]).unwrap_err();
    assert!(!mistakes.to_string().contains(WORD), "{mistakes}");
}
