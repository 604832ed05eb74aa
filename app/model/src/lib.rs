//! Ids, dates, roles, codes and the shapes that cross between rooms.
//!
//! No I/O, no clock, no chance: the same crate compiles for the server and for the browser.
//!
//! - [`history`]: what the rule engine reads of a district.
//! - [`ids`]: opaque ids, as they appear in addresses.
//! - [`time`]: school days and school years.
//! - [`grade`]: CEDS grade codes, from whatever a source wrote.
//! - [`attendance`]: what a mark is, and the strip that holds a student's year of them.
//! - [`canonical`]: rows as every source adapter delivers them.
//! - [`report`]: what a read of a source set aside or refused, and why.
//! - [`signal`]: what the rule engine says of a student.
//! - [`role`]: roles, capabilities and why somebody may see a student.
//! - [`page`]: what each screen shows, and nothing more.

pub mod attendance;
pub mod canonical;
pub mod grade;
pub mod history;
pub mod ids;
pub mod page;
pub mod report;
pub mod role;
pub mod signal;
pub mod time;
