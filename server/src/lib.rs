//! What the binary `everpresent` is made of: the command line in [`cli`], the routes and layers in [`web`], and [`clock`],
//! the one place that asks the machine for the time and for chance; [`mail`] sends what [`services::alerts`] has written.

pub mod cli;
pub mod clock;
pub mod mail;
pub mod web;
