//! `everpresent source`: where a district's data comes from.

use super::key::KeyArgs;
use super::{Common, Done};
use clap::{Args, Subcommand};
use comfy_table::{Table, presets};
use model::canonical::Carries;
use model::ids::DistrictId;
use services::Error;
use services::sources::{self, Given, Kind, Secret};
use std::io::Read;
use std::path::{Path, PathBuf};

#[derive(Debug, Subcommand)]
pub(crate) enum Source {
    /// Add a source: a OneRoster or Ed-Fi server, or a folder into which files are dropped.
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
    /// What it is: folder, oneroster or edfi.
    #[arg(long, value_parser = read_kind)]
    kind: Kind,
    /// Which side of the data comes from it: roster (orgs, users, classes), plain (calendar, enrollments, attendance …)
    /// or whole. Default: what its kind has (oneroster: roster; edfi and folder: whole).
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
                    credentials,
                };
                sources::add(&context, &district, &name, given, &add.key.place()).await?;
                common.say(&format!(
                    "added {name}; next: everpresent sync {district} --source {name} --dry-run"
                ));
            }
            Self::List { district } => {
                let mut shown = Table::new();
                shown
                    .load_preset(presets::NOTHING)
                    .set_header(["name", "kind", "carries", "place", "added", "ended", "last run"]);
                for s in sources::list(&context, &district).await? {
                    let carries = s.carries.to_owned();
                    shown.add_row([s.name, s.kind, carries, s.place, s.added, s.ended, s.last_run]);
                }
                println!("{shown}");
            }
            Self::Credentials { district, name, secret, key } => {
                let text = read_secret(&secret.secret_file)?;
                sources::credentials(&context, &district, &name, &text, &key.place(), common.data()).await?;
                common.say(&format!("{name} has new credentials"));
            }
            Self::End { district, name } => {
                sources::end(&context, &district, &name, common.data()).await?;
                common.say(&format!("ended {name}: its credentials are wiped; the district's data stays"));
            }
        }
        Ok(Done::Clean)
    }
}
