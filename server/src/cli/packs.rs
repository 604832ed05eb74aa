//! `everpresent packs`: the law as data, read and tested.

use super::Done;
use clap::Subcommand;
use services::{Error, packs};

#[derive(Debug, Subcommand)]
pub(crate) enum Packs {
    /// List the packs.
    List,
    /// Print a pack as a person would read it.
    Show {
        /// The pack's id, such as us-federal.
        id: String,
    },
    /// Run every worked example of every pack.
    Test,
}

impl Packs {
    pub(crate) async fn run(self) -> Result<Done, Error> {
        match self {
            Self::List => {
                for line in packs::list() {
                    println!("{line}");
                }
            }
            Self::Show { id } => print!("{}", packs::show(&id)?),
            Self::Test => {
                let report = packs::test();
                for line in &report.lines {
                    println!("{line}");
                }
                println!("{} examples passed, {} failed", report.passed, report.failed);
                if report.failed > 0 {
                    return Ok(Done::Refused);
                }
            }
        }
        Ok(Done::Clean)
    }
}
