//! `everpresent sync`: a district's export, applied whole or not at all.

use super::key::KeyArgs;
use super::{Common, Done, Format, progress, signals};
use clap::Args;
use comfy_table::{CellAlignment, Table, presets};
use model::ids::DistrictId;
use model::report::TableCount;
use services::{Error, sources, sync};
use std::path::PathBuf;
use std::sync::Arc;

/// Reads a district's export, or one of its sources, and applies it: all or nothing.
#[derive(Debug, Args)]
pub(crate) struct Sync {
    /// The district.
    district: DistrictId,
    /// The folder or zip with the export.
    #[arg(long, value_name = "PATH", required_unless_present = "source", conflicts_with = "source")]
    from: Option<PathBuf>,
    /// The source to fetch from, by the name that `source list` shows.
    #[arg(long, value_name = "NAME")]
    source: Option<String>,
    #[command(flatten)]
    key: KeyArgs,
    /// How this district writes its files (delimiter, dates, codes): a TOML file, or the name of a profile that `profiles
    /// list` shows.
    #[arg(long, value_name = "FILE")]
    profile: Option<PathBuf>,
    /// Show what would change, and change nothing.
    #[arg(long)]
    dry_run: bool,
    /// Let more than a tenth of a table's rows go. A file without rows is refused all the same.
    #[arg(long)]
    allow_removals: bool,
    /// How to print the result.
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
}

impl Sync {
    pub(crate) async fn run(self, common: &Common) -> Result<Done, Error> {
        let context = common.context().await?;
        let Self { district, profile, dry_run, allow_removals, .. } = self;
        let shown = progress::Shown::new(common);
        let report = match (self.from, self.source) {
            (Some(from), _) => {
                let order = sync::Order { from, profile, dry_run, allow_removals };
                sync::run(&context, &district, &order, &shown).await?
            }
            (None, source) => {
                let order = sources::Order { profile, dry_run, allow_removals };
                let means = sources::Means {
                    keys: self.key.place(),
                    data: common.data().to_owned(),
                    fetcher: Arc::new(sources::Servers::new(&context)),
                    post: None,
                };
                let name = source.unwrap_or_default();
                sources::sync(&context, &means, &district, &name, &order, &shown).await?
            }
        };
        drop(shown);
        for note in &report.notes {
            common.say(note);
        }
        signals::list_set_aside(&report.set_aside);
        list_unmapped(&report.unmapped());
        match self.format {
            Format::Json => println!("{}", report.json()),
            Format::Csv => print_csv(&report.tables),
            Format::Table => {
                println!("{}", table(&report.tables));
                println!("{}", report.sentence());
            }
        }
        Ok(if report.set_aside.is_empty() { Done::Clean } else { Done::WithRowsSetAside })
    }
}

/// Lists on stderr the categories that nobody has mapped.
fn list_unmapped(categories: &[(&str, u64)]) {
    if !categories.is_empty() {
        eprintln!("rows with a category that no one has mapped; [code_map] of a profile says what it means:");
    }
    for (category, rows) in categories {
        eprintln!("  {rows} × `{category}`");
    }
}

fn print_csv(tables: &[TableCount]) {
    println!("table,file,read,added,changed,unchanged,removed,set_aside");
    for t in tables {
        println!(
            "{},{},{},{},{},{},{},{}",
            t.table, t.file, t.read, t.added, t.changed, t.unchanged, t.removed, t.set_aside
        );
    }
}

/// The reconciliation, as a person reads it.
pub(crate) fn table(tables: &[TableCount]) -> Table {
    let mut shown = Table::new();
    shown.load_preset(presets::NOTHING).set_header([
        "table",
        "file",
        "read",
        "added",
        "changed",
        "unchanged",
        "set aside",
        "removed",
    ]);
    let total = sync::total(tables);
    for t in tables.iter().chain([&total]) {
        let counts = [t.read, t.added, t.changed, t.unchanged, t.set_aside, t.removed];
        shown.add_row([t.table.clone(), t.file.clone()].into_iter().chain(counts.map(|n| n.to_string())));
    }
    for column in 2..8 {
        if let Some(column) = shown.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    shown
}
