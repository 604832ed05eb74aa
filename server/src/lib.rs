//! What the binary `everpresent` is made of: the command line in [`cli`], the routes and layers in [`web`], and [`clock`],
//! the one place that asks the machine for the time and for chance.

pub mod cli;
pub mod clock;
pub mod web;
