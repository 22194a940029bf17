//! `wireroom store backup`, `verify`, `restore` and `copy`.

use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};

use anyhow::{Context as _, anyhow};
use url::Url;

use crate::cli::out::Out;
use crate::cli::progress::Progress;
use crate::cli::remote::{self, Remote, RemoteArgs};
use crate::cli::{ConfigArg, Failure, load_config, print_bytes, runtime};
use crate::config::StoreLocation;
use crate::config::endpoint::Secret;
use crate::store::backup::{self, BackupReader, Loader, Source, Tally};
use crate::store::location::{import_store, open_standing, open_store, sled_options};
use crate::store::sled::{SledOptions, Standing};

/// Options of `store backup`.
#[derive(Clone, Debug, clap::Args)]
pub(in crate::cli) struct BackupArgs {
    /// Take it from the running daemon at this address, which goes on meanwhile
    #[arg(long, value_name = "URL", conflicts_with = "config")]
    server: Option<Url>,
    /// That daemon's token; better given by the environment
    #[arg(
        long,
        value_name = "TOKEN",
        env = "WIREROOM_TOKEN",
        hide_env_values = true,
        value_parser = remote::secret
    )]
    token: Option<Secret>,
    #[command(flatten)]
    config: ConfigArg,
    /// The file to write, or - for standard output; it has its name once it is whole. It replaces
    /// an older backup of that name, and nothing else
    #[arg(value_name = "FILE|-")]
    file: PathBuf,
}

pub(super) fn run(args: &BackupArgs) -> Result<ExitCode, Failure> {
    if args.file != Path::new("-")
        && let Some(why) = backup::objection(&args.file).with_context(|| unwritten(&args.file))?
    {
        let file = args.file.display();
        return Err(anyhow!("{file}: {why}; nothing was written, give another name").into());
    }
    let (tally, from) = if let Some(server) = &args.server {
        let remote = RemoteArgs {
            server: server.clone(),
            token: args.token.clone(),
        };
        (fetch(&remote, &args.file)?, server.to_string())
    } else {
        let config = load_config(&args.config)?;
        let tally = take(&config, &args.file)?;
        (tally, location(&config.store.location))
    };
    eprintln!("{from}: {}, {} bytes written", counts(&tally), tally.bytes);
    Ok(ExitCode::SUCCESS)
}

/// Of the store that the configuration names, with the daemon stopped.
fn take(config: &crate::config::Config, file: &Path) -> Result<Tally, Failure> {
    let runtime = runtime()?;
    let (store, mut source, all) = runtime.block_on(async {
        let store = open_store(config).await?;
        let source = store.snapshot().await?;
        let all = store.stats().await?.articles;
        anyhow::Ok((store, source, all))
    })?;
    let mut progress = Progress::new("backing up");
    let mut show = |tally: &Tally| progress.show(|| done(tally, Some(all)));
    let out = Out::create(file).with_context(|| unwritten(file))?;
    let written = backup::write(source.as_mut(), out, &mut show);
    let (out, tally) = written.with_context(|| unwritten(file))?;
    out.finish().with_context(|| unwritten(file))?;
    drop(source);
    runtime
        .block_on(store.close())
        .map_err(anyhow::Error::from)?;
    Ok(tally)
}

fn unwritten(file: &Path) -> String {
    if file == Path::new("-") {
        return "cannot write the backup to standard output".to_owned();
    }
    format!(
        "cannot write {}; nothing was left there, and a backup that had this name is as it was",
        file.display()
    )
}

/// Of a running daemon; read as it comes, so that only a whole one gets the name.
fn fetch(remote: &RemoteArgs, file: &Path) -> Result<Tally, Failure> {
    let remote = Remote::new(remote)?;
    let (to_reader, feed) = sync_channel::<Vec<u8>>(16);
    let reader = std::thread::Builder::new()
        .name("backup-check".to_owned())
        .spawn(move || check(Feed::new(feed), None))
        .context("cannot start a thread")?;
    let mut out = Out::create(file).with_context(|| unwritten(file))?;
    let streamed = runtime()?.block_on(remote.stream(&["api", "v1", "backup"], |piece| {
        out.write_all(piece).with_context(|| unwritten(file))?;
        // A reader that has stopped says why when it is asked.
        drop(to_reader.send(piece.to_vec()));
        Ok(())
    }));
    drop(to_reader);
    let checked = reader
        .join()
        .map_err(|_| anyhow!("the check of what arrived panicked"))?;
    streamed?;
    let tally = checked.context("what arrived is not a whole backup")?;
    out.finish().with_context(|| unwritten(file))?;
    Ok(tally)
}

/// Reads what another thread sends.
struct Feed {
    pieces: Receiver<Vec<u8>>,
    piece: Vec<u8>,
    at: usize,
}

impl Feed {
    fn new(pieces: Receiver<Vec<u8>>) -> Self {
        Self {
            pieces,
            piece: Vec::new(),
            at: 0,
        }
    }
}

