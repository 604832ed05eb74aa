//! `everpresent audit`: the log that shows tampering.

use super::{Common, Done};
use clap::Subcommand;
use model::ids::DistrictId;
use services::{Error, audit};

#[derive(Debug, Subcommand)]
pub(crate) enum Audit {
    /// Recompute the chain of a district's audit log.
    Verify {
        /// The district.
        district: DistrictId,
    },
}

impl Audit {
    pub(crate) async fn run(self, common: &Common) -> Result<Done, Error> {
        let Self::Verify { district } = self;
        let context = common.context().await?;
        println!("{}", audit::verify(&context, &district).await?);
        Ok(Done::Clean)
    }
}
