//! The floor plan of `src/lib.rs`, enforced: a room imports from its own floor or from below.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Rooms by floor, lowest first.
const FLOORS: &[(u8, &[&str])] = &[
    (0, &["model", "clock", "supervise", "observe"]),
    (1, &["config"]),
    (2, &["schedule", "feed", "extract", "dedupe", "notify"]),
    (3, &["fetch", "search", "store"]),
    (4, &["work"]),
    (5, &["serve"]),
    (6, &["app"]),
    (7, &["cli", "main", "lib"]),
];

/// Rooms that touch neither files, sockets, the clock nor the runtime.
const PURE: &[&str] = &["model", "schedule", "feed", "extract", "dedupe", "notify"];
const IMPURE: &[&str] = &[
    "std::fs",
    "std::net::Tcp",
    "std::env::",
    "tokio::",
    "async fn",
    "Timestamp::now",
    "SystemTime",
];

/// A file of 400 lines holds two ideas; its tests, at its foot, are not counted.
const LONGEST_FILE: usize = 400;

fn floor_of(room: &str) -> u8 {
    FLOORS
        .iter()
        .find(|(_, rooms)| rooms.contains(&room))
        .unwrap_or_else(|| panic!("the room `{room}` stands on no floor: add it to the plan"))
        .0
}

fn source_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            source_files(&path, files);
        } else if path.extension().is_some_and(|it| it == "rs") && !path.ends_with("tests.rs") {
            files.push(path);
        }
    }
}

fn sources() -> Vec<(String, String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    source_files(&root, &mut files);
    files
        .into_iter()
        .map(|path| {
            let name = path.strip_prefix(&root).unwrap().display().to_string();
            let room = name.split(['/', '.']).next().unwrap().to_owned();
            let text = std::fs::read_to_string(&path).unwrap();
            (room, name, text)
        })
        .collect()
}

/// The code without comments and without the tests at its foot.
fn code(text: &str) -> String {
    text.lines()
        .take_while(|line| line.trim() != "#[cfg(test)]")
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn lower_floors_never_import_higher_ones() {
    let path = regex::Regex::new(r"\bcrate::(\w+)").unwrap();
    let mut faults = BTreeSet::new();
    for (room, name, text) in sources() {
        let own = floor_of(&room);
        for found in path.captures_iter(&code(&text)) {
            let other = &found[1];
            if floor_of(other) > own {
                faults.insert(format!("{name} (floor {own}) imports `{other}`"));
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn pure_rooms_do_no_work() {
    let mut faults = BTreeSet::new();
    for (room, name, text) in sources() {
        if PURE.contains(&room.as_str()) {
            for word in IMPURE.iter().filter(|word| code(&text).contains(**word)) {
                faults.insert(format!("{name} holds `{word}`"));
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn files_hold_one_idea() {
    let long: Vec<_> = sources()
        .into_iter()
        .map(|(_, name, text)| (name, code(&text).lines().count()))
        .filter(|(_, lines)| *lines > LONGEST_FILE)
        .collect();
    assert!(long.is_empty(), "{long:?}");
    let main = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/main.rs"));
    assert!(main.unwrap().lines().count() < 60);
}
