//! `everpresent doctor`: is the store sound?

use super::{Common, Done};
use clap::Args;
use services::{Error, doctor};

/// Checks every district's store: integrity, migrations, strips against the ledger, grants against the roster.
#[derive(Debug, Args)]
pub(crate) struct Doctor {}

impl Doctor {
    pub(crate) async fn run(self, common: &Common) -> Result<Done, Error> {
        let context = common.context().await?;
        let report = doctor::run(&context).await?;
        for line in &report.lines {
            println!("{line}");
        }
        Ok(if report.sound { Done::Clean } else { Done::Refused })
    }
}
