//! `everpresent backup` and `restore`.

use super::{Common, Done};
use clap::Args;
use model::ids::DistrictId;
use services::{Error, backup};
use std::path::PathBuf;

/// Writes a copy of a district while it is in use, and verifies it.
#[derive(Debug, Args)]
pub(crate) struct Backup {
    /// The district.
    district: DistrictId,
    /// The file to write.
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
}

/// Puts a district back as a backup holds it, after verifying the backup. Sessions end.
#[derive(Debug, Args)]
pub(crate) struct Restore {
    /// The district.
    district: DistrictId,
    /// The backup.
    #[arg(long, value_name = "FILE")]
    from: PathBuf,
}

impl Backup {
    pub(crate) async fn run(self, common: &Common) -> Result<Done, Error> {
        let context = common.context().await?;
        let summary = backup::write(&context, &self.district, &self.to).await?;
        println!("{summary}");
        Ok(Done::Clean)
    }
}

impl Restore {
    pub(crate) async fn run(self, common: &Common) -> Result<Done, Error> {
        let context = common.context().await?;
        let summary = backup::restore(&context, &self.district, &self.from).await?;
        println!("{summary}");
        Ok(Done::Clean)
    }
}
