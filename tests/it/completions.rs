//! Completions, as a shell asks for them: in a real bash, by the script that is printed for it.

use std::path::Path;
use std::process::{Command, Output, Stdio};

const CONFIGURATION: &str = include_str!("../fixtures/completions.toml");

/// What bash would offer for these words, of which the last is being typed.
fn bash(folder: &Path, words: &[&str]) -> Output {
    let program = Path::new(env!("CARGO_BIN_EXE_wireroom"));
    let path = format!("{}:/usr/bin:/bin", program.parent().unwrap().display());
    // As bash does it at a press of the key.
    let script = r#"
        source <(wireroom completions bash) || exit 1
        [[ "$(complete -p wireroom)" =~ -F\ ([^ ]+) ]] || exit 1
        COMP_WORDS=(wireroom "$@") COMP_CWORD=$# COMP_TYPE=9
        "${BASH_REMATCH[1]}" wireroom "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
        printf '%s\n' "${COMPREPLY[@]}"
    "#;
    Command::new("bash")
        .args(["--norc", "-c", script, "bash"])
        .args(words)
        .current_dir(folder)
        .env_clear()
        .env("PATH", path)
        .env("WIREROOM_SERVER", "http://127.0.0.1:9")
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

#[track_caller]
fn offered(folder: &Path, words: &[&str]) -> Vec<String> {
    let output = bash(folder, words);
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert_eq!(complaint, "", "{words:?}");
    assert!(output.status.success(), "{words:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let names = text.lines().map(|line| line.trim().to_owned());
    names.filter(|name| !name.is_empty()).collect()
}

#[test]
fn names_of_the_configuration_are_completed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("wireroom.toml");
    std::fs::write(&file, CONFIGURATION).unwrap();
    let offered = |words: &[&str]| offered(folder.path(), words);
    assert_eq!(offered(&["artic"]), ["articles"]);
    assert_eq!(
        offered(&["articles", "list", "--outlet", "ga"]),
        ["gazette"]
    );
    assert_eq!(
        offered(&["sources", "list", "--outlet", ""]),
        ["gazette", "herald"]
    );
    for command in ["test", "show", "enable", "explain"] {
        let names = offered(&["endpoints", command, ""]);
        assert!(names.contains(&"desk".to_owned()), "{command}: {names:?}");
        assert!(names.contains(&"wall".to_owned()), "{command}: {names:?}");
    }
    assert_eq!(
        offered(&["deliveries", "list", "--endpoint", "w"]),
        ["wall"]
    );
    let sources = offered(&["sources", "poll", "g"]);
    assert_eq!(sources.len(), 1, "{sources:?}");
    assert!(sources[0].starts_with("gazette-"), "{sources:?}");

    // Broken or missing, it offers none and says nothing.
    std::fs::write(&file, "[[outlet]\nname = ").unwrap();
    assert_eq!(offered(&["endpoints", "test", "d"]), [""; 0]);
    std::fs::remove_file(&file).unwrap();
    assert_eq!(offered(&["endpoints", "test", "d"]), [""; 0]);
    assert_eq!(offered(&["artic"]), ["articles"]);
}

#[test]
fn every_shell_gets_its_script() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let output = Command::new(env!("CARGO_BIN_EXE_wireroom"))
            .args(["completions", shell])
            .output()
            .unwrap();
        assert!(output.status.success(), "{shell}");
        let script = String::from_utf8(output.stdout).unwrap();
        assert!(
            script.contains("wireroom") && script.contains("COMPLETE"),
            "{shell}"
        );
    }
}
