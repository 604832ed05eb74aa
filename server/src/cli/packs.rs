//! `everpresent packs`: the law as data, read and tested.

use super::{Common, Done};
use clap::Subcommand;
use model::ids::DistrictId;
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
    /// Keep a pack of a district's own from a file: it is in force from its dates on, and the lists are made anew. A file
    /// that is refused changes nothing; older editions stay.
    Add {
        /// The district.
        district: DistrictId,
        /// The pack's file.
        file: PathBuf,
        /// Why, for those who read it in two years.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
}

impl Packs {
    pub(crate) async fn run(self, common: &Common) -> Result<Done, Error> {
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
            Self::Add { district, file, reason } => {
                let context = common.context().await?;
                let edition = packs::add(&context, &district, &file, &reason).await?;
                println!("edition {edition} is kept");
            }
        }
        Ok(Done::Clean)
    }
}
