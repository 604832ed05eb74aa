//! What is said of a source when it is added, and how it is kept: no part of it is secret.

use super::{Fault, Secret};
use model::canonical::Carries;
use serde::{Deserialize, Serialize};
use sis::remote::{OneRosterVersion, RemoteKind, RemoteSource, SignIn};
use std::path::PathBuf;
use store::sources::Source;
use zeroize::Zeroizing;

/// What a source is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A OneRoster REST server: the roster.
    OneRoster,
    /// An Ed-Fi ODS/API: the whole of the data.
    EdFi,
    /// A folder, or a zip, into which files are dropped.
    Folder,
    /// Files in a zip that the other side sends.
    Push,
}

impl Kind {
    /// Its name, on the command line and in the store.
    pub fn name(self) -> &'static str {
        match self {
            Self::OneRoster => "oneroster",
            Self::EdFi => "edfi",
            Self::Folder => "folder",
            Self::Push => "push",
        }
    }

    /// Whether files come from it, in whatever form the district writes them.
    pub(crate) fn brings_files(self) -> bool {
        matches!(self, Self::Folder | Self::Push)
    }

    /// Reads [`Self::name`].
    pub fn read(text: &str) -> Option<Self> {
        [Self::OneRoster, Self::EdFi, Self::Folder, Self::Push].into_iter().find(|kind| kind.name() == text)
    }
}

/// What an operator says of a new source.
pub struct Given {
    /// What it is.
    pub kind: Kind,
    /// Which side of the data comes from it; `None` for the side that its kind has.
    pub carries: Option<Carries>,
    /// Where a server is.
    pub url: Option<String>,
    /// Where it gives tokens, if its own documents do not say.
    pub token_url: Option<String>,
    /// Which version of OneRoster it speaks: `1.1` or `1.2`.
    pub version: Option<String>,
    /// How requests to it prove who asks: `oauth2`, `oauth1-sha1` or `oauth1-sha256`; `None` is OAuth 2.
    pub sign_in: Option<String>,
    /// Ed-Fi: the school year in the address of its data, by the year it ends in, where there is one.
    pub school_year: Option<u16>,
    /// Ed-Fi: students are no longer enrolled on their exit date.
    pub exit_day_not_enrolled: bool,
    /// Ed-Fi: calendar events of the district's own on which there is school.
    pub instructional_events: Vec<String>,
    /// It may be at a private address.
    pub allow_private: bool,
    /// The folder or zip.
    pub path: Option<PathBuf>,
    /// The folder is synced whenever files were dropped there.
    pub watched: bool,
    /// How its files are written, where that is not as usual: the name of a profile that comes with the program, else a
    /// file.
    pub profile: Option<PathBuf>,
    /// The credentials, as their file has them.
    pub credentials: Option<Secret>,
}

impl Given {
    fn says_of_edfi(&self) -> bool {
        self.school_year.is_some() || self.exit_day_not_enrolled || !self.instructional_events.is_empty()
    }

    /// What a server speaks.
    fn protocol(&self) -> Result<RemoteKind, Fault> {
        let refuse = |why: &str| Err(Fault::Settings(why.to_owned()));
        if self.kind == Kind::EdFi {
            return Ok(RemoteKind::EdFi {
                school_year: self.school_year,
                exit_day_enrolled: !self.exit_day_not_enrolled,
                instructional_events: self.instructional_events.clone(),
            });
        }
        let version = match self.version.as_deref() {
            Some("1.1") => OneRosterVersion::V1_1,
            None | Some("1.2") => OneRosterVersion::V1_2,
            Some(_) => return refuse("--version of OneRoster is 1.1 or 1.2"),
        };
        let sign_in = match (self.sign_in.as_deref(), version) {
            (None | Some("oauth2"), _) => SignIn::OAuth2,
            (Some("oauth1-sha1"), OneRosterVersion::V1_1) => SignIn::OAuth1Sha1,
            (Some("oauth1-sha256"), OneRosterVersion::V1_1) => SignIn::OAuth1Sha256,
            _ => {
                return refuse(
                    "--sign-in is oauth2, or with --version 1.1 also oauth1-sha1 or oauth1-sha256",
                );
            }
        };
        Ok(RemoteKind::OneRoster { version, sign_in })
    }
}

/// How a source is reached, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Settings {
    OneRoster(RemoteSource),
    EdFi(RemoteSource),
    Folder {
        path: PathBuf,
        /// It is synced whenever files were dropped there.
        #[serde(default)]
        watched: bool,
    },
    Push,
}