impl Read for Feed {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.at == self.piece.len() {
            match self.pieces.recv() {
                Ok(piece) => (self.piece, self.at) = (piece, 0),
                Err(_) => return Ok(0),
            }
        }
        let count = into.len().min(self.piece.len() - self.at);
        into[..count].copy_from_slice(&self.piece[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

pub(super) fn verify(file: &Path) -> Result<ExitCode, Failure> {
    let tally = check(open(file)?, length(file)).with_context(|| unusable(file))?;
    let line = format!("{} and nothing is damaged\n", counts(&tally));
    print_bytes(line.as_bytes())
}

/// How far it is, and of how many articles, where that is known. Records come by their kinds, so that
/// a share of them would tell nothing of the time that is left.
fn done(tally: &Tally, all: Option<u64>) -> String {
    let articles = tally.kinds.get(&'a').unwrap_or(&0);
    let articles = match all {
        Some(all) => format!("{articles} of {all}"),
        None => articles.to_string(),
    };
    let size = match tally.bytes {
        0 => String::new(),
        bytes => format!(", {:.1} MB", bytes as f64 / 1e6),
    };
    format!("{articles} articles, {} records{size}", tally.records)
}

/// Reads a backup from one end to the other.
fn check(input: impl Read + Send, length: Option<u64>) -> Result<Tally, backup::BackupError> {
    let mut progress = Progress::new("reading");
    let mut reader = BackupReader::begin(input)?;
    while reader.next()?.is_some() {
        show_read(&mut progress, reader.tally(), length);
    }
    Ok(reader.tally().clone())
}

/// How far a backup was read that has so many bytes, where that is known.
fn show_read(progress: &mut Progress, tally: &Tally, length: Option<u64>) {
    match length {
        Some(length) => progress.show_of(tally.bytes, length, "bytes"),
        None => progress.show(|| done(tally, None)),
    }
}

/// Counts what is read.
struct Metered {
    input: Box<dyn Read + Send>,
    read: Arc<AtomicU64>,
}

impl Read for Metered {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.input.read(into)?;
        self.read.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

fn length(file: &Path) -> Option<u64> {
    let found = std::fs::metadata(file).ok()?;
    found.is_file().then_some(found.len())
}

fn open(file: &Path) -> anyhow::Result<Box<dyn Read + Send>> {
    if file == Path::new("-") {
        return Ok(Box::new(BufReader::new(io::stdin())));
    }
    let opened = File::open(file).with_context(|| format!("cannot open {}", file.display()))?;
    Ok(Box::new(BufReader::with_capacity(1 << 20, opened)))
}

fn unusable(file: &Path) -> String {
    format!("cannot use {}", file.display())
}

pub(super) fn restore(arg: &ConfigArg, file: &Path, force: bool) -> Result<ExitCode, Failure> {
    let config = load_config(arg)?;
    let read = Arc::new(AtomicU64::new(0));
    let input = Metered {
        input: open(file)?,
        read: Arc::clone(&read),
    };
    let mut reader = BackupReader::begin(input).with_context(|| unusable(file))?;
    let length = length(file);
    let show = move |progress: &mut Progress, tally: &Tally| match length {
        Some(length) => progress.show_of(read.load(Ordering::Relaxed), length, "bytes"),
        None => progress.show(|| done(tally, None)),
    };
    let to = &config.store.location;
    let loader = import_store(
        to,
        &sled_options(&config),
        reader.identity(),
        standing(force),
    )
    .map_err(anyhow::Error::from)?;
    fill("restoring", &mut reader, loader, to, show)
        .with_context(|| format!("{}; no store was made of it", unusable(file)))?;
    Ok(ExitCode::SUCCESS)
}

pub(super) fn copy(from: &str, to: &str, force: bool) -> Result<ExitCode, Failure> {
    let parse = |address: &str| {
        StoreLocation::parse(address).map_err(|why| {
            let shown = if address.contains('@') {
                "the address"
            } else {
                address
            };
            Failure::Usage(format!("{shown} {why}"))
        })
    };
    let (from, to) = (parse(from)?, parse(to)?);
    if from == to {
        return Err(Failure::Usage("FROM and TO are the same store".to_owned()));
    }
    let options = SledOptions::default();
    let runtime = runtime()?;
    let (store, mut source, all) = runtime.block_on(async {
        let store = open_standing(&from, options.clone()).await?;
        let source = store.snapshot().await?;
        let all = store.stats().await?.articles;
        anyhow::Ok((store, source, all))
    })?;
    let loader = import_store(&to, &options, source.identity(), standing(force))
        .map_err(anyhow::Error::from)?;
    let show = |progress: &mut Progress, tally: &Tally| progress.show(|| done(tally, Some(all)));
    fill("copying", source.as_mut(), loader, &to, show)?;
    drop(source);
    runtime
        .block_on(store.close())
        .map_err(anyhow::Error::from)?;
    Ok(ExitCode::SUCCESS)
}

fn standing(force: bool) -> Standing {
    if force {
        Standing::StepsAside
    } else {
        Standing::Stays
    }
}

fn fill(
    doing: &'static str,
    source: &mut dyn Source,
    loader: Box<dyn Loader>,
    to: &StoreLocation,
    show: impl Fn(&mut Progress, &Tally),
) -> anyhow::Result<()> {
    let mut progress = Progress::new(doing);
    let (tally, aside) = backup::load(source, loader, &mut |tally| show(&mut progress, tally))?;
    drop(progress);
    eprintln!("{}: {}", location(to), counts(&tally));
    if let Some(aside) = aside {
        eprintln!("the store that stood there is {} now", aside.display());
    }
    Ok(())
}

fn location(location: &StoreLocation) -> String {
    match location {
        StoreLocation::Sled(path) => path.display().to_string(),
    }
}

fn counts(tally: &Tally) -> String {
    let of = |kind: char| tally.kinds.get(&kind).copied().unwrap_or_default();
    format!(
        "{} articles, {} deliveries, {} records in all",
        of('a'),
        of('d'),
        tally.records
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_feed_gives_all_pieces_whatever_their_sizes() {
        let (sender, pieces) = sync_channel(8);
        for piece in [&b"one"[..], b"", b"two and three"] {
            sender.send(piece.to_vec()).unwrap();
        }
        drop(sender);
        let mut read = Vec::new();
        Feed::new(pieces).read_to_end(&mut read).unwrap();
        assert_eq!(read, b"onetwo and three");
    }
}
