//! What can go wrong in a service.

use model::report::Refusal;

/// A service could not do what was asked. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The delivery was refused.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// A source, its credentials or the key that opens them cannot be used.
    #[error(transparent)]
    Source(#[from] crate::sources::Fault),
    /// The store could not be read or written, or refused.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The audit log is broken.
    #[error(transparent)]
    Audit(#[from] ::audit::Error),
    /// No pack has this id.
    #[error("there is no rule pack `{id}`; there are {known}")]
    NoSuchPack {
        /// What was asked for.
        id: String,
        /// What there is.
        known: String,
    },
    /// No profile has this name.
    #[error("there is no profile `{name}`; there are {known}")]
    NoSuchProfile {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// A pack's file makes no sense, or one of its worked examples does not hold.
    #[error(transparent)]
    Pack(#[from] rules::packs::PackError),
    /// A pack has this id already.
    #[error("there is a rule pack `{0}` already; `everpresent packs show {0}` prints it")]
    PackExists(String),
    /// The text is no time zone.
    #[error("`{0}` is not a time zone; a name such as America/Chicago is expected")]
    NoSuchTimeZone(String),
    /// An invitation cannot be made.
    #[error("{0}")]
    Invitation(String),
    /// The demo cannot be made.
    #[error(transparent)]
    Demo(#[from] ::demo::Error),
    /// The demo would replace a district that is not a demo.
    #[error("`{0}` is a real district; the demo replaces only a demo district, so nothing was changed")]
    NotADemo(model::ids::DistrictId),
    /// A file or an address of this machine cannot be used.
    #[error("{place}: {why}")]
    Place {
        /// Which.
        place: String,
        /// What went wrong.
        why: String,
    },
}

impl Error {
    /// Why a delivery was refused, if it was.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            Self::Store(error) => error.refusal(),
            _ => None,
        }
    }

    /// Whether it may pass by itself, so that a job is worth another try: the network, a server that is busy, a database
    /// that does not answer, a full disk. What is refused, and what a person has to put right, does not.
    pub(crate) fn passes(&self) -> bool {
        match self {
            Self::Source(fault) => fault.passes(),
            Self::Store(error) => matches!(
                error,
                store::Error::Full(_)
                    | store::Error::StalePlan
                    | store::Error::File { .. }
                    | store::Error::Unreachable { .. }
                    | store::Error::Database(_)
            ),
            _ => false,
        }
    }

    /// What a page is told: that something broke on our side. What it was goes to the log, with no name in it.
    pub(crate) fn into_failure(self) -> model::page::Failure {
        tracing::error!(error = %self, "a page could not be made");
        model::page::Failure::Broken
    }
}
