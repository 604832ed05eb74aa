//! `everpresent source`: where a district's data comes from.

use super::key::KeyArgs;
use super::{Common, Done};
use clap::{Args, Subcommand};
use comfy_table::{Table, presets};
use model::canonical::Carries;
use model::ids::DistrictId;
use model::report::Braked;
use services::sources::{self, Given, Kind, Secret};
use services::{Context, Error};
use std::io::Read;
use std::path::{Path, PathBuf};

#[derive(Debug, Subcommand)]
pub(crate) enum Source {
    /// Add a source: a OneRoster or Ed-Fi server, a folder into which files are dropped, or files that are pushed to us.
    Add(Add),
    /// List a district's sources, with how the last run of each ended. Credentials are never shown.
    List {
        /// The district.
        district: DistrictId,
    },
    /// Give a source other credentials.
    Credentials {
        /// The district.
        district: DistrictId,
        /// The source.
        name: String,
        #[command(flatten)]
        secret: SecretFile,
        #[command(flatten)]
        key: KeyArgs,
    },
    /// Say how a source writes its files: by a profile that comes with the program (`everpresent profiles list`) or one of
    /// the district's own. It is kept with the source. Without one, the profile that it has is printed.
    Profile {
        /// The district.
        district: DistrictId,
        /// The source.
        name: String,
        /// The profile's name or file.
        profile: Option<PathBuf>,
        /// It writes its files as usual: as OneRoster and we do.
        #[arg(long, conflicts_with = "profile")]
        none: bool,
    },
    /// Make a token by which files are pushed to a source of kind push; the one it had no longer holds. It is shown once.
    Token {
        /// The district.
        district: DistrictId,
        /// The source.
        name: String,
    },
    /// Say when a source is synced by itself: five cron fields (minute, hour, day of the month, month, day of the week) on
    /// the district's clock, such as "15 4 * * 1-5". `serve` does it, up to ten minutes later, each source at its own
    /// moment.
    Schedule {
        /// The district.
        district: DistrictId,
        /// The source.
        name: String,
        /// The schedule.
        #[arg(required_unless_present = "none")]
        fields: Option<String>,
        /// Take the schedule away.
        #[arg(long, conflicts_with = "fields")]
        none: bool,
    },
    /// Pass over a source's schedule until it is resumed. A run that waits for another try is not begun any more.
    Pause {
        /// The district.
        district: DistrictId,
        /// The source.
        name: String,
    },
    /// Let a source's schedule hold again.
    Resume {
        /// The district.
        district: DistrictId,
        /// The source.
        name: String,
    },
    /// Queue a run of a source: `serve` does it at once. (`everpresent sync --source` does it here.)
    Run {
        /// The district.
        district: DistrictId,
        /// The source.
        name: String,
    },
    /// Show what a run that stopped would have taken away, and approve exactly that.
    ///
    /// Without --removals it is shown. With it, the next run may take away these rows or fewer; if others would go, it
    /// stops again. A file without rows is refused all the same.
    Approve {
        /// The district.
        district: DistrictId,
        /// The source.
        name: String,
        /// What is approved, by the digest that is shown with it.
        #[arg(long, value_name = "DIGEST", requires = "reason")]
        removals: Option<String>,
        /// Why it is right. Kept with the run.
        #[arg(long, value_name = "TEXT", requires = "removals")]
        reason: Option<String>,
    },
    /// End a source: its credentials and what is kept of its last fetch are wiped, later syncs from it are refused. The
    /// district's data stays.
    End {
        /// The district.
        district: DistrictId,
        /// The source.
        name: String,
    },
}

