//! What people see: one folder per screen, shared parts, the words in each language.
//!
//! The server draws every page (feature `ssr`); the browser wakes its islands (feature `hydrate`), today
//! [`components::Live`] and [`components::SearchBox`].
//! The server puts into the context, before it draws: `services::Visit` or `services::Front`, [`Language`],
//! [`StatusHook`], [`SearchText`] where a form was posted, [`PlainPage`] where no script is to be sent, and
//! `leptos::nonce::Nonce`.

// `#[component]` writes its item as `pub`, also inside a module that is not.
#![allow(unreachable_pub)]

#[cfg(all(feature = "ssr", feature = "hydrate"))]
compile_error!(
    "`ssr` and `hydrate` exclude each other: build the browser crate by itself, with `-p browser`"
);

pub mod components;
mod density;
mod error;
pub mod pages;
#[cfg(feature = "ssr")]
mod server_side;
mod shell;
pub mod words;

pub use density::{Density, use_density};
pub use error::AppError;
#[cfg(feature = "ssr")]
pub use shell::shell;
pub use shell::{App, PlainPage, SEARCH_FIELD, SearchText, StatusHook, is_plain};
pub use words::Language;
