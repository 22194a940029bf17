//! What is kept, end to end: backups of a daemon that goes on, pages kept as they came and read anew.

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::world::{Daemon, PATIENCE, Receiver, Site, World};

fn command(world: &World, words: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_wireroom"))
        .args(words.split_whitespace())
        .current_dir(world.folder.path())
        .env_clear()
        // Where nobody listens: what is at the usual port is none of this test's.
        .env("WIREROOM_SERVER", "http://127.0.0.1:9")
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

/// Runs a command that must end well; what it printed.
fn done(world: &World, words: &str) -> String {
    let output = command(world, words);
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{words}: {complaint}");
    String::from_utf8(output.stdout).unwrap()
}

fn articles(world: &World, daemon: &Daemon) -> Vec<Value> {
    let list = world.ask(daemon, "/api/v1/articles?limit=500");
    list["items"].as_array().unwrap().clone()
}

/// Waits until the daemon has stored so many articles.
fn stored(world: &World, daemon: &Daemon, count: usize) -> Vec<Value> {
    let end = std::time::SystemTime::now() + PATIENCE;
    loop {
        let articles = articles(world, daemon);
        if articles.len() >= count {
            return articles;
        }
        assert!(std::time::SystemTime::now() < end, "waited in vain");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Three reports stored with their pages by a daemon that has stopped; a desk wants corrections.
struct Gazette {
    world: World,
    _site: Site,
    receiver: Receiver,
    file: PathBuf,
    all: Vec<Value>,
}

impl Gazette {
    fn kept() -> Gazette {
        let world = World::new();
        let site = world.outlet("gazette");
        publish(&site, 0..3);
        let receiver = world.receiver();
        let endpoints = [receiver.endpoint("desk", "json", "events = [\"article.updated\"]")];
        let file = world.configure("[store]\nraw = true\n", &[&site], &endpoints);
        let daemon = world.daemon();
        let all = stored(&world, &daemon, 3);
        assert!(daemon.stop().success());
        Gazette {
            world,
            _site: site,
            receiver,
            file,
            all,
        }
    }
}

fn publish(site: &Site, numbers: std::ops::Range<usize>) {
    for number in numbers {
        site.publish(number, &format!("Minister opens bridge {number}"));
    }
}

#[test]
fn a_backup_of_a_running_daemon_is_whole_and_the_daemon_goes_on() {
    let world = World::new();
    let site = world.outlet("gazette");
    publish(&site, 0..6);
    world.configure("", &[&site], &[]);
    let daemon = world.daemon();
    stored(&world, &daemon, 6);
    let words = format!("store backup --server {} wire.backup", daemon.http);
    done(&world, &words);
    publish(&site, 6..8);
    stored(&world, &daemon, 8);
    // The store itself is the daemon's as long as it runs.
    let refused = command(&world, "store backup other.backup");
    assert_eq!(refused.status.code(), Some(1));
    let why = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(why.contains("another process has it open"), "{why}");
    assert!(daemon.stop().success());
    let said = done(&world, "store verify wire.backup");
    assert!(said.starts_with("6 articles"), "{said}");
    done(&world, "store restore --force wire.backup");
    assert!(done(&world, "store check").contains("6 articles read"));
    // What the backup did not have yet is found again.
    let daemon = world.daemon();
    stored(&world, &daemon, 8);
    assert!(daemon.stop().success());
    let nobody = command(&world, "store backup --server http://127.0.0.1:9 x.backup");
    assert_eq!(nobody.status.code(), Some(1));
    assert!(!world.folder.path().join("x.backup").exists());
}

#[test]
fn a_store_that_is_not_there_is_not_made_by_looking_for_it() {
    let world = World::new();
    let site = world.outlet("gazette");
    world.configure("", &[&site], &[]);
    let names = || {
        let folder = std::fs::read_dir(world.folder.path()).unwrap();
        let mut names: Vec<_> = folder.map(|it| it.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let before = names();
    for words in [
        "store stats",
        "store check",
        "store check --repair",
        "store backup wire.backup",
        "store compact",
    ] {
        let refused = command(&world, words);
        let why = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert_eq!(refused.status.code(), Some(1), "{words}: {why}");
        assert!(why.contains("there is no store at"), "{words}: {why}");
        assert!(why.contains("wireroom store restore"), "{words}: {why}");
        assert_eq!(names(), before, "{words}");
    }
}

#[test]
fn changed_rules_are_shown_on_what_was_kept_and_then_applied() {
    let Gazette {
        world,
        receiver,
        file,
        all,
        ..
    } = Gazette::kept();
    assert!(done(&world, "store stats").contains("pages kept raw        3"));
    let same = done(&world, "articles re-extract");
    assert_eq!(same, "0 would change, 3 stay as they are\n");

    let rules = |rule: &str| {
        let mut text = std::fs::read_to_string(&file).unwrap();
        if let Some(at) = text.find("[outlet.article]") {
            text.truncate(at);
        }
        std::fs::write(&file, format!("{text}[outlet.article]\n{rule}\n")).unwrap();
    };
    rules("drop_lines = [\"^Paragraph 2 of\"]");
    for _ in 0..2 {
        let shown = done(&world, "articles re-extract");
        assert!(shown.contains("3 would change, 0 stay"), "{shown}");
        assert!(shown.contains("[-Paragraph 2 of report"), "{shown}");
        assert!(shown.contains("nothing was changed"), "{shown}");
    }
    let id = all[0]["id"].as_str().unwrap();
    let one = done(&world, &format!("articles re-extract --apply --id {id}"));
    assert!(one.contains("stored as revision 2"), "{one}");
    assert!(one.contains("1 changed, 0 stay"), "{one}");
    let rest = done(
        &world,
        "articles re-extract --apply --outlet gazette --since 1h",
    );
    assert!(rest.contains("2 changed, 1 stay"), "{rest}");
    assert_eq!(
        done(&world, "articles re-extract"),
        "0 would change, 3 stay as they are\n"
    );
    let wrong = command(&world, "articles re-extract --outlet nobody");
    assert_eq!(wrong.status.code(), Some(2));

    // Nobody was told; whoever is told of the next change hears of it as the third revision.
    rules("drop_lines = [\"^Paragraph [23] of\"]");
    let words = format!("articles re-extract --apply --announce --id {id}");
    assert!(done(&world, &words).contains("stored as revision 3"));
    let daemon = world.daemon();
    let told = receiver.next().json();
    assert_eq!(told["type"], "article.updated");
    assert_eq!(told["data"]["article"]["revision"], 3);
    assert_eq!(told["data"]["previous"]["revision"], 2);
    let revisions = world.ask(&daemon, &format!("/api/v1/articles/{id}/revisions"));
    let texts: Vec<usize> = (revisions["items"].as_array().unwrap().iter())
        .map(|it| it["text"].as_str().unwrap().split("\n\n").count())
        .collect();
    assert_eq!(texts, [3, 2, 1]);
    assert!(receiver.is_quiet());
    assert!(daemon.stop().success());
    assert!(done(&world, "store check").contains("all is well"));
}

#[test]
fn a_running_daemon_applies_changed_rules_when_it_is_asked() {
    let Gazette {
        world,
        receiver,
        file,
        all,
        ..
    } = Gazette::kept();
    let rules = std::fs::read_to_string(&file).unwrap()
        + "\n[outlet.article]\ndrop_lines = [\"^Paragraph 2 of\"]\n";
    std::fs::write(&file, rules).unwrap();
    let daemon = world.daemon();
    let ask = |words: &str| {
        let words = format!("articles --server {} re-extract {words}", daemon.http);
        done(&world, &words)
    };
    for _ in 0..2 {
        let shown = ask("");
        assert!(shown.contains("3 would change, 0 stay"), "{shown}");
        assert!(shown.contains("[-Paragraph 2 of report"), "{shown}");
        assert!(shown.contains("nothing was changed"), "{shown}");
    }
    let id = all[0]["id"].as_str().unwrap();
    let one = ask(&format!("--apply --announce --id {id}"));
    assert!(one.contains("stored as revision 2"), "{one}");
    let told = receiver.next().json();
    assert_eq!(told["type"], "article.updated");
    assert_eq!(told["data"]["article"]["id"], id);
    let rest = ask("--apply");
    assert!(rest.contains("2 changed, 1 stay"), "{rest}");
    assert_eq!(ask(""), "0 would change, 3 stay as they are\n");
    for (path, status) in [
        ("/api/v1/re-extract?outlet=nobody", 404),
        ("/api/v1/re-extract?limit=0", 400),
        (
            "/api/v1/re-extract?article=0197a0e4-0000-7000-8000-000000000000",
            404,
        ),
    ] {
        let words = format!(
            "articles --server {} re-extract --outlet nobody",
            daemon.http
        );
        assert_eq!(command(&world, &words).status.code(), Some(1));
        assert_eq!(world.tell(&daemon, path), status, "{path}");
    }
    assert!(receiver.is_quiet());
    assert!(daemon.stop().success());
    assert!(done(&world, "store check").contains("all is well"));
}
