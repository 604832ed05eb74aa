//! The one binary, `everpresent`: the command line, and the web server behind `serve` and `demo`.

use clap::Parser;
use std::process::ExitCode;

#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // Usage errors end with 2, as clap does by itself.
    ExitCode::from(server::cli::run(server::cli::Cli::parse()))
}
