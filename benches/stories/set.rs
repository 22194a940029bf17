//! The built set: texts, what other outlets make of them, and what looks like a copy and is none.
//!
//! Base texts are those of `texts.toml`, the demo's stories and the fixtures' articles: invented or
//! attributed where they stand, in nine languages. All chance comes from the caller's seed.

use std::path::Path;

use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use serde::Deserialize;

/// One text, by paragraphs.
#[derive(Clone, Debug)]
pub struct Text {
    pub language: String,
    pub paragraphs: Vec<String>,
}

/// What another outlet makes of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edit {
    Headline,
    Cut30,
    Names,
    Moved,
    Words,
    Foreign,
    Mixed,
    Half,
    QuarterOpening,
    QuarterPicked,
}

impl Edit {
    pub const ALL: [Self; 10] = [
        Self::Headline,
        Self::Cut30,
        Self::Names,
        Self::Moved,
        Self::Words,
        Self::Foreign,
        Self::Mixed,
        Self::Half,
        Self::QuarterOpening,
        Self::QuarterPicked,
    ];

    pub fn says(self) -> &'static str {
        match self {
            Self::Headline => "headlined anew, a footer added",
            Self::Cut30 => "the last 30 % cut",
            Self::Names => "names spelt otherwise",
            Self::Moved => "paragraphs moved",
            Self::Words => "one word in twenty changed",
            Self::Foreign => "a quarter of other words added",
            Self::Mixed => "headlined, cut, names, footer",
            Self::Half => "half of it",
            Self::QuarterOpening => "brief: the first quarter",
            Self::QuarterPicked => "brief: a quarter, picked",
        }
    }

    /// Whether the result is a brief of a quarter.
    pub fn is_brief(self) -> bool {
        matches!(self, Self::QuarterOpening | Self::QuarterPicked)
    }

    /// The edited text.
    pub fn of(self, text: &Text, rng: &mut StdRng) -> Text {
        let mut paragraphs = text.paragraphs.clone();
        match self {
            Self::Headline => paragraphs = framed(paragraphs, &text.language),
            Self::Cut30 => paragraphs = opening(&paragraphs, 0.7),
            Self::Half => paragraphs = opening(&paragraphs, 0.5),
            Self::QuarterOpening => paragraphs = opening(&paragraphs, 0.25),
            Self::QuarterPicked => paragraphs = picked(&paragraphs, 0.25, rng),
            Self::Names => respell(&mut paragraphs, rng),
            Self::Moved => paragraphs.shuffle(rng),
            Self::Words => change_words(&mut paragraphs, rng),
            Self::Foreign => paragraphs.extend(foreign(&paragraphs, &text.language)),
            Self::Mixed => {
                paragraphs = framed(opening(&paragraphs, 0.7), &text.language);
                respell(&mut paragraphs, rng);
            }
        }
        Text {
            language: text.language.clone(),
            paragraphs,
        }
    }
}

#[derive(Deserialize)]
struct Own {
    text: Vec<OwnText>,
    event: Vec<OwnEvent>,
}

#[derive(Deserialize)]
struct OwnText {
    language: String,
    body: String,
}

#[derive(Deserialize)]
struct OwnEvent {
    language: String,
    reports: Vec<String>,
}

#[derive(Deserialize)]
struct Stock {
    story: Vec<StockStory>,
}

#[derive(Deserialize)]
struct StockStory {
    edition: String,
    text: Vec<String>,
}

#[derive(Deserialize)]
struct Expected {
    text: Vec<String>,
}

fn lines(body: &str) -> Vec<String> {
    body.trim().lines().map(str::to_owned).collect()
}

fn own() -> Own {
    toml::from_str(include_str!("texts.toml")).expect("texts.toml is sound")
}

/// All base texts; no two of them are copies of each other.
pub fn bases() -> Vec<Text> {
    let mut texts: Vec<Text> = (own().text.into_iter())
        .map(|own| Text {
            language: own.language,
            paragraphs: lines(&own.body),
        })
        .collect();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for name in ["opening", "english", "ukrainian"] {
        let file = root.join(format!("src/cli/demo/stories/{name}.toml"));
        let stock = std::fs::read_to_string(file).expect("the demo's stories are there");
        let stock: Stock = toml::from_str(&stock).expect("the demo's stories are sound");
        texts.extend(stock.story.into_iter().map(|story| {
            Text {
                language: if story.edition == "pravda-uk" {
                    "uk"
                } else {
                    "en"
                }
                .to_owned(),
                paragraphs: (story.text.iter())
                    .map(|line| line.replace(['{', '}'], ""))
                    .collect(),
            }
        }));
    }
    texts.extend(fixtures("seed-"));
    texts.extend(fixtures("ukrainska-pravda-article-uk-"));
    texts.retain(|text| words(text) >= 50);
    texts
}

/// The five seeds: reports of five events in one week.
pub fn seeds() -> Vec<Text> {
    fixtures("seed-")
}

