//! Names of months and weekdays in the languages that news is read in here.

use std::collections::HashMap;
use std::sync::LazyLock;

/// Stems by month, lower case: a word that begins with one (and is not much longer) is that month.
/// Longer stems stand where a shorter one would catch a word of another month.
const MONTHS: [&str; 12] = [
    "jan jän ene gen janv ian янв січ sty led oca tammi ιαν яну студз sij sau urt جانفي يناير ژانویه जनवरी जन জানুয়ারি มกราคม janu ינואר yanvar јан jaan urtarr xan",
    "feb fév fev febr фев лют lut úno uno şub helmi φεβ vas velj ots فبراير فوریه फरवरी फ़रवरी ফেব্রুয়ারি กุมภาพันธ์ февр פברואר فبراير فيفري شباط veeb otsail shku",
    "mar mär mrt maa мар бер bře bre ožu μαρ már kov مارس मार्च মার্চ มีนาคม сак març mrz מרץ מרס آذار اذار",
    "apr avr abr апр кві kwi dub nis huhti απρ ápr tra bal أبريل آوریل अप्रैल এপ্রিল เมษายน крас אפריל نيسان ابريل أفريل افريل apiril prill",
    "may mai mei mag maj мая май трав kvě kve touko μάι μαΐ máj svi geg مايو मई মে พฤษภาคม maí mayı מאי أيار ايار ماي maiatz мај",
    "jun juin giu июн чер cze červn červen haz kesä ιουν ιούν jún bir يونيو ژوئن जून জুন มิถุนายน юни iun יוני حزيران جوان يونية iyun lipanj lipnj ekain xuñ juun јун jūn qersh",
    "jul juil lug июл лип lip červenc tem heinä ιουλ ιούλ júl liep يوليو ژوئیه जुलाई জুলাই กรกฎาคม юли iul יולי تموز جويلية يولية iyul srpanj srpnj uztail xull juul јул jūl korr",
    "aug aoû aou ago авг сер sie srp ağu elo αυγ αύγ kolovoz rugpj أغسطس اوت अगस्त আগস্ট สิงหาคม אוגוסט آب اغسطس أوت agu avqust abuztu ogos gush",
    "sep set сен вер wrz zář zar eyl syys σεπ szept ruj rugs سبتمبر सितंबर সেপ্টেম্বর กันยายน септ ספטמבר أيلول ايلول sentyabr irail shta",
    "oct okt out ott окт жов paź říj rij eki loka οκτ spal أكتوبر अक्टूबर অক্টোবর ตุลาคม אוקטובר اكتوبر urri teto",
    "nov noy ноя лист lis kas marras νοε νοέ stud lapkr نوفمبر नवंबर নভেম্বর พฤศจิกายน ное נובמבר azaro nënt nent",
    "dec dez dic déc дек гру gru pro ara joulu δεκ prosin gruod ديسمبر दिसंबर ডিসেম্বর ธันวาคม des דצמבר dekabr abendu dets dhje disem",
];

/// The month a word names, 1 to 12.
pub(crate) fn month(word: &str) -> Option<i16> {
    // Hebrew glues "in" to the month: `ב` and `ינואר`.
    let word = word.strip_prefix('ב').unwrap_or(word);
    let chars = word.chars().count();
    if !(3..=14).contains(&chars) && !matches!(word, "मई" | "জুন" | "মে" | "آب") {
        return None;
    }
    // The small letter of the Azerbaijani and Turkish `İ` is an `i` with a dot above it to spare.
    let word = word.to_lowercase().replace('\u{307}', "");
    let stems = STEMS.get(&word.chars().next()?)?;
    stems
        .iter()
        .find(|(stem, _)| word.starts_with(stem))
        .map(|(_, month)| *month)
}

/// The stems of [`MONTHS`] by their first letter, longest first.
static STEMS: LazyLock<HashMap<char, Vec<(&str, i16)>>> = LazyLock::new(|| {
    let mut stems: HashMap<char, Vec<(&str, i16)>> = HashMap::new();
    for (month, words) in (1..).zip(MONTHS) {
        for stem in words.split(' ') {
            let first = stem.chars().next().expect("no stem is empty");
            stems.entry(first).or_default().push((stem, month));
        }
    }
    for alike in stems.values_mut() {
        // The sort is stable: of two equal stems the earlier month's stays first.
        alike.sort_by_key(|(stem, _)| std::cmp::Reverse(stem.len()));
    }
    stems
});

/// The months of two words that Levantine Arabic has: `كانون الثاني`.
pub(crate) fn month_of_two(first: &str, second: &str) -> Option<i16> {
    match (first, second) {
        ("كانون", "الثاني") => Some(1),
        ("كانون", "الأول" | "الاول") => Some(12),
        ("تشرين", "الأول" | "الاول") => Some(10),
        ("تشرين", "الثاني") => Some(11),
        _ => None,
    }
}

