//! Grants become a [`Scope`]; a scope and the reasons for which a student is visible become a [`Seen`]. These two are
//! the only keys to the store's reads, and only this crate makes them.
//!
//! - [`capability`]: what each role may do, as one exhaustive `match`.
//! - [`grant`]: a role with what it opens, and from when to when.
//! - [`roster`]: which grants follow from a roster.
//! - [`scope`]: who asks, and under which grants of today.
//! - [`seen`]: a student the asker may see, with every reason why.

pub mod capability;
pub mod grant;
pub mod roster;
pub mod scope;
pub mod seen;

pub use capability::may;
pub use grant::{Grant, GrantScope, SealedGrants};
pub use scope::Scope;
pub use seen::{SealedReasons, Seen, SeenReason};
