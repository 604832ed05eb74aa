//! The command line, as `contract.md` fixes it: stdout carries the result, stderr everything else.

mod audit;
mod backup;
mod check;
mod demo;
mod district;
mod doctor;
mod evaluate;
mod invite;
mod key;
mod mail;
mod packs;
mod profiles;
mod progress;
mod serve;
mod signals;
mod source;
mod sync;

use crate::clock::{MachineChance, MachineClock};
use clap::{Args, Parser, Subcommand, ValueEnum};
use model::time::Date;
use services::{Context, Error, Home};
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

/// Finds each student who has met an attendance threshold of law or policy, and shows exactly why.
#[derive(Debug, Parser)]
#[command(name = "everpresent", version, max_term_width = 100)]
pub struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct Common {
    /// Folder of the embedded store (one SQLite file a district).
    #[arg(long, global = true, default_value = "./data", value_name = "DIR")]
    data: PathBuf,
    /// PostgreSQL in place of the embedded store: postgres://user@host/database.
    #[arg(long, global = true, env = "DATABASE_URL", hide_env_values = true, value_name = "URL")]
    database_url: Option<String>,
    /// Say nothing but results and errors.
    #[arg(long, global = true)]
    quiet: bool,
    /// The store, once it was opened, so that it is closed however the command ends.
    #[arg(skip)]
    opened: Arc<OnceLock<Context>>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make the demo district from its own SIS exports, and serve it.
    Demo(demo::Demo),
    /// Serve the pages.
    Serve(serve::Serve),
    /// Add, list and remove districts.
    #[command(subcommand)]
    District(district::District),
    /// Print a one-time link that opens a person's first session.
    Invite(invite::Invite),
    /// Read a district's export, or one of its sources, and apply it: all or nothing.
    Sync(sync::Sync),
    /// How the systems that districts use write their files: list and show profiles.
    #[command(subcommand)]
    Profiles(profiles::Profiles),
    /// Where a district's data comes from: add, list and end sources.
    #[command(subcommand)]
    Source(source::Source),
    /// The master key under which the credentials of sources are sealed.
    #[command(subcommand)]
    Key(key::Key),
    /// The mail that tells those who lead a district when a source is late, failed or waits for them.
    #[command(subcommand)]
    Mail(mail::Mail),
    /// Say which students met a rule, as of a date.
    Evaluate(evaluate::Evaluate),
    /// Run the rules on plain files, without a store.
    Check(check::Check),
    /// List, show and test rule packs.
    #[command(subcommand)]
    Packs(packs::Packs),
    /// Write a verified copy of a district, while it is in use.
    Backup(backup::Backup),
    /// Put a district back as a backup holds it.
    Restore(backup::Restore),
    /// The audit log.
    #[command(subcommand)]
    Audit(audit::Audit),
    /// Check every district's store: integrity, migrations, strips against the ledger, grants against the roster.
    Doctor(doctor::Doctor),
}

/// How a result is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Table,
    /// For programs.
    Json,
    /// For spreadsheets.
    Csv,
}

/// How a command ended. The numbers are the process's exit codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Done {
    /// 0: done.
    Clean,
    /// 1: refused or failed; nothing changed.
    Refused,
    /// 3: done, with rows set aside.
    WithRowsSetAside,
}

/// Runs the command and returns the exit code.
pub fn run(cli: Cli) -> u8 {
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("everpresent: no threads can be started: {error}");
            return 1;
        }
    };
    match runtime.block_on(dispatch(cli)) {
        Ok(Done::Clean) => 0,
        Ok(Done::Refused) => 1,
        Ok(Done::WithRowsSetAside) => 3,
        Err(error) => {
            eprintln!("everpresent: {error}");
            1
        }
    }
}

async fn dispatch(cli: Cli) -> Result<Done, Error> {
    let Cli { common, command } = cli;
    let done = perform(&common, command).await;
    if let Some(context) = common.opened.get() {
        context.close().await;
    }
    done
}

async fn perform(common: &Common, command: Command) -> Result<Done, Error> {
    match command {
        Command::Demo(command) => command.run(common).await,
        Command::Serve(command) => command.run(common).await,
        Command::District(command) => command.run(common).await,
        Command::Invite(command) => command.run(common).await,
        Command::Sync(command) => command.run(common).await,
        Command::Profiles(command) => command.run(),
        Command::Source(command) => command.run(common).await,
        Command::Key(command) => command.run(common).await,
        Command::Mail(command) => command.run(common).await,
        Command::Evaluate(command) => command.run(common).await,
        Command::Check(command) => command.run(common),
        Command::Packs(command) => command.run(common).await,
        Command::Backup(command) => command.run(common).await,
        Command::Restore(command) => command.run(common).await,
        Command::Audit(command) => command.run(common).await,
        Command::Doctor(command) => command.run(common).await,
    }
}

/// Reads a date of the command line.
fn read_date(text: &str) -> Result<Date, String> {
    text.parse().map_err(|_| "a date such as 2026-05-27 is expected".to_owned())
}

impl Common {
    /// Opens the store that these flags name, with the machine's own clock and chance.
    async fn context(&self) -> Result<Context, Error> {
        let home = match &self.database_url {
            Some(url) if !url.is_empty() => Home::Postgres { url: url.clone() },
            _ => Home::Folder { path: self.data.clone() },
        };
        let context = Context::open(home, Arc::new(MachineClock), Arc::new(MachineChance)).await?;
        Ok(self.opened.get_or_init(|| context).clone())
    }

    /// The folder of the embedded store; whatever the store is, what a sync fetches lies there while it is read, and what
    /// is kept of it lies there sealed.
    fn data(&self) -> &std::path::Path {
        &self.data
    }

    /// Says something on stderr, unless asked to be quiet.
    fn say(&self, sentence: &str) {
        if !self.quiet {
            eprintln!("{sentence}");
        }
    }
}
