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
    /// A folder, or a zip, into which files are dropped.
    Folder,
}

impl Kind {
    /// Its name, on the command line and in the store.
    pub fn name(self) -> &'static str {
        match self {
            Self::OneRoster => "oneroster",
            Self::Folder => "folder",
        }
    }

    /// Reads [`Self::name`].
    pub fn read(text: &str) -> Option<Self> {
        [Self::OneRoster, Self::Folder].into_iter().find(|kind| kind.name() == text)
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
    /// It may be at a private address.
    pub allow_private: bool,
    /// The folder or zip.
    pub path: Option<PathBuf>,
    /// The credentials, as their file has them.
    pub credentials: Option<Secret>,
}

/// How a source is reached, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Settings {
    OneRoster(RemoteSource),
    Folder { path: PathBuf },
}

impl Settings {
    /// Reads what an operator said: how the source is reached, which side comes from it, its credentials.
    pub(crate) fn of(given: Given) -> Result<(Self, Carries, Option<Secret>), Fault> {
        let refuse = |why: &str| Err(Fault::Settings(why.to_owned()));
        let Given { kind, carries, url, token_url, version, sign_in, allow_private, path, credentials } =
            given;
        let usual = if kind == Kind::OneRoster { Carries::Roster } else { Carries::Whole };
        let carries = carries.unwrap_or(usual);
        if kind == Kind::Folder {
            if url.is_some() || token_url.is_some() || version.is_some() || sign_in.is_some() || allow_private
            {
                return refuse("a folder has a --path, and nothing of a server");
            }
            if credentials.is_some() {
                return refuse("a folder takes no credentials");
            }
            let Some(path) = path else {
                return refuse("a folder needs --path");
            };
            // A folder that a scheduler reads must not depend on where it was started.
            let path = std::path::absolute(&path)
                .map_err(|e| Fault::Settings(format!("{}: {e}", path.display())))?;
            return Ok((Self::Folder { path }, carries, None));
        }
        if path.is_some() {
            return refuse("only a folder has a --path; a server has a --url");
        }
        let Some(url) = url else {
            return refuse("a server needs --url");
        };
        if carries != Carries::Roster {
            return refuse("OneRoster carries the roster and nothing else");
        }
        let version = match version.as_deref() {
            Some("1.1") => OneRosterVersion::V1_1,
            None | Some("1.2") => OneRosterVersion::V1_2,
            Some(_) => return refuse("--version of OneRoster is 1.1 or 1.2"),
        };
        let sign_in = match (sign_in.as_deref(), version) {
            (None | Some("oauth2"), _) => SignIn::OAuth2,
            (Some("oauth1-sha1"), OneRosterVersion::V1_1) => SignIn::OAuth1Sha1,
            (Some("oauth1-sha256"), OneRosterVersion::V1_1) => SignIn::OAuth1Sha256,
            _ => {
                return refuse(
                    "--sign-in is oauth2, or with --version 1.1 also oauth1-sha1 or oauth1-sha256",
                );
            }
        };
        for address in [Some(&url), token_url.as_ref()].into_iter().flatten() {
            check_address(address, allow_private)?;
        }
        let kind = RemoteKind::OneRoster { version, sign_in };
        let settings =
            Self::OneRoster(RemoteSource { kind, base_url: url, token_url, allow_private, page_size: None });
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
            Self::Folder { .. } => Kind::Folder,
        }
    }

    /// Its address or folder, for a list.
    pub(crate) fn place(&self) -> String {
        match self {
            Self::OneRoster(server) => server.base_url.clone(),
            Self::Folder { path } => path.display().to_string(),
        }
    }

    /// Refuses credentials that the kind of source does not take.
    pub(crate) fn check_credentials(&self, text: &[u8]) -> Result<(), Fault> {
        match self {
            Self::OneRoster(_) => Client::read(text).map(drop),
            Self::Folder { .. } => Err(Fault::Credentials("a folder takes none".to_owned())),
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
