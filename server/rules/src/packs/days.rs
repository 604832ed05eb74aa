//! The words in which a worked example writes down days: `20. 2U E=0.5 U=p2 [G]=AM+[/]=PM ~ -`.

use model::attendance::{Session, Shape};

/// The most days that an example may write down.
pub(super) const MOST_DAYS: usize = 700;

/// The categories behind the letters.
const LETTERS: [(&str, &str); 7] = [
    ("E", "Excused Absence"),
    ("U", "Unexcused Absence"),
    ("?", UNKNOWN),
    ("T", "Tardy"),
    ("P", "Partial"),
    ("D", "Early departure"),
    ("N", EVENT),
];
/// The category of a mark whose reason nobody has said yet.
pub(super) const UNKNOWN: &str = "Reason unknown";
/// The category of an event that is in no count.
pub(super) const EVENT: &str = "Event";

/// What one word of an example says of a weekday.
#[derive(Clone)]
pub(super) enum Written {
    /// `~`: no school.
    NoSchool,
    /// `-`: not enrolled here.
    NotEnrolled,
    /// `x`: roll was not taken.
    RollNotTaken,
    /// The marks of the day; none for `.`.
    Marks(Vec<Shape>),
}

/// Reads a line.
///
/// # Errors
/// The word that is not a day, in a sentence.
pub(super) fn read(line: &str) -> Result<Vec<Written>, String> {
    let mut days = Vec::new();
    for word in line.split_whitespace() {
        let refuse = || format!("`{word}` is not a day");
        let digits = word.find(|c: char| !c.is_ascii_digit()).ok_or_else(refuse)?;
        let (repeats, written) = word.split_at(digits);
        let repeats = if repeats.is_empty() { 1 } else { repeats.parse::<usize>().map_err(|_| refuse())? };
        if repeats == 0 || repeats > MOST_DAYS {
            return Err(refuse());
        }
        let day = match written {
            "~" => Written::NoSchool,
            "-" => Written::NotEnrolled,
            "x" => Written::RollNotTaken,
            "." => Written::Marks(Vec::new()),
            marks => Written::Marks(marks.split('+').map(mark).collect::<Option<_>>().ok_or_else(refuse)?),
        };
        days.extend(std::iter::repeat_n(day, repeats));
    }
    Ok(days)
}

fn mark(text: &str) -> Option<Shape> {
    if text == "!" {
        return Some(Shape { unusable: true, ..Shape::default() });
    }
    let (written, missed) = match text.strip_prefix('[') {
        Some(rest) => rest.split_once(']').map(|(category, rest)| (category, rest.strip_prefix('=')))?,
        None => text.split_once('=').map_or((text, None), |(letter, missed)| (letter, Some(missed))),
    };
    let category = if text.starts_with('[') {
        // A bracket holds a category, and nothing may stand between it and what was missed.
        let bare = text.ends_with(']') || missed.is_some();
        Some(written).filter(|category| bare && !category.is_empty())?
    } else {
        LETTERS.iter().find(|(letter, _)| *letter == written)?.1
    };
    let mut shape = Shape { category: category.to_owned(), ..Shape::default() };
    match missed {
        None => {}
        Some("AM") => shape.session = Some(Session::Am),
        Some("PM") => shape.session = Some(Session::Pm),
        Some(missed) => {
            if let Some(period) = missed.strip_prefix('p') {
                shape.period = Some(period.to_owned()).filter(|p| !p.is_empty());
                shape.period.as_ref()?;
            } else if let Some(minutes) = missed.strip_suffix('m') {
                shape.minutes = Some(minutes.parse().ok()?);
            } else {
                shape.fraction = Some(millionths(missed)?);
            }
        }
    }
    Some(shape)
}

/// A decimal fraction of a day, such as `0.5`, in millionths.
fn millionths(text: &str) -> Option<u32> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let digits: u32 = format!("{decimals:0<6}").parse().ok().filter(|_| decimals.len() <= 6)?;
    whole.parse::<u32>().ok().filter(|w| *w <= 1).map(|w| w * 1_000_000 + digits).filter(|m| *m <= 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only(word: &str) -> Option<Shape> {
        match read(word).ok()?.as_slice() {
            [Written::Marks(marks)] if marks.len() == 1 => marks.first().cloned(),
            _ => None,
        }
    }

    #[test]
    fn a_mark_says_its_category_and_what_was_missed() {
        let shape = |category: &str| Shape { category: category.to_owned(), ..Shape::default() };
        assert_eq!(only("U"), Some(shape("Unexcused Absence")));
        assert_eq!(only("E=0.25"), Some(Shape { fraction: Some(250_000), ..shape("Excused Absence") }));
        assert_eq!(only("T=31m"), Some(Shape { minutes: Some(31), ..shape("Tardy") }));
        assert_eq!(only("?=AM"), Some(Shape { session: Some(Session::Am), ..shape("Reason unknown") }));
        assert_eq!(only("U=p2"), Some(Shape { period: Some("2".to_owned()), ..shape("Unexcused Absence") }));
        assert_eq!(only("[Y1]=PM"), Some(Shape { session: Some(Session::Pm), ..shape("Y1") }));
        assert_eq!(only("[/]"), Some(shape("/")));
        assert_eq!(only("!"), Some(Shape { unusable: true, ..Shape::default() }));
    }

    #[test]
    fn repeats_stand_before_a_word_and_marks_of_one_day_are_joined() {
        let days = read("2. 3~ - x U=AM+[G]=PM").unwrap();
        assert_eq!(days.len(), 8);
        assert!(matches!(days[2], Written::NoSchool) && matches!(days[5], Written::NotEnrolled));
        assert!(matches!(days[6], Written::RollNotTaken));
        assert!(matches!(&days[7], Written::Marks(marks) if marks.len() == 2));
    }

    #[test]
    fn a_word_that_is_no_day_is_named() {
        for word in [
            "q",
            "3",
            "0U",
            "701.",
            "U+",
            "U=",
            "U=2",
            "U=1.1",
            "U=m",
            "U=p",
            "[]",
            "[G",
            "[G]x",
            "!=AM",
            "U=0.1234567",
        ] {
            assert_eq!(read(&format!("5. {word}")).err(), Some(format!("`{word}` is not a day")));
        }
    }
}
