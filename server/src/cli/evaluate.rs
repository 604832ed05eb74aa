//! `everpresent evaluate`: the rules on a district's store.

use super::{Common, Done, Format, progress, signals};
use clap::Args;
use model::ids::DistrictId;
use model::time::Date;
use services::known::KnownOn;
use services::{Error, evaluate};

/// Says which students of a district met a rule, as of a date, from what the store holds. Changes nothing.
#[derive(Debug, Args)]
pub(crate) struct Evaluate {
    /// The district.
    district: DistrictId,
    /// The date for which to answer.
    #[arg(long, value_name = "DATE", value_parser = super::read_date)]
    as_of: Date,
    /// Answer from what was known at the end of this day (in the district's time zone), or at this moment.
    #[arg(long, value_name = "DATE|INSTANT", value_parser = read_known_on)]
    known_on: Option<KnownOn>,
    /// A rule pack, by id; may be repeated. Default: the district's own packs.
    #[arg(long = "pack", value_name = "ID")]
    packs: Vec<String>,
    /// How to print the result.
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
    /// Open each line of the table: every day that counted and what it contributes, every day that did not and why.
    #[arg(long)]
    explain: bool,
}

impl Evaluate {
    pub(crate) async fn run(self, common: &Common) -> Result<Done, Error> {
        let context = common.context().await?;
        let order = evaluate::Order { as_of: self.as_of, known_on: self.known_on, packs: self.packs };
        let shown = progress::Shown::new(common);
        let report = evaluate::run(&context, &self.district, &order, &shown).await?;
        drop(shown);
        if let Some(ended) = report.known_after {
            common.say(&format!(
                "As known after the sync that ended {}.",
                ended.format("%Y-%m-%d %H:%M:%S UTC")
            ));
        }
        signals::list_not_evaluated(&report.not_evaluated);
        signals::print(report.signals, self.format, self.explain);
        Ok(Done::Clean)
    }
}

/// Reads a date, or a moment with its offset.
fn read_known_on(text: &str) -> Result<KnownOn, String> {
    if let Ok(date) = text.parse() {
        return Ok(KnownOn::EndOf(date));
    }
    chrono::DateTime::parse_from_rfc3339(text).map(|moment| KnownOn::Moment(moment.to_utc())).map_err(|_| {
        "a date such as 2026-05-27, or a moment with its offset such as 2026-05-27T14:30:00-05:00, is expected"
            .to_owned()
    })
}
