//! What screens read. Lists are filtered and paged in SQL, and only through the one view; what concerns one student
//! takes the key to that student.

mod choices;
pub mod data;
pub mod lab;
pub mod people;
pub mod reconciliation;
pub mod student;
pub mod students;
pub mod worklist;

/// Rows a page of a list.
pub const PAGE: u32 = 100;

/// How many pages so many rows fill; at least one.
pub fn pages(total: u32) -> u32 {
    total.div_ceil(PAGE).max(1)
}

/// How much of a list is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rows {
    /// The page that the filter names, of [`PAGE`] rows.
    Page,
    /// Every row that the filter leaves, for a file to take along.
    All,
}

impl Rows {
    /// The most rows to read, and the rows to skip; pages are counted from 1.
    pub(crate) fn limits(self, page: u32) -> (i64, i64) {
        match self {
            Self::Page => (i64::from(PAGE), i64::from(page.max(1) - 1) * i64::from(PAGE)),
            Self::All => (i64::from(u32::MAX), 0),
        }
    }
}