/// Weekdays, lower case, whole words or the usual short forms.
const WEEKDAYS: &str = "monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thur thurs fri sat sun \
    montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag mo di mi do fr sa so lundi \
    mardi mercredi jeudi vendredi samedi dimanche lunes martes miércoles jueves viernes sábado domingo \
    lunedì martedì mercoledì giovedì venerdì sabato domenica segunda terça quarta quinta sexta feira \
    понеділок вівторок середа четвер п'ятниця п’ятниця субота неділя понедельник вторник среда четверг \
    пятница суббота воскресенье poniedziałek wtorek środa czwartek piątek sobota niedziela pondělí úterý \
    středa čtvrtek pátek neděle maandag dinsdag woensdag donderdag vrijdag zaterdag zondag pazartesi \
    salı çarşamba perşembe cuma cumartesi pazar måndag tisdag onsdag torsdag fredag lördag söndag mandag \
    tirsdag lørdag søndag ertəsi axşamı çərşənbə cümə şənbə bazar lun mar mer jeu ven dim mié jue vie sáb lunedi \
    martedi mercoledi giovedi venerdi seg ter qua qui sex pon wt śr czw pt sob niedz пн вт ср чт пт сб нд вс \
    pzt çar per cum cmt paz الأحد الاحد الاثنين الإثنين الثلاثاء الأربعاء الاربعاء الخميس الجمعة السبت יום \
    ראשון שני שלישי רביעי חמישי שישי שבת 月 火 水 木 金 土 日 曜 月曜 火曜 水曜 木曜 金曜 土曜 日曜 星期 星期一 星期二 星期三 \
    星期四 星期五 星期六 星期天 周一 周二 周三 周四 周五 周六 周日 週一 週二 週三 週四 週五 週六 週日 周 週 월요일 화요일 \
    수요일 목요일 금요일 토요일 일요일";

/// Whether a word is a weekday.
pub(crate) fn is_weekday(word: &str) -> bool {
    let word = word.to_lowercase();
    WEEKDAYS.split(' ').any(|day| day == word)
}

/// Names that a capture glues to the end of a person's name (M5): written out, with a capital.
const GLUED: &str = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April May June July \
    August September October November December Понеділок Вівторок Середа Четвер П'ятниця П’ятниця Субота \
    Неділя Понедельник Вторник Среда Четверг Пятница Суббота Воскресенье";

/// Puts the missing space before a weekday or month that follows a letter (M5).
pub(crate) fn unglued(line: &str) -> String {
    // A capital behind a letter, which most lines have nowhere.
    let mut before = ' ';
    let seam = line.chars().any(|c| {
        let seam = before.is_alphabetic() && c.is_uppercase();
        before = c;
        seam
    });
    if !seam {
        return line.to_owned();
    }
    for name in GLUED.split(' ') {
        for (at, _) in line.match_indices(name) {
            let before = line[..at].chars().next_back();
            let after = line[at + name.len()..].chars().next();
            if before.is_some_and(char::is_alphabetic) && !after.is_some_and(char::is_alphabetic) {
                return format!("{} {}", &line[..at], &line[at..]);
            }
        }
    }
    line.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_known_in_many_languages() {
        for (word, expected) in [
            ("January", 1),
            ("Januar", 1),
            ("Jänner", 1),
            ("enero", 1),
            ("січня", 1),
            ("января", 1),
            ("März", 3),
            ("mars", 3),
            ("berezen", 0),
            ("květen", 5),
            ("června", 6),
            ("července", 7),
            ("lipca", 7),
            ("srpna", 8),
            ("sierpnia", 8),
            ("août", 8),
            ("Ağustos", 8),
            ("października", 10),
            ("listopada", 11),
            ("листопада", 11),
            ("grudnia", 12),
            ("dezembro", 12),
            ("Aralık", 12),
            ("فبراير", 2),
            ("أكتوبر", 10),
            ("حزيران", 6),
            ("בינואר", 1),
            ("אוגוסט", 8),
            ("Agustus", 8),
            ("Sept", 9),
            ("yanvar", 1),
            ("fevral", 2),
            ("aprel", 4),
            ("may", 5),
            ("İyun", 6),
            ("i\u{307}yun", 6),
            ("iyul", 7),
            ("avqust", 8),
            ("sentyabr", 9),
            ("Oktyabr", 10),
            ("noyabr", 11),
            ("dekabr", 12),
            ("Monday", 0),
        ] {
            assert_eq!(month(word).unwrap_or(0), expected, "{word}");
        }
    }

    #[test]
    fn a_glued_weekday_is_parted() {
        assert_eq!(
            unglued("Ulyana KrychkovskaThursday, 23 January"),
            "Ulyana Krychkovska Thursday, 23 January"
        );
        assert_eq!(
            unglued("Уляна КричковськаЧетвер, 23 січня"),
            "Уляна Кричковська Четвер, 23 січня"
        );
        assert_eq!(unglued("Mayor of Mayfield"), "Mayor of Mayfield");
    }
}
