//! Values as sources write them: dates, truth values, parts of a day, clock times, text in old encodings.

use crate::profile::Profile;
use chrono::Datelike;
use model::time::Date;
use std::borrow::Cow;

/// Text of a field. UTF-8 where it is; else Windows-1252, which old exports are written in, and `true`.
/// `None` where it is neither.
pub(crate) fn decode(bytes: &[u8]) -> Option<(Cow<'_, str>, bool)> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Some((Cow::Borrowed(text), false));
    }
    // The five bytes that Windows-1252 leaves without a meaning.
    if bytes.iter().any(|b| matches!(b, 0x81 | 0x8d | 0x8f | 0x90 | 0x9d)) {
        return None;
    }
    Some((encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0, true))
}

/// Without white space at either end.
#[inline]
pub(crate) fn trim(bytes: &[u8]) -> &[u8] {
    match bytes {
        [first, .., last] if *first > b' ' && *last > b' ' => bytes,
        _ => bytes.trim_ascii(),
    }
}

/// Days since 0000-12-31 (as `Datelike::num_days_from_ce`) of `YYYY-MM-DD`; `None` where the text is not that.
#[inline]
pub(crate) fn iso_days(text: &[u8]) -> Option<i32> {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = *text else {
        return None;
    };
    let digits = [y1, y2, y3, y4, m1, m2, d1, d2].map(|d| d.wrapping_sub(b'0'));
    if digits.iter().any(|d| *d > 9) {
        return None;
    }
    let [y1, y2, y3, y4, m1, m2, d1, d2] = digits.map(i32::from);
    let (year, month, day) = (y1 * 1000 + y2 * 100 + y3 * 10 + y4, m1 * 10 + m2, d1 * 10 + d2);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 => 28 + i32::from(leap),
        _ => return None,
    };
    if day < 1 || day > length || !(1900..3000).contains(&year) {
        return None;
    }
    // Years counted from March, so that the leap day is the last of its year.
    let (y, m) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    Some(y * 365 + y / 4 - y / 100 + y / 400 + (m * 153 + 2) / 5 + day - 306)
}

/// The part behind a date where a source sends an instant: only midnight is a day.
fn is_midnight(text: &str) -> bool {
    let Some(time) = text.strip_prefix(['T', ' ']) else {
        return false;
    };
    let time = time.strip_suffix('Z').unwrap_or(time);
    time.len() >= 5 && time.bytes().all(|b| matches!(b, b'0' | b':' | b'.')) && time.starts_with("00:00")
}

/// A date in one of the profile's forms; years 1900 to 2999.
pub(crate) fn date(text: &str, profile: &Profile) -> Option<Date> {
    if profile.dates.first().is_some_and(|form| form == "YYYY-MM-DD")
        && let Some(days) = iso_days(text.as_bytes())
    {
        return Date::from_num_days_from_ce_opt(days);
    }
    profile.dates.iter().find_map(|form| date_in(text, form))
}

/// A date in a form of `YYYY` or `YY`, `MM`, `DD` and what parts them.
fn date_in(text: &str, form: &str) -> Option<Date> {
    let (mut year, mut month, mut day) = (0, 0, 0);
    let (mut text, mut form) = (text, form);
    while !form.is_empty() {
        let (place, longest, name) = if form.starts_with("YYYY") {
            (&mut year, 4, "YYYY")
        } else if form.starts_with("YY") {
            (&mut year, 2, "YY")
        } else if form.starts_with("MM") {
            (&mut month, 2, "MM")
        } else if form.starts_with("DD") {
            (&mut day, 2, "DD")
        } else {
            let part = form.chars().next()?;
            form = &form[part.len_utf8()..];
            text = text.strip_prefix(part)?;
            continue;
        };
        form = &form[name.len()..];
        let length = text.bytes().take(longest).take_while(u8::is_ascii_digit).count();
        if length == 0 || (name.starts_with('Y') && length < longest) {
            return None;
        }
        *place = text[..length].parse().ok()?;
        if name == "YY" {
            // As POSIX has it: 1969 to 2068.
            *place += if *place < 69 { 2000 } else { 1900 };
        }
        text = &text[length..];
    }
    if !text.is_empty() && !is_midnight(text) {
        return None;
    }
    Date::from_ymd_opt(year as i32, month, day).filter(|d| (1900..3000).contains(&d.year()))
}