impl Settings {
    /// Reads what an operator said: how the source is reached, which side comes from it, its credentials.
    pub(crate) fn of(given: Given) -> Result<(Self, Carries, Option<Secret>), Fault> {
        let refuse = |why: &str| Err(Fault::Settings(why.to_owned()));
        let usual = if given.kind == Kind::OneRoster { Carries::Roster } else { Carries::Whole };
        let carries = given.carries.unwrap_or(usual);
        if given.kind != Kind::EdFi && given.says_of_edfi() {
            return refuse("only edfi has --school-year, --exit-day-not-enrolled and --instructional-event");
        }
        if given.kind != Kind::OneRoster && (given.version.is_some() || given.sign_in.is_some()) {
            return refuse("only oneroster has --version and --sign-in");
        }
        if given.profile.is_some() && !given.kind.brings_files() {
            return refuse("only folder and push have --profile: what a server sends has one form");
        }
        if given.kind.brings_files() {
            if given.url.is_some() || given.token_url.is_some() || given.allow_private {
                return refuse("folder and push have nothing of a server");
            }
            if given.credentials.is_some() {
                return refuse("folder and push take no credentials");
            }
        }
        if given.kind == Kind::Push && given.path.is_none() && !given.watched {
            return Ok((Self::Push, carries, None));
        }
        if given.kind == Kind::Folder {
            let Some(path) = given.path else {
                return refuse("a folder needs --path");
            };
            // A folder that a scheduler reads must not depend on where it was started.
            let path = std::path::absolute(&path)
                .map_err(|e| Fault::Settings(format!("{}: {e}", path.display())))?;
            return Ok((Self::Folder { path, watched: given.watched }, carries, None));
        }
        if given.path.is_some() || given.watched {
            return refuse("only a folder has --path and --watch");
        }
        if carries != usual {
            return match given.kind {
                Kind::EdFi => refuse("Ed-Fi carries the whole of the data"),
                _ => refuse("OneRoster carries the roster and nothing else"),
            };
        }
        let kind = given.protocol()?;
        let Given { url, token_url, allow_private, credentials, .. } = given;
        let Some(base_url) = url else {
            return refuse("a server needs --url");
        };
        for address in [Some(&base_url), token_url.as_ref()].into_iter().flatten() {
            check_address(address, allow_private)?;
        }
        let server = RemoteSource { kind, base_url, token_url, allow_private, page_size: None };
        let settings = match server.kind {
            RemoteKind::OneRoster { .. } => Self::OneRoster(server),
            RemoteKind::EdFi { .. } => Self::EdFi(server),
        };
        let Some(credentials) = credentials else {
            return refuse("a server needs credentials: --secret-file");
        };
        settings.check_credentials(&credentials)?;
        Ok((settings, carries, Some(credentials)))
    }

    /// Reads what the store keeps of a source.
    pub(crate) fn read(source: &Source) -> Result<Self, Fault> {
        serde_json::from_str(&source.settings)
            .map_err(|e| Fault::Settings(format!("the settings of `{}` cannot be read: {e}", source.name)))
    }

    /// As the store keeps it.
    pub(crate) fn text(&self) -> String {
        serde_json::json!(self).to_string()
    }

    pub(crate) fn kind(&self) -> Kind {
        match self {
            Self::OneRoster(_) => Kind::OneRoster,
            Self::EdFi(_) => Kind::EdFi,
            Self::Folder { .. } => Kind::Folder,
            Self::Push => Kind::Push,
        }
    }

    /// Its address or folder, for a list.
    pub(crate) fn place(&self) -> String {
        match self {
            Self::OneRoster(server) | Self::EdFi(server) => server.base_url.clone(),
            Self::Folder { path, .. } => path.display().to_string(),
            Self::Push => "/push".to_owned(),
        }
    }

    /// Refuses credentials that the kind of source does not take.
    pub(crate) fn check_credentials(&self, text: &[u8]) -> Result<(), Fault> {
        match self {
            Self::OneRoster(_) | Self::EdFi(_) => Client::read(text).map(drop),
            Self::Folder { .. } => Err(Fault::Credentials("a folder takes none".to_owned())),
            Self::Push => Err(Fault::Credentials(
                "files are pushed by a token: `everpresent source token` makes a new one".to_owned(),
            )),
        }
    }
}

/// Refuses what is no address of a server. An address is shown and logged, so there is no room in it for a secret.
fn check_address(address: &str, allow_private: bool) -> Result<(), Fault> {
    let refuse = |why: &str| Err(Fault::Settings(why.to_owned()));
    let rest = match (address.strip_prefix("https://"), address.strip_prefix("http://")) {
        (Some(rest), _) => rest,
        (None, Some(rest)) if allow_private => rest,
        _ => return refuse("an address begins with https:// (http:// only with --allow-private)"),
    };
    if rest.contains(['@', '?', '#']) || rest.contains(char::is_whitespace) {
        return refuse(
            "an address has no user, password, query or blank in it; credentials come by --secret-file",
        );
    }
    if rest.split('/').next().is_none_or(str::is_empty) {
        return refuse("an address names a host, such as https://sis.example/api");
    }
    Ok(())
}

/// What a server knows us by. Its `Debug` shows nothing.
pub(crate) struct Client {
    pub(crate) id: Zeroizing<String>,
    pub(crate) secret: Zeroizing<String>,
}

impl Client {
    /// Reads `client_id = "…"` and `client_secret = "…"`.
    pub(crate) fn read(text: &[u8]) -> Result<Self, Fault> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct File {
            client_id: Zeroizing<String>,
            client_secret: Zeroizing<String>,
        }
        // What the parser says may quote the file, so it is not passed on.
        let refuse = || {
            let why =
                "`client_id = \"…\"` and `client_secret = \"…\"` are expected, each on a line of its own";
            Fault::Credentials(why.to_owned())
        };
        let text = std::str::from_utf8(text).map_err(|_| refuse())?;
        let file: File = toml::from_str(text).map_err(|_| refuse())?;
        if file.client_id.is_empty() || file.client_secret.is_empty() {
            return Err(refuse());
        }
        Ok(Self { id: file.client_id, secret: file.client_secret })
    }
}
