//! What screens read. Lists are filtered and paged in SQL, and only through the one view; what concerns one student
//! takes the key to that student.

pub mod data;
pub mod people;
pub mod student;
pub mod students;
pub mod worklist;

/// Rows a page of a list.
pub const PAGE: u32 = 100;

/// How many pages so many rows fill; at least one.
pub fn pages(total: u32) -> u32 {
    total.div_ceil(PAGE).max(1)
}

/// The rows to skip for a page, counted from 1.
pub(crate) fn offset(page: u32) -> i64 {
    i64::from(page.max(1) - 1) * i64::from(PAGE)
}