fn fixtures(start: &str) -> Vec<Text> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/extract/expected");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .expect("the fixtures are there")
        .map(|entry| entry.expect("a file").path())
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with(start)
        })
        .collect();
    files.sort();
    let text = |path: std::path::PathBuf| {
        let json = std::fs::read_to_string(&path).expect("a fixture is read");
        let expected: Expected = serde_json::from_str(&json).expect("a fixture is JSON");
        Text {
            language: if path.to_string_lossy().contains("-uk-") {
                "uk"
            } else {
                "en"
            }
            .to_owned(),
            paragraphs: expected.text,
        }
    };
    files.into_iter().map(text).collect()
}

/// Events with the reports of each.
pub fn events() -> Vec<Vec<Text>> {
    let event = |event: OwnEvent| {
        let text = |report: &String| Text {
            language: event.language.clone(),
            paragraphs: lines(report),
        };
        event.reports.iter().map(text).collect()
    };
    own().event.into_iter().map(event).collect()
}

/// A random number generator of one seed.
pub fn chance(seed: u64) -> StdRng {
    StdRng::seed_from_u64(seed)
}

/// Words of a text; a character of a script without spaces counts half.
pub fn words(text: &Text) -> usize {
    let all = text.paragraphs.join(" ");
    let signs = all.chars().filter(|c| is_sign(*c)).count();
    if signs > all.chars().count() / 3 {
        signs / 2
    } else {
        all.split_whitespace().count()
    }
}

fn is_sign(c: char) -> bool {
    ('\u{3040}'..='\u{9fff}').contains(&c)
}

fn sentences(paragraph: &str) -> Vec<String> {
    let mut sentences = Vec::new();
    let mut sentence = String::new();
    let mut chars = paragraph.chars().peekable();
    while let Some(c) = chars.next() {
        sentence.push(c);
        let ends = matches!(c, '。' | '！' | '？')
            || (matches!(c, '.' | '!' | '?') && chars.peek().is_none_or(|next| *next == ' '));
        if ends {
            sentences.push(std::mem::take(&mut sentence).trim().to_owned());
        }
    }
    if !sentence.trim().is_empty() {
        sentences.push(sentence.trim().to_owned());
    }
    sentences
}

fn opening(paragraphs: &[String], share: f32) -> Vec<String> {
    let whole: usize = paragraphs.iter().map(|line| line.chars().count()).sum();
    let room = (whole as f32 * share) as usize;
    let mut used = 0;
    let mut kept = Vec::new();
    for sentence in paragraphs.iter().flat_map(|line| sentences(line)) {
        if used >= room {
            break;
        }
        used += sentence.chars().count();
        kept.push(sentence);
    }
    kept
}

fn picked(paragraphs: &[String], share: f32, rng: &mut StdRng) -> Vec<String> {
    let all: Vec<String> = paragraphs.iter().flat_map(|line| sentences(line)).collect();
    let whole: usize = all.iter().map(|line| line.chars().count()).sum();
    let mut order: Vec<usize> = (0..all.len()).collect();
    order.shuffle(rng);
    let mut used = 0;
    order.retain(|place| {
        let fits = (used as f32) < whole as f32 * share;
        used += if fits { all[*place].chars().count() } else { 0 };
        fits
    });
    order.sort_unstable();
    order.into_iter().map(|place| all[place].clone()).collect()
}

fn framed(paragraphs: Vec<String>, language: &str) -> Vec<String> {
    let (head, foot) = match language {
        "uk" | "ru" => (
            "Головне до цієї години, у матеріалі нашої редакції",
            "Передрук лише з посиланням на агенцію. Підписуйтеся на наш канал, щоб не пропустити новин.",
        ),
        "ja" => (
            "きょうの注目の話題をまとめた",
            "この記事は通信社の配信による。無断転載を禁じる。",
        ),
        "zh" => (
            "本报综合消息，今日要闻",
            "本文由通讯社供稿，未经许可不得转载。",
        ),
        _ => (
            "What you need to know this hour, from our newsroom",
            "This text was provided by an agency. Sign up for our letter and read the day's news first.",
        ),
    };
    let mut framed = vec![head.to_owned()];
    framed.extend(paragraphs);
    framed.push(foot.to_owned());
    framed
}

