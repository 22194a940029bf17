//! Years that are written by another calendar than the Gregorian one, and years of two digits.

use jiff::ToSpan;
use jiff::civil::Date;

/// Months of the solar calendar of Iran, and by their other names of Afghanistan.
const SOLAR: [[&str; 2]; 12] = [
    ["فروردین", "حمل"],
    ["اردیبهشت", "ثور"],
    ["خرداد", "جوزا"],
    ["تیر", "سرطان"],
    ["مرداد", "اسد"],
    ["شهریور", "سنبله"],
    ["مهر", "میزان"],
    ["آبان", "عقرب"],
    ["آذر", "قوس"],
    ["دی", "جدی"],
    ["بهمن", "دلو"],
    ["اسفند", "حوت"],
];
/// Thai months as they are shortened: two or three letters with dots between.
const THAI: [[&str; 2]; 12] = [
    ["ม", "ค"],
    ["ก", "พ"],
    ["มี", "ค"],
    ["เม", "ย"],
    ["พ", "ค"],
    ["มิ", "ย"],
    ["ก", "ค"],
    ["ส", "ค"],
    ["ก", "ย"],
    ["ต", "ค"],
    ["พ", "ย"],
    ["ธ", "ค"],
];
/// Months in Roman numerals, as Poland, Hungary and Italy write them: `23 VI 2023`.
const ROMAN: [&str; 12] = [
    "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII",
];

/// The month that a word names, of the solar calendar.
pub(crate) fn solar_month(word: &str) -> Option<i16> {
    of_list(SOLAR.iter().map(|names| names.contains(&word)))
}

/// The month that is written as two letters with a dot between and behind.
pub(crate) fn thai_month(first: &str, second: &str) -> Option<i16> {
    of_list(THAI.iter().map(|letters| *letters == [first, second]))
}

/// The month of a Roman numeral.
pub(crate) fn roman_month(word: &str) -> Option<i16> {
    of_list(ROMAN.iter().map(|numeral| *numeral == word))
}

fn of_list(mut names: impl Iterator<Item = bool>) -> Option<i16> {
    i16::try_from(names.position(|named| named)? + 1).ok()
}

/// The day of a date in numbers of which the year has four digits, by the calendar that the year tells:
/// the Gregorian one, that of Thailand, whose years are 543 more, or the solar one. A year that may be of
/// the lunar calendar of Islam is none.
pub(crate) fn of_numbers(year: i16, month: i16, day: i16) -> Option<Date> {
    match year {
        1369..=1409 => solar(year, month, day),
        2533..=2643 => gregorian(year - 543, month, day),
        _ => gregorian(year, month, day),
    }
}

fn gregorian(year: i16, month: i16, day: i16) -> Option<Date> {
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// The day of a date of the solar calendar.
pub(crate) fn solar(year: i16, month: i16, day: i16) -> Option<Date> {
    let longest = if month <= 6 { 31 } else { 30 };
    let known = (1300..=1500).contains(&year) && (1..=12).contains(&month);
    if !known || !(1..=longest).contains(&day) {
        return None;
    }
    // Nowruz of 1402 was on 21 March 2023.
    let days = solar_days(year, month, day) - solar_days(1402, 1, 1);
    Date::constant(2023, 3, 21).checked_add(days.days()).ok()
}

/// Days of the solar calendar up to a date, of which eight years in 33 have one more.
fn solar_days(year: i16, month: i16, day: i16) -> i32 {
    let [year, month, day] = [year, month, day].map(i32::from);
    // The beginning of a cycle of 33 years from which the leap years of our centuries follow.
    let year = year + 1595;
    let leaps = year / 33 * 8 + (year % 33 + 3) / 4;
    let before = if month < 7 {
        (month - 1) * 31
    } else {
        (month - 7) * 30 + 186
    };
    365 * year + leaps + before + day
}

/// The year of two digits: of this century's first half, or of the last one's end, when the web began.
pub(crate) fn of_two_digits(year: i16) -> Option<i16> {
    match year {
        0..=49 => Some(2000 + year),
        90..=99 => Some(1900 + year),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_year_tells_its_calendar() {
        for (numbers, day) in [
            ([1402, 4, 2], Some("2023-06-23")),
            ([1399, 12, 30], Some("2021-03-20")),
            ([1400, 1, 1], Some("2021-03-21")),
            ([1403, 12, 30], Some("2025-03-20")),
            ([1404, 1, 1], Some("2025-03-21")),
            ([1400, 7, 31], None),
            ([1400, 13, 1], None),
            // 6 December 2023 by the lunar calendar, and no day that has been by the solar one.
            ([1445, 5, 22], None),
            ([2566, 6, 23], Some("2023-06-23")),
            ([2023, 6, 23], Some("2023-06-23")),
            ([2023, 2, 30], None),
        ] {
            let [year, month, date] = numbers;
            let found = of_numbers(year, month, date).filter(|day| day.year() > 1900);
            let found = found.map(|day| day.to_string());
            assert_eq!(found.as_deref(), day, "{numbers:?}");
        }
    }

    #[test]
    fn names_and_numerals_are_months() {
        assert_eq!(solar_month("تیر"), Some(4));
        assert_eq!(thai_month("มิ", "ย"), Some(6));
        assert_eq!(roman_month("VI"), Some(6));
        assert_eq!(roman_month("VX"), None);
        assert_eq!(of_two_digits(23), Some(2023));
        assert_eq!(of_two_digits(98), Some(1998));
        assert_eq!(of_two_digits(66), None);
    }
}