/// A truth value in the profile's words.
pub(crate) fn truth(text: &str, profile: &Profile) -> Option<bool> {
    let is = |words: &[String]| words.iter().any(|w| w.eq_ignore_ascii_case(text));
    if is(&profile.true_words) {
        Some(true)
    } else if is(&profile.false_words) {
        Some(false)
    } else {
        None
    }
}

/// A decimal from 0 to 1 in millionths, exact; a seventh digit rounds half up.
pub(crate) fn fraction(text: &str) -> Option<u32> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
    if (whole.is_empty() && part.is_empty()) || !digits(whole) || !digits(part) {
        return None;
    }
    let whole: u32 = match whole.trim_start_matches('0') {
        "" => 0,
        "1" => 1,
        _ => return None,
    };
    let mut millionths = 0;
    for place in 0..6 {
        millionths = millionths * 10 + part.as_bytes().get(place).map_or(0, |d| u32::from(d - b'0'));
    }
    let beyond_one = whole == 1 && part.bytes().any(|d| d != b'0');
    millionths += u32::from(part.as_bytes().get(6).is_some_and(|d| *d >= b'5'));
    (!beyond_one).then_some(whole * 1_000_000 + millionths)
}

/// Minutes from 0 to 1,440; `.0` behind them is let through.
pub(crate) fn minutes(text: &str) -> Option<u16> {
    let whole = match text.split_once('.') {
        Some((whole, part)) if !part.is_empty() && part.bytes().all(|b| b == b'0') => whole,
        Some(_) => return None,
        None => text,
    };
    if whole.is_empty() || !whole.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    whole.parse().ok().filter(|m| *m <= 1440)
}