/// A quarter of the text's length in words that other articles of the outlet have as well.
fn foreign(paragraphs: &[String], language: &str) -> Vec<String> {
    const ENGLISH: &[&str] = &[
        "The question has occupied the region for longer than most of those involved care to remember.",
        "Figures published last autumn by an independent institute pointed in the same direction, though its authors urged readers to be careful with them.",
        "Our reporter has asked for further comment and will add it here when it arrives.",
        "Similar plans elsewhere have had mixed results, and few of them were finished in the time that was first named.",
        "Earlier this year readers told us in letters what they thought of the matter, and not all of them were kind.",
        "More on this in our weekly supplement, which can be had at every station.",
    ];
    const UKRAINIAN: &[&str] = &[
        "Тема не сходить зі шпальт уже кілька років, і думки читачів щодо неї розділилися.",
        "Дані незалежних дослідників, оприлюднені минулої осені, загалом підтверджують цю картину, хоча автори радять ставитися до них обережно.",
        "Наш кореспондент звернувся по додатковий коментар і доповнить матеріал, щойно отримає відповідь.",
        "Подібні задуми в інших областях мали різний успіх, і лише окремі з них завершили вчасно.",
    ];
    const JAPANESE: &[&str] = &[
        "この問題は長年にわたって地域の関心を集めており、読者からの意見も分かれている。",
        "昨年秋に独立した研究機関が公表した数字も、おおむね同じ傾向を示している。",
        "本紙は関係者に追加の取材を申し込んでおり、回答があり次第この記事に加える。",
    ];
    const CHINESE: &[&str] = &[
        "这一话题多年来一直受到当地居民的关注，读者的看法也不尽相同。",
        "去年秋天独立机构公布的数据大体上说明了同样的趋势，作者提醒读者谨慎看待。",
        "本报记者已经提出进一步采访的请求，收到答复后将补充在这里。",
    ];
    let pool = match language {
        "uk" | "ru" => UKRAINIAN,
        "ja" => JAPANESE,
        "zh" => CHINESE,
        _ => ENGLISH,
    };
    let room: usize = paragraphs
        .iter()
        .map(|line| line.chars().count())
        .sum::<usize>()
        / 4;
    let mut used = 0;
    (pool.iter().cycle().take(pool.len()))
        .take_while(|line| {
            let fits = used < room;
            used += line.chars().count();
            fits
        })
        .map(|line| (*line).to_owned())
        .collect()
}

/// Spellings that are seen of one name.
const SPELLINGS: &[(&str, &str)] = &[
    ("Kyiv", "Kiev"),
    ("Kharkiv", "Kharkov"),
    ("Odesa", "Odessa"),
    ("Lviv", "Lvov"),
    ("Dnipro", "Dnieper"),
    ("Mykolaiv", "Nikolaev"),
    ("Zelenskyy", "Zelensky"),
    ("Volodymyr", "Vladimir"),
    ("Oleksandr", "Aleksander"),
    ("Serhii", "Sergei"),
    ("Stoltenberg", "Shtoltenberg"),
    ("Чернігов", "Чернігів"),
    ("Нарве", "Нарві"),
];

/// Letters that transcriptions differ in; the last ones change the consonants too.
const LETTERS: &[(&str, &str)] = &[
    ("iy", "y"),
    ("yi", "i"),
    ("ia", "ya"),
    ("ou", "u"),
    ("kh", "h"),
    ("ö", "oe"),
    ("ü", "ue"),
    ("ks", "x"),
    ("w", "v"),
    ("є", "е"),
    ("ї", "і"),
    ("и", "і"),
    ("sh", "sch"),
    ("g", "h"),
    ("г", "ґ"),
    ("b", "p"),
    ("r", "rr"),
];

/// Spells names otherwise, each the same way throughout.
fn respell(paragraphs: &mut [String], rng: &mut StdRng) {
    let all = paragraphs.join("\n");
    let mut names: Vec<&str> = all
        .split(|c: char| !c.is_alphabetic())
        .filter(|word| word.chars().count() > 3 && word.starts_with(char::is_uppercase))
        .filter(|word| !all.contains(&format!(". {word}")))
        .collect();
    names.sort_unstable();
    names.dedup();
    for name in names {
        let known = SPELLINGS.iter().find(|(one, _)| *one == name);
        let other = if let Some((_, other)) = known {
            (*other).to_owned()
        } else {
            let start = rng.random_range(0..LETTERS.len());
            let letters = LETTERS.iter().cycle().skip(start).take(LETTERS.len());
            let mut letters = letters.filter(|(one, _)| name.contains(one));
            let Some((one, other)) = letters.next() else {
                continue;
            };
            name.replacen(one, other, 1)
        };
        for line in &mut *paragraphs {
            *line = line.replace(name, &other);
        }
    }
}

/// Changes one word in twenty, or one character in forty of a script without spaces.
fn change_words(paragraphs: &mut [String], rng: &mut StdRng) {
    let all = paragraphs.join(" ");
    let signs: Vec<char> = all.chars().filter(|c| is_sign(*c)).collect();
    if signs.len() > all.chars().count() / 3 {
        for line in paragraphs {
            *line = (line.chars())
                .map(|c| {
                    if is_sign(c) && rng.random_range(0..40) == 0 {
                        signs[rng.random_range(0..signs.len())]
                    } else {
                        c
                    }
                })
                .collect();
        }
        return;
    }
    let pool: Vec<&str> = all.split(' ').collect();
    for line in paragraphs {
        let changed: Vec<&str> = (line.split(' '))
            .map(|word| {
                if rng.random_range(0..20) == 0 {
                    pool[rng.random_range(0..pool.len())]
                } else {
                    word
                }
            })
            .collect();
        *line = changed.join(" ");
    }
}
