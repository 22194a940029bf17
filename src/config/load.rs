//! The way from text to a checked configuration.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::check::Check;
use super::files::{matching, text_of};
use super::layers;
use super::mistake::{Mistake, Mistakes, Place, Report, quoted};
use super::noise;
use super::outlet::{ArticleRules, Outlet, SharedRules};
use super::outlet_check::{Bounds, check as check_outlet};
use super::raw::RawConfig;
use super::tree::{Node, Places, Value, parse};
use super::{Config, ExtractSpec, SearchSpec};
use crate::model::id::OutletName;

/// A configuration, and what in it works and is probably not meant.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The configuration.
    pub config: Config,
    /// Such as a pattern that matches no file.
    pub warnings: Vec<Mistake>,
}

/// Reads, layers and checks a configuration: built-in defaults, `file` if there is one, `env`.
///
/// Paths in it are relative to the file's directory, without a file to the working directory.
pub fn load(file: Option<&Path>, env: &BTreeMap<String, String>) -> Result<Loaded, Mistakes> {
    let Some(path) = file else {
        return assemble("", &Main::nowhere(Path::new("")), env);
    };
    let main = Main {
        file: Some(path),
        name: Arc::from(path.display().to_string()),
        dir: path.parent().unwrap_or(Path::new("")),
    };
    match text_of(path) {
        Ok(text) => assemble(&text, &main, env),
        Err(problem) => Err(Mistakes(vec![Mistake {
            place: main.place(),
            key: String::new(),
            problem,
        }])),
    }
}

/// The same for text that stands in no file; paths in it are relative to `dir`.
pub fn from_str(
    text: &str,
    dir: &Path,
    env: &BTreeMap<String, String>,
) -> Result<Loaded, Mistakes> {
    assemble(text, &Main::nowhere(dir), env)
}

/// The main file.
struct Main<'a> {
    file: Option<&'a Path>,
    name: Arc<str>,
    dir: &'a Path,
}

impl<'a> Main<'a> {
    fn nowhere(dir: &'a Path) -> Self {
        Self {
            file: None,
            name: Arc::from("configuration"),
            dir,
        }
    }

    fn place(&self) -> Place {
        Place::File {
            rank: 0,
            line: 0,
            path: self.name.clone(),
        }
    }
}

fn assemble(
    text: &str,
    main: &Main<'_>,
    env: &BTreeMap<String, String>,
) -> Result<Loaded, Mistakes> {
    let mut report = Report::default();
    let (raw, places) = layers::merge(text, &main.name, env, &mut report);
    let mut check = Check {
        report: &mut report,
        places: &places,
        dir: main.dir,
        env,
    };
    let (data_dir, daemon) = check.daemon(&raw.daemon);
    let store = check.store(&raw.store, &data_dir);
    let fetch = check.fetch(&raw.fetch);
    let poll = check.poll(&raw.poll);
    let noise = noise::read(&raw.extract.noise, &places, main.dir, check.report);
    let delivery = check.delivery(&raw.delivery);
    check.lease_outlasts(daemon.lease, "fetch.timeout", fetch.timeout);
    check.lease_outlasts(daemon.lease, "delivery.timeout", delivery.timeout);
    let http = check.http(&raw.http);
    let feeds = check.feeds(&raw.feeds, &http, &fetch.allow_private);
    let log = check.log(&raw.log);
    let bounds = Bounds {
        allow_private: &fetch.allow_private,
        min_interval: poll.min_interval,
        max_interval: poll.max_interval,
    };
    let mut outlets = outlets(&raw, &places, main.dir, &bounds, &mut report);
    let general = SharedRules::from(ArticleRules {
        noise: noise.clone(),
        ..ArticleRules::default()
    });
    for outlet in outlets.values_mut() {
        if outlet.article.are_general() {
            outlet.article = general.clone();
        } else {
            outlet.article.noise = noise.clone();
        }
    }
    if outlets.is_empty() {
        report.warn(
            &main.place(),
            "daemon.outlets",
            "no outlet is configured: nothing is watched",
        );
    }
    let names: Vec<OutletName> = outlets.keys().cloned().collect();
    let mut check = Check {
        report: &mut report,
        places: &places,
        dir: main.dir,
        env,
    };
    let mut endpoints = BTreeMap::new();
    for (index, raw) in raw.endpoint.iter().enumerate() {
        let key = format!("endpoint[{index}]");
        if let Some(endpoint) = check.endpoint(raw, &key, &names) {
            check.lease_outlasts(
                daemon.lease,
                &format!("{key}.timeout"),
                endpoint.timeout.unwrap_or_default(),
            );
            let name = endpoint.name.clone();
            if endpoints.insert(name.clone(), endpoint).is_some() {
                let problem =
                    format!("an endpoint named `{name}` stands above already; names are unique");
                check.wrong(&format!("{key}.name"), problem);
            }
        }
    }
    let warnings = report.finish()?;
    let config = Config {
        file: main.file.map(Path::to_owned),
        data_dir,
        daemon,
        store,
        fetch,
        poll,
        extract: ExtractSpec { noise },
        delivery,
        http,
        search: SearchSpec {
            enabled: raw.search.enabled,
        },
        feeds,
        log,
        endpoints,
        outlets,
    };
    Ok(Loaded { config, warnings })
}

