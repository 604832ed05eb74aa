//! What the binary `everpresent` is made of: the command line in [`cli`], the routes and layers in [`web`], [`fetch`],
//! which asks the servers of sources, and [`clock`], the one place that asks the machine for the time and for chance.

pub mod cli;
pub mod clock;
pub mod fetch;
pub mod web;
