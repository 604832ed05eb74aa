//! `everpresent demo`: the demo district, made like any other.

use super::serve::Listen;
use super::{Common, Done, progress};
use clap::Args;
use model::time::Date;
use services::{Error, demo};
use std::path::PathBuf;

/// Makes the demo district: writes SIS exports from a seed, takes them in through the same sync as anyone's, and serves it.
#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Students: 3 schools up to 1,800, above that one school for every 600.
    #[arg(long, default_value_t = 1200, value_name = "N")]
    students: u32,
    /// The same seed, date and size make the same bytes.
    #[arg(long, default_value_t = 1, value_name = "N")]
    seed: u64,
    /// The day it is in the demo. Default: today.
    #[arg(long, value_name = "DATE", value_parser = super::read_date)]
    today: Option<Date>,
    /// Keep the exports in this folder.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Make it, and do not serve it.
    #[arg(long)]
    no_serve: bool,
    #[command(flatten)]
    listen: Listen,
}

impl Demo {
    pub(crate) async fn run(self, common: &Common) -> Result<Done, Error> {
        let context = common.context().await?;
        let order =
            demo::Order { students: self.students, seed: self.seed, today: self.today, out: self.out };
        let shown = progress::Shown::new(common);
        let made = demo::make(&context, &order, &shown).await?;
        drop(shown);
        common.say(&made.sentence());
        if self.no_serve {
            return Ok(Done::Clean);
        }
        let notes = made.people.iter().map(|person| {
            let roles: Vec<&str> = person.roles.iter().map(|role| role.name()).collect();
            let place = if person.place.is_empty() { String::new() } else { format!(", {}", person.place) };
            format!("  {} ({}{place})", person.name, roles.join(", "))
        });
        let notes: Vec<String> =
            std::iter::once("Step into one of these people at /sign-in:".to_owned()).chain(notes).collect();
        self.listen.serve(context.as_demo(made.district, order.today, made.people), common, &notes).await
    }
}
