//! `everpresent evaluate`: the rules on a district's store.

use super::{Common, Done, Format, progress, signals};
use clap::Args;
use model::ids::DistrictId;
use model::time::Date;
use services::{Error, evaluate};

/// Says which students of a district met a rule, as of a date, from what the store holds. Changes nothing.
#[derive(Debug, Args)]
pub(crate) struct Evaluate {
    /// The district.
    district: DistrictId,
    /// The date for which to answer.
    #[arg(long, value_name = "DATE", value_parser = super::read_date)]
    as_of: Date,
    /// A rule pack, by id; may be repeated. Default: the district's own packs.
    #[arg(long = "pack", value_name = "ID")]
    packs: Vec<String>,
    /// How to print the result.
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
}

impl Evaluate {
    pub(crate) async fn run(self, common: &Common) -> Result<Done, Error> {
        let context = common.context().await?;
        let shown = progress::Shown::new(common);
        let report = evaluate::run(&context, &self.district, self.as_of, &self.packs, &shown).await?;
        drop(shown);
        signals::list_not_evaluated(&report.not_evaluated);
        signals::print(report.signals, self.format);
        Ok(Done::Clean)
    }
}