/// Puts outlets together and sees to it that each name stands for one.
struct Outlets<'a> {
    bounds: &'a Bounds<'a>,
    /// In one stretch, and a map only in the end: a map that grows leaves holes behind all over the memory,
    /// which a daemon of a hundred thousand outlets keeps for good.
    sound: Vec<Outlet>,
    defined: HashMap<OutletName, Place>,
}

impl Outlets<'_> {
    fn add(&mut self, outlet: Outlet, key: &str, places: &Places, report: &mut Report) {
        let name_key = format!("{key}.name");
        let place = places.of(&name_key);
        if let Some(first) = self.defined.get(&outlet.name) {
            let problem = format!(
                "an outlet named `{}` stands in {first} already; names are unique",
                outlet.name
            );
            report.wrong(&place, &name_key, problem);
            return;
        }
        self.defined.insert(outlet.name.clone(), place);
        self.sound.push(outlet);
    }

    /// Adds what one outlet file holds: one outlet at top level, or `[[outlet]]` tables.
    fn add_file(&mut self, tree: Node, report: &mut Report) {
        let Node { place, value } = tree;
        let Value::Table(mut entries) = value else {
            return;
        };
        let tables = entries
            .iter()
            .position(|(key, node)| key == "outlet" && matches!(node.value, Value::List(_)));
        let Some(index) = tables else {
            let headed = entries.iter().find(|(key, _)| key == "outlet");
            if let Some((_, node)) = headed
                && matches!(node.value, Value::Table(_))
            {
                let problem = "a file of one outlet has its keys at top level, without the [outlet] header; one of several has [[outlet]] headers";
                report.wrong(&node.place, "outlet", problem);
                return;
            }
            let value = Value::Table(entries);
            self.add_node(Node { place, value }, "outlet", report);
            return;
        };
        let (_, list) = entries.remove(index);
        for (key, node) in entries {
            let problem = "stands beside [[outlet]] tables; a file is either one outlet at top level or [[outlet]] tables only";
            report.wrong(&node.place, &key, problem);
        }
        if let Value::List(items) = list.value {
            for (index, item) in items.into_iter().enumerate() {
                self.add_node(item, &format!("outlet[{index}]"), report);
            }
        }
    }

    fn add_node(&mut self, node: Node, key: &str, report: &mut Report) {
        if let Some((raw, places)) = layers::outlet(node, key, report)
            && let Some(outlet) = check_outlet(&raw, key, &places, self.bounds, report)
        {
            self.add(outlet, key, &places, report);
        }
    }
}

/// All outlets: of the files that `daemon.outlets` names, and of the main file itself.
fn outlets(
    raw: &RawConfig,
    places: &Places,
    dir: &Path,
    bounds: &Bounds<'_>,
    report: &mut Report,
) -> BTreeMap<OutletName, Outlet> {
    let mut outlets = Outlets {
        bounds,
        sound: Vec::new(),
        defined: HashMap::new(),
    };
    for (index, raw) in raw.outlet.iter().enumerate() {
        let key = format!("outlet[{index}]");
        if let Some(outlet) = check_outlet(raw, &key, places, bounds, report) {
            outlets.add(outlet, &key, places, report);
        }
    }
    let mut read: BTreeSet<PathBuf> = BTreeSet::new();
    for (index, pattern) in raw.daemon.outlets.iter().enumerate() {
        let key = format!("daemon.outlets[{index}]");
        let place = places.of(&key);
        let paths = match matching(dir, pattern) {
            Ok(paths) => paths,
            Err(problem) => {
                report.wrong(&place, &key, format!("{} {problem}", quoted(pattern)));
                continue;
            }
        };
        // The default pattern is nobody's slip.
        if paths.is_empty() && places.says("daemon.outlets") {
            report.warn(&place, &key, format!("{} matches no file", quoted(pattern)));
        }
        for path in paths {
            // Two patterns may reach one file by two names.
            let same = std::fs::canonicalize(&path).unwrap_or_else(|_| path.clone());
            if !read.insert(same) {
                continue;
            }
            let rank = read.len();
            let name: Arc<str> = Arc::from(path.display().to_string());
            match text_of(&path) {
                Ok(text) => {
                    let tree = parse(&text, &name, rank, report);
                    outlets.add_file(tree, report);
                }
                Err(problem) => report.wrong(&place, &key, format!("{name} {problem}")),
            }
        }
    }
    (outlets.sound.into_iter())
        .map(|outlet| (outlet.name.clone(), outlet))
        .collect()
}
