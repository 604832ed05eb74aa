//! One adapter per source of a district's data → canonical rows. Never writes a table, has no clock.
//!
//! One reads files: OneRoster 1.1/1.2 CSV for the roster and plain CSV beside it. The [`remote`] ones fetch such files
//! from servers: OneRoster REST, Ed-Fi ODS/API.
//!
//! - [`read_delivery`]: a district's folder or zip, or one side of it ([`Expect`]) → [`model::canonical::Delivery`].
//! - [`read_plain`]: plain files without a store → [`model::history::History`].
//! - [`Profile`]: how a district writes its files, where it differs from the usual.
//! - [`read_code_map`]: what a district's categories mean.

mod check;
mod code_map;
mod delivery;
mod encoding;
mod files;
mod oneroster;
mod over;
mod placing;
mod plain;
pub mod profile;
mod records;
pub mod remote;
mod sheet;
mod source;
mod translate;
mod values;

pub use check::{FileCount, PlainFiles, PlainHistory, read_plain};
pub use code_map::read_code_map;
pub use delivery::{Expect, changes_in, read_delivery};
pub use encoding::Encoding;
pub use profile::Profile;
