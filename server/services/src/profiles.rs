//! The profiles of a district's files that come with the program.

use crate::Error;
use sis::profile::ready;

/// A line for each: its name and what it is for.
pub fn list() -> Vec<String> {
    ready::ALL.iter().map(|ready| format!("{:<16} {}", ready.name, ready.title())).collect()
}

/// The file of one, to be copied and changed.
///
/// # Errors
/// [`Error::NoSuchProfile`].
pub fn show(name: &str) -> Result<&'static str, Error> {
    let found = ready::find(name).map(|ready| ready.text);
    found.ok_or_else(|| Error::NoSuchProfile { name: name.to_owned(), known: ready::names() })
}