/// Adds a source.
#[derive(Debug, Args)]
pub(crate) struct Add {
    /// The district.
    district: DistrictId,
    /// A name for it: 1 to 40 of a-z, 0-9 and -.
    name: String,
    /// What it is: folder, push, oneroster or edfi.
    #[arg(long, value_parser = read_kind)]
    kind: Kind,
    /// Which side of the data comes from it: roster (orgs, users, classes), plain (calendar, enrollments, attendance …)
    /// or whole. Default: what its kind has (oneroster: roster; the others: whole).
    #[arg(long, value_parser = read_carries)]
    carries: Option<Carries>,
    /// The server's address; of Ed-Fi that of its discovery document, with the tenant or year that may be in it.
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// Where the server gives tokens, if it does not say so itself.
    #[arg(long, value_name = "URL")]
    token_url: Option<String>,
    /// The version of OneRoster: 1.1 or 1.2.
    #[arg(long)]
    version: Option<String>,
    /// How requests prove who asks: oauth2, or with OneRoster 1.1 also oauth1-sha1 and oauth1-sha256.
    #[arg(long)]
    sign_in: Option<String>,
    /// Ed-Fi: the school year in the address of the data, by the year it ends in, where the server keeps one address a
    /// year.
    #[arg(long, value_name = "YEAR")]
    school_year: Option<u16>,
    /// Ed-Fi: a student is no longer enrolled on the exit date. Without this the exit date is the last day enrolled.
    #[arg(long)]
    exit_day_not_enrolled: bool,
    /// Ed-Fi: a calendar event of the district's own on which there is school, by its code value. May be given more than
    /// once.
    #[arg(long = "instructional-event", value_name = "EVENT")]
    instructional_events: Vec<String>,
    /// The server may be at a private address, such as 10.0.0.5 or localhost.
    #[arg(long)]
    allow_private: bool,
    /// The folder or zip of a source of kind folder.
    #[arg(long, value_name = "PATH")]
    path: Option<PathBuf>,
    /// Let `serve` sync the folder whenever files were dropped there and nothing has been written for two minutes.
    #[arg(long)]
    watch: bool,
    /// How the files of a folder, or those that are pushed, are written: the name of a profile that `profiles list` shows,
    /// or a TOML file. It is kept with the source.
    #[arg(long, value_name = "FILE")]
    profile: Option<PathBuf>,
    #[command(flatten)]
    secret: SecretFileOrNone,
    #[command(flatten)]
    key: KeyArgs,
}

/// Credentials, from a file.
#[derive(Debug, Args)]
pub(crate) struct SecretFile {
    /// File with the credentials (TOML: client_id and client_secret), or - for stdin.
    #[arg(long, value_name = "FILE")]
    secret_file: PathBuf,
}

/// Credentials, where there are any.
#[derive(Debug, Args)]
pub(crate) struct SecretFileOrNone {
    /// File with the credentials (TOML: client_id and client_secret), or - for stdin. They are sealed with the master
    /// key and never shown again.
    #[arg(long, value_name = "FILE")]
    secret_file: Option<PathBuf>,
}

fn read_kind(text: &str) -> Result<Kind, String> {
    Kind::read(text).ok_or_else(|| "folder, oneroster or edfi is expected".to_owned())
}

fn read_carries(text: &str) -> Result<Carries, String> {
    Carries::read(text).ok_or_else(|| "roster, plain or whole is expected".to_owned())
}

/// Credentials are no longer than this.
const LONGEST: usize = 64 * 1024;

/// Reads credentials. There is room for them from the beginning, so that no copy is left where they moved away.
fn read_secret(file: &Path) -> Result<Secret, Error> {
    let fault = |why: String| Error::Place { place: file.display().to_string(), why };
    let mut text = Secret::new(Vec::with_capacity(LONGEST + 1));
    let read = if file == Path::new("-") {
        std::io::stdin().lock().take(LONGEST as u64 + 1).read_to_end(&mut text)
    } else {
        std::fs::File::open(file).and_then(|f| f.take(LONGEST as u64 + 1).read_to_end(&mut text))
    };
    match read.map_err(|e| fault(e.to_string()))? {
        length if length > LONGEST => Err(fault("this is too long for credentials".to_owned())),
        _ => Ok(text),
    }
}

/// What would go, and how it is approved.
fn show(district: &DistrictId, name: &str, of: &Braked) {
    let mut shown = Table::new();
    shown.load_preset(presets::NOTHING).set_header(["table", "school", "rows", "such as"]);
    for going in &of.going {
        let examples = going.examples.join("; ");
        shown.add_row([going.table.clone(), going.school.clone(), going.rows.to_string(), examples]);
    }
    println!("{shown}");
    for cause in &of.causes {
        println!("{cause}");
    }
    if of.approvable {
        let digest = &of.digest;
        println!(
            "To let exactly these go: everpresent source approve {district} {name} --removals {digest} --reason TEXT"
        );
    } else {
        println!(
            "These are too many to approve. If the export is right: everpresent sync {district} --source {name} --allow-removals"
        );
    }
}

