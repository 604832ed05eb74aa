//! The beginning of a new pack, for a person to fill in.

use super::PackError;

/// A pack with one rule, two worked examples and blanks, as the text of its file.
///
/// # Errors
/// [`PackError`] (of the file that it would be) where the id or the title cannot be one.
pub fn skeleton(id: &str, title: &str) -> Result<String, PackError> {
    let refuse = |problem: String, remedy: &str| PackError {
        file: format!("{id}.toml"),
        line: 1,
        problem,
        remedy: remedy.to_owned(),
    };
    let letter = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    if !(2..=40).contains(&id.len()) || !id.bytes().all(letter) {
        return Err(refuse(format!("`{id}` is not a pack's id"), "Write 2 to 40 of a-z, 0-9 and -"));
    }
    if title.trim().is_empty() || title.chars().any(|c| c.is_control() || matches!(c, '"' | '\\')) {
        return Err(refuse(
            format!("`{title}` is not a title"),
            "Write words on one line, without quotation marks",
        ));
    }
    let rule = id.strip_prefix("us-").unwrap_or(id).to_uppercase() + "-1";
    let text = include_str!("skeleton.toml");
    Ok(text.replace("{id}", id).replace("{title}", title.trim()).replace("{rule}", &rule))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packs::{load, parse};

    /// The skeleton with its blanks filled, in order.
    fn filled() -> String {
        let blanks = ["Ohio", "A book", "2026-01-31", "Missed 3 days", "Clause 1", "Call home"];
        let text = skeleton("us-xx", "Xanadu: days missed").unwrap();
        let (before, rest) = text.split_once("id = ").unwrap();
        let rest = blanks
            .iter()
            .fold(rest.to_owned(), |text, blank| text.replacen("\"\"", &format!("\"{blank}\""), 1));
        format!("{before}id = {rest}")
    }

    #[test]
    fn a_skeleton_is_a_pack_whose_examples_hold_once_its_blanks_are_filled() {
        let pack = load("us-xx.toml", &filled()).unwrap();
        assert_eq!((pack.id.as_str(), pack.title.as_str()), ("us-xx", "Xanadu: days missed"));
        assert_eq!(pack.versions[0].rules[0].id, "XX-1");
        assert_eq!(pack.versions[0].rules[0].examples.len(), 2);
    }

    #[test]
    fn a_blank_that_is_left_is_named_with_its_line() {
        let text = skeleton("us-xx", "Xanadu").unwrap();
        assert!(
            parse("us-xx.toml", &text)
                .unwrap_err()
                .to_string()
                .starts_with("us-xx.toml, line 11: `reviewed_on`")
        );
        let left = filled().replace("\"Ohio\"", "\"\"");
        assert!(
            parse("us-xx.toml", &left)
                .unwrap_err()
                .to_string()
                .starts_with("us-xx.toml, line 9: `jurisdiction` is empty. Fill it in")
        );
    }

    #[test]
    fn what_cannot_be_an_id_or_a_title_is_refused() {
        for (id, title) in [("US-XX", "X"), ("x", "X"), ("us xx", "X"), ("us-xx", " "), ("us-xx", "a \"b\"")]
        {
            assert!(skeleton(id, title).is_err(), "{id} {title}");
        }
    }
}
