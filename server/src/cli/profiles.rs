//! `everpresent profiles`: how the systems that districts use write their files.

use super::Done;
use clap::Subcommand;
use services::{Error, profiles};

#[derive(Debug, Subcommand)]
pub(crate) enum Profiles {
    /// List the profiles that come with the program.
    List,
    /// Print a profile, to be read or to be copied and changed.
    Show {
        /// The profile's name, such as aspen.
        name: String,
    },
}

impl Profiles {
    pub(crate) fn run(self) -> Result<Done, Error> {
        match self {
            Self::List => {
                for line in profiles::list() {
                    println!("{line}");
                }
            }
            Self::Show { name } => print!("{}", profiles::show(&name)?),
        }
        Ok(Done::Clean)
    }
}