/// A clock time as minutes since midnight: `8:05`, `08:05:30`, `1:15 PM`.
pub(crate) fn clock(text: &str) -> Option<u16> {
    let lower = text.to_ascii_lowercase();
    let (core, afternoon) = if let Some(core) = lower.strip_suffix("pm") {
        (core.trim_end(), Some(true))
    } else if let Some(core) = lower.strip_suffix("am") {
        (core.trim_end(), Some(false))
    } else {
        (lower.as_str(), None)
    };
    let parts: Vec<&str> = core.split(':').collect();
    let number = |t: &str, below: u16| -> Option<u16> {
        if t.is_empty() || t.len() > 2 || !t.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        t.parse().ok().filter(|n| *n < below)
    };
    let (hour, minute) = match parts.as_slice() {
        [hour, minute] => (hour, minute),
        [hour, minute, second] if number(second, 60).is_some() => (hour, minute),
        _ => return None,
    };
    let (hour, minute) = (number(hour, 24)?, number(minute, 60)?);
    let hour = match afternoon {
        None => hour,
        Some(_) if !(1..=12).contains(&hour) => return None,
        Some(pm) => hour % 12 + if pm { 12 } else { 0 },
    };
    Some(hour * 60 + minute)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_date_is_read_in_the_forms_of_the_profile_only() {
        let usual = Profile::default();
        let day = Date::from_ymd_opt(2021, 3, 23);
        for text in
            ["2021-03-23", "2021-03-23T00:00:00", "2021-03-23 00:00:00.000", "2021-03-23T00:00:00.000Z"]
        {
            assert_eq!(date(text, &usual), day, "{text}");
        }
        for text in
            ["03/23/2021", "2021-02-30", "2021-03-23T10:00:00", "21-03-23", "0021-03-23", "", "2021-03-23x"]
        {
            assert_eq!(date(text, &usual), None, "{text}");
        }
        let american = Profile { dates: vec!["MM/DD/YYYY".to_owned()], ..Profile::default() };
        assert_eq!(date("3/23/2021", &american), day);
        assert_eq!(date("03/23/2021", &american), day);
        assert_eq!(date("23/03/2021", &american), None);
        assert_eq!(date("2021-03-23", &american), None);
        let short = Profile { dates: vec!["MM/DD/YY".to_owned()], ..Profile::default() };
        assert_eq!(date("3/23/21", &short), day);
        assert_eq!(date("7/5/98", &short), Date::from_ymd_opt(1998, 7, 5));
        // A year of four digits is no year of two with something behind it.
        assert_eq!(date("3/23/2021", &short), None);
        assert_eq!(date("3/23/1", &short), None);
    }

    #[test]
    fn a_truth_value_is_read_in_each_common_spelling() {
        let usual = Profile::default();
        for text in ["true", "TRUE", "1", "True", "yes", "Y"] {
            assert_eq!(truth(text, &usual), Some(true), "{text}");
        }
        for text in ["false", "FALSE", "0", "No", "n"] {
            assert_eq!(truth(text, &usual), Some(false), "{text}");
        }
        assert_eq!(truth("maybe", &usual), None);
    }

    #[test]
    fn a_part_of_a_day_is_exact_to_the_millionth() {
        for (text, want) in [
            ("1", Some(1_000_000)),
            ("1.0", Some(1_000_000)),
            ("0", Some(0)),
            (".5", Some(500_000)),
            ("0.5", Some(500_000)),
            ("0.333333", Some(333_333)),
            ("0.3333335", Some(333_334)),
            ("0.3333334999", Some(333_333)),
            ("0.9999999", Some(1_000_000)),
            ("1.0000001", None),
            ("1.5", None),
            ("-0.5", None),
            ("", None),
            (".", None),
            ("half", None),
            ("1e0", None),
        ] {
            assert_eq!(fraction(text), want, "{text}");
        }
    }

    #[test]
    fn clock_times_are_minutes_since_midnight() {
        for (text, want) in [
            ("8:05", Some(485)),
            ("08:05:30", Some(485)),
            ("1:15 PM", Some(795)),
            ("12:00am", Some(0)),
            ("12:30 PM", Some(750)),
            ("24:00", None),
            ("8", None),
            ("8:60", None),
            ("13:00 PM", None),
        ] {
            assert_eq!(clock(text), want, "{text}");
        }
        assert_eq!(minutes("30.00"), Some(30));
        assert_eq!(minutes("1441"), None);
    }

    #[test]
    fn text_that_is_not_utf_8_is_read_as_windows_1252_and_said_to_be() {
        assert_eq!(decode(b"Jos\xe9"), Some((Cow::Owned("José".to_owned()), true)));
        assert_eq!(decode("José".as_bytes()), Some((Cow::Borrowed("José"), false)));
        assert_eq!(decode(b"Jos\x81"), None);
    }

    proptest! {
        #[test]
        fn the_quick_way_to_read_a_date_agrees_with_the_calendar(days in 693_596_i32..1_095_000) {
            let date = Date::from_num_days_from_ce_opt(days).unwrap();
            let text = date.format("%Y-%m-%d").to_string();
            let want = (1900..3000).contains(&date.year()).then_some(days);
            prop_assert_eq!(iso_days(text.as_bytes()), want);
        }

        #[test]
        fn what_is_not_a_date_is_not_read_as_one(y in 0_u32..10_000, m in 0_u32..100, d in 0_u32..100) {
            let text = format!("{y:04}-{m:02}-{d:02}");
            let slow = date_in(&text, "YYYY-MM-DD").map(|d| d.num_days_from_ce());
            prop_assert_eq!(iso_days(text.as_bytes()), slow);
        }
    }
}
