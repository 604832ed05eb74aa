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
//! - [`lab`]: what the rule lab is given: a school's marks without names, and what a rule would mean there.
//! - [`policy`]: rules of a district's own, as their pages show and take them.
//! - [`alert`]: what somebody has to know of a source.
//! - [`source`]: where a district's data comes from, as its pages show and take it.
//! - [`suppress`]: small groups stay hidden, on the server's pages and in the browser alike.

pub mod alert;
pub mod attendance;
pub mod canonical;
pub mod grade;
pub mod history;
pub mod ids;
pub mod lab;
pub mod page;
pub mod policy;
pub mod report;
pub mod role;
pub mod signal;
pub mod source;
pub mod suppress;
pub mod time;
