//! Dates as people say them: `Tue 4 Oct`.

use super::Language;
use chrono::Datelike;
use model::time::Date;

fn parts(t: Language, date: Date) -> (&'static str, String, &'static str) {
    (
        t.date_weekdays()[date.weekday().num_days_from_monday() as usize % 7],
        date.day().to_string(),
        month(t, date),
    )
}

/// `Tue 4 Oct`.
pub fn day(t: Language, date: Date) -> String {
    let (weekday, day, month) = parts(t, date);
    t.date_day(weekday, &day, month)
}

/// `Tue 4 Oct 2025`, where the year is not plain from the page.
pub fn day_year(t: Language, date: Date) -> String {
    let (weekday, day, month) = parts(t, date);
    t.date_day_year(weekday, &day, month, &date.year().to_string())
}

/// `4 Oct`, for the beginning of a week.
pub fn day_of_month(t: Language, date: Date) -> String {
    format!("{} {}", date.day(), month(t, date))
}

/// `Oct`.
pub fn month(t: Language, date: Date) -> &'static str {
    t.date_months()[date.month0() as usize % 12]
}

/// `Sat 21 Nov 05:12` of an instant that the server wrote by the district's clock (`2026-11-21 05:12`); the text
/// itself where it has another form.
pub fn stamp(t: Language, local: &str) -> String {
    let Some((date, time)) = local.split_once(' ') else { return local.to_owned() };
    match date.parse::<Date>() {
        Ok(date) => format!("{} {time}", day(t, date)),
        Err(_) => local.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_written_as_people_say_it() {
        let date = Date::from_ymd_opt(2022, 10, 4).unwrap();
        assert_eq!(day(Language::En, date), "Tue 4 Oct");
        assert_eq!(day(Language::Es, date), "mar 4 oct");
        assert_eq!(day_year(Language::En, date), "Tue 4 Oct 2022");
        assert_eq!(stamp(Language::En, "2026-11-21 05:12"), "Sat 21 Nov 05:12");
        assert_eq!(stamp(Language::En, "soon"), "soon");
    }
}
