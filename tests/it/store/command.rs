//! `wireroom store …` as it is typed: the real binary, on real files, killed in between.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::record::RowAccessor as _;
use wireroom::store::Store;
use wireroom::store::sled::SledStore;

use crate::store::carry::fill;
use crate::store::world::{World, options};

/// A configuration beside its store.
struct Place(tempfile::TempDir);

impl Place {
    fn empty() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        fs::write(
            place.path("wireroom.toml"),
            "[daemon]\ndata_dir = \"data\"\noutlets = []\n",
        )
        .unwrap();
        place
    }

    /// With a store that holds something of everything.
    async fn filled() -> Self {
        let place = Self::empty();
        let store = SledStore::open(&place.store(), options()).await.unwrap();
        let world = World::new(store, None).await;
        fill(&world).await;
        world.store.close().await.unwrap();
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn store(&self) -> PathBuf {
        self.path("data/store")
    }

    fn command(&self, words: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wireroom"));
        command
            .args(words.split_whitespace())
            .current_dir(self.0.path())
            .env_clear()
            .stdin(Stdio::null());
        command
    }

    fn run(&self, words: &str) -> Output {
        self.command(words).output().unwrap()
    }

    /// Runs a command that must end well; what it printed.
    fn done(&self, words: &str) -> String {
        let output = self.run(words);
        assert!(output.status.success(), "{words}: {}", said(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs a command that must fail with 1; what it complained of.
    fn fails(&self, words: &str) -> String {
        let output = self.run(words);
        assert_eq!(output.status.code(), Some(1), "{words}: {}", said(&output));
        said(&output)
    }

    fn names(&self, folder: &str) -> Vec<String> {
        let mut names: Vec<String> = (fs::read_dir(self.path(folder)).unwrap())
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.strip_suffix(".lock").is_none())
            .collect();
        names.sort();
        names
    }
}

fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    text(&output.stdout) + &text(&output.stderr)
}

async fn count(path: &Path) -> u64 {
    let store = SledStore::open(path, options()).await.unwrap();
    assert_eq!(store.check().await.unwrap().faults, Vec::<String>::new());
    let articles = store.stats().await.unwrap().articles;
    store.close().await.unwrap();
    articles
}

#[tokio::test]
async fn a_backup_is_taken_verified_restored_and_copied() {
    let place = Place::filled().await;
    let all = count(&place.store()).await;
    place.done("store backup wire.backup");
    assert!(
        place
            .done("store verify wire.backup")
            .contains("nothing is damaged")
    );
    let refused = place.fails("store restore wire.backup");
    assert!(refused.contains("stands there already"), "{refused}");
    place.done("store restore --force wire.backup");
    assert_eq!(count(&place.store()).await, all);
    let names = place.names("data");
    assert_eq!(names.len(), 2, "{names:?}");
    assert!(names[1].starts_with("store.replaced-"), "{names:?}");
    // Through a pipe it is the same, and so is a copy.
    let piped = place.run("store backup -");
    assert!(piped.stdout == fs::read(place.path("wire.backup")).unwrap());
    place.done("store copy sled:data/store sled:other/copy");
    fs::remove_dir_all(place.store()).unwrap();
    fs::rename(place.path("other/copy"), place.store()).unwrap();
    place.done("store backup again.backup");
    assert!(
        fs::read(place.path("again.backup")).unwrap()
            == fs::read(place.path("wire.backup")).unwrap()
    );
    assert!(
        place
            .fails("store copy sled:nowhere sled:new")
            .contains("there is no store")
    );
    assert!(!place.path("nowhere").exists());
    for wrong in [
        "store copy sled:a postgres://u:secret@h/db",
        "store copy sled: sled:b",
    ] {
        let output = place.run(wrong);
        assert_eq!(output.status.code(), Some(2), "{}", said(&output));
        assert!(!said(&output).contains("secret"));
    }
}

#[tokio::test]
async fn a_flipped_byte_in_a_backup_is_named() {
    let place = Place::filled().await;
    place.done("store backup wire.backup");
    let mut bytes = fs::read(place.path("wire.backup")).unwrap();
    let at = bytes.len() / 2;
    bytes[at] ^= 4;
    fs::write(place.path("wire.backup"), bytes).unwrap();
    for command in ["store verify", "store restore --force"] {
        let why = place.fails(&format!("{command} wire.backup"));
        assert!(why.contains("damaged at record"), "{why}");
        assert!(why.contains("in the block at byte"), "{why}");
    }
    assert_eq!(place.names("data"), ["store"]);
    let why = place.fails("store verify wireroom.toml");
    assert!(why.contains("it is no backup of wireroom"), "{why}");
}

#[tokio::test]
async fn a_full_disk_leaves_no_half_backup() {
    let place = Place::filled().await;
    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    let output = place.command("store backup -").stdout(full).output();
    let output = output.unwrap();
    assert_eq!(output.status.code(), Some(1));
    let why = said(&output);
    assert!(why.contains("No space left on device"), "{why}");
    // And where it goes to a file that cannot be written.
    place.done("store backup wire.backup");
    let before = fs::read(place.path("wire.backup")).unwrap();
    fs::create_dir(place.path("wire.backup.partial")).unwrap();
    let why = place.fails("store backup wire.backup");
    assert!(why.contains("is as it was"), "{why}");
    assert!(fs::read(place.path("wire.backup")).unwrap() == before);
    fs::remove_dir(place.path("wire.backup.partial")).unwrap();
    assert_eq!(place.names("."), ["data", "wire.backup", "wireroom.toml"]);
}

#[tokio::test]
async fn what_a_killed_backup_left_lends_nothing_to_the_next() {
    let place = Place::filled().await;
    fs::write(place.path("other"), "somebody else's").unwrap();
    std::os::unix::fs::symlink(place.path("other"), place.path("wire.backup.partial")).unwrap();
    place.done("store backup wire.backup");
    assert_eq!(
        fs::read_to_string(place.path("other")).unwrap(),
        "somebody else's"
    );
    let written = fs::symlink_metadata(place.path("wire.backup")).unwrap();
    assert!(written.is_file());
    assert_eq!(written.permissions().mode() & 0o777, 0o600);
}

/// Kills a command at some moment of its life.
fn killed(mut command: Command, delay: Duration) {
    let mut child = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // Not a wait for something to happen, but the moment of the blow.
    std::thread::sleep(delay);
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Moments from the start of a process that takes `whole` to its end, and a little beyond.
fn moments(whole: Duration) -> impl Iterator<Item = Duration> {
    (0..=14_u32).map(move |part| whole * part / 12)
}

/// How long a command takes that must end well.
fn time(place: &Place, words: &str) -> Duration {
    let begun = std::time::Instant::now();
    place.done(words);
    begun.elapsed()
}

#[tokio::test]
async fn a_restore_that_is_killed_leaves_no_store_or_a_whole_one() {
    let place = Place::filled().await;
    let all = count(&place.store()).await;
    place.done("store backup wire.backup");
    fs::remove_dir_all(place.path("data")).unwrap();
    let whole = time(&place, "store restore wire.backup");
    for delay in moments(whole) {
        fs::remove_dir_all(place.path("data")).unwrap();
        killed(place.command("store restore wire.backup"), delay);
        let found = count(&place.store()).await;
        assert!(
            found == 0 || found == all,
            "{found} of {all} after {delay:?}"
        );
    }
    place.done("store restore --force wire.backup");
    // Over another one there is always one of the two.
    for delay in moments(whole) {
        killed(place.command("store restore --force wire.backup"), delay);
        assert_eq!(count(&place.store()).await, all, "after {delay:?}");
    }
}

#[tokio::test]
async fn a_store_that_is_killed_while_it_is_written_anew_loses_nothing() {
    let place = Place::filled().await;
    let all = count(&place.store()).await;
    place.done("store backup before.backup");
    let whole = time(&place, "store compact");
    for delay in moments(whole) {
        killed(place.command("store compact"), delay);
        assert_eq!(count(&place.store()).await, all, "after {delay:?}");
        assert_eq!(place.names("data"), ["store"], "after {delay:?}");
    }
    place.done("store backup after.backup");
    let read = |name| fs::read(place.path(name)).unwrap();
    assert!(read("before.backup") == read("after.backup"));
}

#[tokio::test]
async fn a_damaged_store_is_checked_repaired_and_well() {
    let place = Place::filled().await;
    assert!(place.done("store check").contains("all is well"));
    {
        let db = sled::Config::new().path(place.store()).open().unwrap();
        let key = db.scan_prefix(b"r").keys().next().unwrap().unwrap();
        let mut value = db.get(&key).unwrap().unwrap().to_vec();
        value[12] ^= 1;
        db.insert(key, value).unwrap();
        db.flush().unwrap();
    }
    let why = place.fails("store check");
    assert!(why.contains("is damaged: its checksum is wrong"), "{why}");
    assert!(why.contains("store check --repair"), "{why}");
    let why = place.fails("store backup wire.backup");
    assert!(why.contains("run `wireroom store check --repair`"), "{why}");
    assert!(!place.path("wire.backup").exists());
    let told = place.done("store check --repair");
    assert!(
        told.contains("set aside in") && told.contains("all is well"),
        "{told}"
    );
    place.done("store check");
    place.done("store backup wire.backup");
}

#[tokio::test]
async fn a_store_that_cannot_be_opened_stays_where_it_is() {
    let place = Place::filled().await;
    let articles = count(&place.store()).await;
    let conf = place.path("data/store/conf");
    fs::write(&conf, "nothing that it wrote").unwrap();
    for words in ["check", "stats", "backup b", "compact"] {
        let why = place.fails(&format!("store {words}"));
        assert!(why.contains("it is damaged"), "{words}: {why}");
        assert!(why.contains("restore --force FILE"), "{words}: {why}");
        assert_eq!(place.names("data"), ["store"], "{words}");
    }
    // The log itself is sound: it is read without what stands beside it, the files kept first.
    let before = fs::read(place.path("data/store/db")).unwrap();
    let said = place.done("store check --repair");
    assert!(said.contains("all is well"), "{said}");
    let kept = place
        .names("data")
        .into_iter()
        .find(|name| name.starts_with("store.kept-"));
    let kept = format!("data/{}", kept.expect("a copy"));
    assert!(said.contains(&kept["data/".len()..]), "{said}");
    assert_eq!(fs::read(place.path(&kept).join("db")).unwrap(), before);
    assert_eq!(
        fs::read(place.path(&kept).join("conf")).unwrap(),
        b"nothing that it wrote"
    );
    fs::remove_dir_all(place.path(&kept)).unwrap();
    assert_eq!(place.names("data"), ["store"], "nothing else is left");
    assert_eq!(count(&place.store()).await, articles, "and nothing is lost");
    // Of one that is whole no copy is left.
    place.done("store check --repair");
    assert_eq!(place.names("data"), ["store"]);
    // One that a start of the daemon set aside is spoken of until it is moved away.
    let aside = place.path("data/store.corrupt-20260101T000000Z");
    fs::create_dir(&aside).unwrap();
    let why = place.fails("store check");
    assert!(why.contains("store.corrupt-20260101T000000Z"), "{why}");
    assert!(!why.contains("all is well"), "{why}");
    fs::remove_dir(&aside).unwrap();
    place.done("store check");
}

#[tokio::test]
async fn a_backup_replaces_nothing_but_a_backup() {
    let place = Place::filled().await;
    let config = fs::read(place.path("wireroom.toml")).unwrap();
    for (name, expect) in [
        ("wireroom.toml", "is no backup of wireroom"),
        ("data", "is no backup of wireroom"),
        ("data/store/db", "inside a store's directory"),
        ("data/store/new.backup", "inside a store's directory"),
        ("data/store/blobs/new.backup", "inside a store's directory"),
    ] {
        let why = place.fails(&format!("store backup {name}"));
        assert!(why.contains(expect), "{name}: {why}");
    }
    assert_eq!(fs::read(place.path("wireroom.toml")).unwrap(), config);
    place.done("store backup wire.backup");
    place.done("store backup wire.backup");
    place.done("store check");
}

/// Where nobody listens, so that the store itself is read.
const AWAY: &str = "--server http://127.0.0.1:9 ";

#[tokio::test]
async fn articles_are_exported_from_the_store_itself_where_no_daemon_answers() {
    let place = Place::filled().await;
    let export = |words: &str| place.done(&format!("articles {AWAY}export {words}"));
    let lines = export("--format jsonl");
    let articles: Vec<serde_json::Value> = (lines.lines())
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let stored = count(&place.store()).await;
    assert_eq!(articles.len() as u64, stored);
    assert!(
        articles
            .iter()
            .all(|it| !it["text"].as_str().unwrap().is_empty())
    );
    let limited = export("--format jsonl --limit 2");
    assert_eq!(
        limited.lines().collect::<Vec<_>>(),
        lines.lines().take(2).collect::<Vec<_>>()
    );
    let of_outlet = export("--format jsonl --outlet none");
    assert_eq!(of_outlet, "");

    export("--format csv --output a.csv");
    let mut table = csv::Reader::from_path(place.path("a.csv")).unwrap();
    let place_of = |name: &str, head: &csv::StringRecord| head.iter().position(|it| it == name);
    let head = table.headers().unwrap().clone();
    let (id, text) = (
        place_of("id", &head).unwrap(),
        place_of("text", &head).unwrap(),
    );
    let rows: Vec<csv::StringRecord> = table.records().map(Result::unwrap).collect();
    let exported: Vec<(&str, &str)> = rows.iter().map(|row| (&row[id], &row[text])).collect();
    let wanted: Vec<(&str, &str)> = (articles.iter())
        .map(|it| (it["id"].as_str().unwrap(), it["text"].as_str().unwrap()))
        .collect();
    assert_eq!(exported, wanted);

    export("--format parquet --output a.parquet");
    let file = fs::File::open(place.path("a.parquet")).unwrap();
    let reader = SerializedFileReader::new(file).unwrap();
    let rows = reader.get_row_iter(None).unwrap().map(Result::unwrap);
    let exported: Vec<String> = rows.map(|row| row.get_string(0).unwrap().clone()).collect();
    assert_eq!(
        exported,
        wanted.iter().map(|(id, _)| *id).collect::<Vec<_>>()
    );

    // A second time, into the same directory: what is there is replaced, nothing is doubled.
    for _ in 0..2 {
        export("--format markdown --output notes");
    }
    let outlets = place.names("notes");
    let notes: Vec<String> = (outlets.iter())
        .flat_map(|outlet| place.names(&format!("notes/{outlet}")))
        .collect();
    assert_eq!(notes.len() as u64, stored);
    assert!(
        (notes.iter()).all(|name| Path::new(name).extension().is_some_and(|it| it == "md")),
        "{notes:?}"
    );
}

#[tokio::test]
async fn an_export_replaces_no_device_and_leaves_nothing_half() {
    let place = Place::filled().await;
    fs::create_dir(place.path("folder")).unwrap();
    for (output, says) in [
        ("folder", "is a directory"),
        ("/dev/null", "it is no file"),
        ("missing/a.csv", "cannot write missing/a.csv"),
    ] {
        let words = format!("articles {AWAY}export --format csv --output {output}");
        let said = place.fails(&words);
        assert!(said.contains(says), "{output}: {said}");
    }
    // A file that a link names is replaced, and the link stays.
    fs::write(place.path("old.csv"), "old").unwrap();
    std::os::unix::fs::symlink("old.csv", place.path("link.csv")).unwrap();
    place.done(&format!(
        "articles {AWAY}export --format csv --output link.csv"
    ));
    assert!(place.path("link.csv").is_symlink());
    assert!(
        fs::read_to_string(place.path("old.csv"))
            .unwrap()
            .starts_with("id,revision,")
    );
    let broken = "articles --server http://127.0.0.1:9 export --config none.toml --output b.csv";
    let said = place.fails(broken);
    assert!(
        said.contains("no daemon answers") && said.contains("none.toml"),
        "{said}"
    );
    let left = place.names("");
    assert!(
        !left.iter().any(|name| name.starts_with("b.csv")),
        "{left:?}"
    );
    assert!(
        !left.iter().any(|name| name.ends_with(".partial")),
        "{left:?}"
    );
}
