//! `everpresent packs`: the law as data, read and tested.

use super::Done;
use clap::Subcommand;
use services::{Error, packs};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum Packs {
    /// List the packs.
    List,
    /// Print a pack as a person would read it.
    Show {
        /// The pack's id, such as us-federal.
        id: String,
    },
    /// Run every worked example of every pack, or of the pack in a file.
    Test {
        /// A pack's file that is not among those that come with the program.
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
    },
    /// Write the beginning of a new pack, for a person to fill in.
    New {
        /// The pack's id, such as us-nj: 2 to 40 of a-z, 0-9 and -.
        id: String,
        /// Its title in plain words, such as "New Jersey: days missed".
        #[arg(long)]
        title: String,
        /// Write to this file, which must not exist yet; without it, to stdout.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
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
            Self::Test { file } => {
                let report = file.as_deref().map_or_else(|| Ok(packs::test()), packs::test_file)?;
                for line in &report.lines {
                    println!("{line}");
                }
                println!("{} examples passed, {} failed", report.passed, report.failed);
                if let Some(file) = &file {
                    packs::accept(file)?;
                }
                if report.failed > 0 {
                    return Ok(Done::Refused);
                }
            }
            Self::New { id, title, out } => match out {
                None => print!("{}", packs::skeleton(&id, &title)?),
                Some(file) => packs::skeleton_file(&id, &title, &file)?,
            },
        }
        Ok(Done::Clean)
    }
}
