//! What a district's categories mean: a CSV of `category,meaning`.

use crate::profile::Profile;
use crate::sheet::Sheet;
use crate::source::open_path;
use model::attendance::{CodeMap, Meaning};
use model::report::Refusal;
use std::path::Path;

/// Reads a code map (`category,meaning`); it replaces the Ed-Fi names. The file may be packed as `.gz` or `.zst`.
///
/// # Errors
/// [`Refusal`] where the file or a column is missing, or a line names no known meaning: a category that is silently
/// left out would make its days unknown.
pub fn read_code_map(path: &Path) -> Result<CodeMap, Refusal> {
    let name = path.display().to_string();
    let profile = Profile::default();
    let mut sheet = Sheet::open(&name, open_path(path, &name)?, &profile)?;
    sheet.require(&["category", "meaning"])?;
    let [category, meaning] = sheet.places(["category", "meaning"]);
    let mut codes = CodeMap::empty();
    while let Some(fields) = sheet.next()? {
        let (category, word) = (fields.text(category), fields.text(meaning));
        let refuse = |why: &str| Refusal::Unreadable {
            file: name.clone(),
            why: format!("line {}: `{category}` = `{word}`: {why}", fields.line()),
        };
        if category.is_empty() {
            return Err(refuse("the category is empty"));
        }
        let meaning = Meaning::read(&word).ok_or_else(|| {
            refuse(
                "excused, unexcused, unknown, tardy, partial, early_departure, present or not_counted is expected",
            )
        })?;
        if codes.meaning(&category).is_some_and(|before| before != meaning) {
            return Err(refuse("the category stood before with another meaning"));
        }
        codes.set(&category, meaning);
    }
    Ok(codes)
}