/// Makes a token and prints it.
async fn show_token(
    context: &Context,
    common: &Common,
    district: &DistrictId,
    name: &str,
) -> Result<(), Error> {
    let token = sources::push::token(context, district, name).await?;
    println!("{}", token.reveal());
    common.say(
        "POST the zip to /push of this site, with the header `Authorization: Bearer TOKEN`. The token is shown once",
    );
    Ok(())
}

impl Source {
    pub(crate) async fn run(self, common: &Common) -> Result<Done, Error> {
        let context = common.context().await?;
        match self {
            Self::Add(add) => {
                let Add {
                    district,
                    name,
                    kind,
                    carries,
                    url,
                    token_url,
                    version,
                    sign_in,
                    school_year,
                    exit_day_not_enrolled,
                    instructional_events,
                    allow_private,
                    path,
                    watch,
                    profile,
                    ..
                } = add;
                let credentials = add.secret.secret_file.as_deref().map(read_secret).transpose()?;
                let given = Given {
                    kind,
                    carries,
                    url,
                    token_url,
                    version,
                    sign_in,
                    school_year,
                    exit_day_not_enrolled,
                    instructional_events,
                    allow_private,
                    path,
                    watched: watch,
                    profile,
                    credentials,
                };
                sources::add(&context, &district, &name, given, &add.key.place()).await?;
                if kind == Kind::Push {
                    common.say(&format!("added {name}"));
                    show_token(&context, common, &district, &name).await?;
                } else {
                    common.say(&format!(
                        "added {name}; next: everpresent sync {district} --source {name} --dry-run"
                    ));
                }
            }
            Self::Profile { district, name, profile: None, none: false } => {
                match sources::profile_text(&context, &district, &name).await? {
                    Some(text) => print!("{text}"),
                    None => common.say(&format!("{name} writes its files as usual: as OneRoster and we do")),
                }
            }
            Self::Profile { district, name, profile, .. } => {
                sources::profile(&context, &district, &name, profile.as_deref()).await?;
                common.say(&match profile {
                    Some(_) => format!(
                        "{name} has a profile; next: everpresent sync {district} --source {name} --dry-run"
                    ),
                    None => format!("{name} writes its files as usual from now on"),
                });
            }
            Self::Token { district, name } => show_token(&context, common, &district, &name).await?,
            Self::List { district } => {
                let mut shown = Table::new();
                shown.load_preset(presets::NOTHING).set_header([
                    "name", "kind", "carries", "place", "profile", "added", "ended", "schedule", "next run",
                    "last run",
                ]);
                for s in sources::list(&context, &district).await? {
                    let carries = s.carries.to_owned();
                    let when = [s.schedule, s.next_run, s.last_run];
                    let what = [s.name, s.kind, carries, s.place, s.profile, s.added, s.ended];
                    shown.add_row(what.into_iter().chain(when));
                }
                println!("{shown}");
            }
            Self::Credentials { district, name, secret, key } => {
                let text = read_secret(&secret.secret_file)?;
                sources::credentials(&context, &district, &name, &text, &key.place(), common.data()).await?;
                common.say(&format!("{name} has new credentials"));
            }
            Self::Schedule { district, name, fields, .. } => {
                sources::schedule(&context, &district, &name, fields.as_deref(), None).await?;
                common.say(&match fields {
                    Some(_) => format!("{name} has a schedule; `serve` keeps to it"),
                    None => format!("{name} has no schedule any more"),
                });
            }
            Self::Pause { district, name } => {
                sources::pause(&context, &district, &name, None).await?;
                common.say(&format!("{name} is paused; next: everpresent source resume {district} {name}"));
            }
            Self::Resume { district, name } => {
                sources::resume(&context, &district, &name, None).await?;
                common.say(&format!("{name} is resumed"));
            }
            Self::Run { district, name } => {
                sources::run_now(&context, &district, &name, None).await?;
                common.say(&format!("a run of {name} is queued; `serve` does it"));
            }
            Self::Approve { district, name, removals, reason } => match (removals, reason) {
                (Some(digest), Some(reason)) => {
                    sources::approve(&context, &district, &name, &digest, &reason, None).await?;
                    common.say(&format!("approved; a run of {name} is queued"));
                }
                _ => show(&district, &name, &sources::waiting(&context, &district, &name).await?),
            },
            Self::End { district, name } => {
                sources::end(&context, &district, &name, common.data(), None).await?;
                common.say(&format!("ended {name}: its credentials are wiped; the district's data stays"));
            }
        }
        Ok(Done::Clean)
    }
}
