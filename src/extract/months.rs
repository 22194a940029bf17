//! Names of months and weekdays in the languages that news is read in here.

/// Stems by month, lower case: a word that begins with one (and is not much longer) is that month.
/// Longer stems stand where a shorter one would catch a word of another month.
const MONTHS: [&str; 12] = [
    "jan jän ene gen janv ian янв січ sty led oca tammi ιαν яну студз sij sau urt جانفي يناير ژانویه \
     जनवरी जन জানুয়ারি มกราคม janu",
    "feb fév fev febr фев лют lut úno uno şub helmi φεβ vas velj ots فبراير فوریه फरवरी फ़रवरी \
     ফেব্রুয়ারি กุมภาพันธ์ февр",
    "mar mär mrt maa мар бер bře bre ožu μαρ már kov مارس मार्च মার্চ มีนาคม сак març mrz",
    "apr avr abr апр кві kwi dub nis huhti απρ ápr tra bal أبريل آوریل अप्रैल এপ্রিল เมษายน крас",
    "may mai mei mag maj мая май трав kvě kve touko μάι μαΐ máj svi geg مايو मई মে พฤษภาคม maí mayı",
    "jun juin giu июн чер cze červn červen haz kesä ιουν ιούν jún bir يونيو ژوئن जून জুন มิถุนายน юни iun",
    "jul juil lug июл лип lip červenc tem heinä ιουλ ιούλ júl liep يوليو ژوئیه जुलाई জুলাই กรกฎาคม юли \
     iul",
    "aug aoû aou ago авг сер sie srp ağu elo αυγ αύγ kolovoz rugpj أغسطس اوت अगस्त আগস্ট สิงหาคม",
    "sep set сен вер wrz zář zar eyl syys σεπ szept ruj rugs سبتمبر सितंबर সেপ্টেম্বর กันยายน септ",
    "oct okt out ott окт жов paź říj rij eki loka οκτ spal أكتوبر अक्टूबर অক্টোবর ตุลาคม",
    "nov noy ноя лист lis kas marras νοε νοέ stud lapkr نوفمبر नवंबर নভেম্বর พฤศจิกายน ное",
    "dec dez dic déc дек гру gru pro ara joulu δεκ prosin gruod ديسمبر दिसंबर ডিসেম্বর ธันวาคม des",
];

/// The month a word names, 1 to 12.
pub(super) fn month(word: &str) -> Option<i16> {
    let chars = word.chars().count();
    if !(3..=14).contains(&chars) && !matches!(word, "मई" | "জুন" | "মে") {
        return None;
    }
    let word = word.to_lowercase();
    let mut best: Option<(usize, i16)> = None;
    for (index, stems) in (1..).zip(MONTHS) {
        for stem in stems.split(' ') {
            if word.starts_with(stem) && best.is_none_or(|(length, _)| stem.len() > length) {
                best = Some((stem.len(), index));
            }
        }
    }
    best.map(|(_, month)| month)
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
    tirsdag lørdag søndag";

/// Whether a word is a weekday.
pub(super) fn is_weekday(word: &str) -> bool {
    WEEKDAYS.split(' ').any(|day| day == word.to_lowercase())
}

/// Names that a capture glues to the end of a person's name (M5): written out, with a capital.
const GLUED: &str = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April May June July \
    August September October November December Понеділок Вівторок Середа Четвер П'ятниця П’ятниця Субота \
    Неділя Понедельник Вторник Среда Четверг Пятница Суббота Воскресенье";

/// Puts the missing space before a weekday or month that follows a letter (M5).
pub(super) fn unglued(line: &str) -> String {
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
            ("Sept", 9),
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
