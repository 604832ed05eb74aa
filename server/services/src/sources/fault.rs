//! What can go wrong with a source, its credentials and the key that opens them.

use super::schedule::NotASchedule;
use chrono::{DateTime, Utc};
use model::ids::DistrictId;

/// A source cannot be used, added or ended. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// No master key was given.
    #[error(
        "credentials are sealed with a master key, and none was given. Make one once with `everpresent key new FILE`, keep it apart from the data and its backups, and set EVERPRESENT_KEY_FILE=FILE"
    )]
    NoKey,
    /// Something else stands where the key should be.
    #[error(
        "{place}: this is no key: 64 hexadecimal digits are expected, as `everpresent key new` writes them"
    )]
    NotAKey {
        /// The file or the variable.
        place: String,
    },
    /// The key's file cannot be read or written.
    #[error("{place}: {why}. A key's file is read from EVERPRESENT_KEY_FILE, and never overwritten")]
    KeyFile {
        /// The file.
        place: String,
        /// What the system says.
        why: String,
    },
    /// Everybody on the machine may read the key's file.
    #[error("{place}: everybody on this machine may read or change the key. Run `chmod 600` on it")]
    OpenKey {
        /// The file.
        place: String,
    },
    /// The credentials were sealed under another key.
    #[error(
        "the credentials were sealed with the key {sealed_by}, and the key given is {given}. Set EVERPRESENT_KEY_FILE to the other key; if it is lost, give the credentials anew with `everpresent source credentials`"
    )]
    OtherKey {
        /// The id of the key that opens them.
        sealed_by: String,
        /// The id of the key given.
        given: String,
    },
    /// The seal does not fit its place.
    #[error(
        "the credentials do not open: they were changed, or come from another source or district. Give them anew with `everpresent source credentials`"
    )]
    NotSealedHere,
    /// More than a seal takes.
    #[error("the credentials are too long to be sealed")]
    TooLong,
    /// There is no such source.
    #[error("{district} has no source `{name}`; `everpresent source list {district}` names those there are")]
    NoSource {
        /// The district.
        district: DistrictId,
        /// What was asked for.
        name: String,
    },
    /// The source was ended.
    #[error("the source `{name}` was ended {}; nothing is read from it any more. Add it anew if this was a mistake", at.format("%Y-%m-%d %H:%M UTC"))]
    Ended {
        /// The source.
        name: String,
        /// When.
        at: DateTime<Utc>,
    },
    /// It ended while its data was on the way.
    #[error("the source `{0}` was ended while its data was being read. Nothing was changed")]
    EndedMeanwhile(String),
    /// There is a source of that name.
    #[error("there is a source `{0}` already; choose another name, or end that one first")]
    NameTaken(String),
    /// The text is no name.
    #[error("`{0}` is no name for a source: 1 to 40 of a-z, 0-9 and - are expected")]
    BadName(String),
    /// Another source carries the roster.
    #[error(
        "the roster comes from the source `{by}` already, and each roster is the whole of it: two would remove each other's people. End that one first, or add this one with --carries plain"
    )]
    RosterTaken {
        /// The other source.
        by: String,
    },
    /// What was said of the source does not fit together.
    #[error("{0}")]
    Settings(String),
    /// Credentials are not what the kind of source takes.
    #[error("the credentials cannot be used: {0}")]
    Credentials(String),
    /// The source has no credentials.
    #[error(
        "the store has no credentials of the source `{0}`: a restored backup leaves them out. Give them with `everpresent source credentials`"
    )]
    NoCredentials(String),
    /// What was fetched cannot be kept for reading.
    #[error(
        "{place}: {why}. Nothing was changed. Check that the folder of the data may be written, and has room"
    )]
    Staging {
        /// The folder.
        place: String,
        /// What the system says.
        why: String,
    },
    /// What is kept of the last fetch cannot be removed.
    #[error("{place}: {why}. What was kept there of the last fetch could not be removed; remove it")]
    Kept {
        /// The file or folder.
        place: String,
        /// What the system says.
        why: String,
    },
    /// What is pushed cannot be kept.
    #[error(
        "{place}: {why}. What was sent was not kept. Check that the folder of the data may be written, and has room"
    )]
    NotKept {
        /// The file or folder.
        place: String,
        /// What the system says.
        why: String,
    },
    /// Changes are to be laid over what is not there.
    #[error(
        "what came from `{0}` holds only what changed (`delta`), and changes that came before it, or may have, never reached the store. Nothing was changed. Send whole files (`bulk`) once; after that `delta` will do. Or put back the files that failed, and run the source again"
    )]
    ChangesMissed(String),
    /// Nothing was pushed.
    #[error(
        "nothing waits that was pushed to `{0}`: what is sent to /push is synced by itself, and goes once it was applied"
    )]
    NothingPushed(String),
    /// The source takes no pushed files.
    #[error("the source `{0}` is of another kind: only one of kind push has a token")]
    NotPushed(String),
    /// The text is no schedule.
    #[error(transparent)]
    Schedule(#[from] NotASchedule),
    /// Nothing of the source waits for a person.
    #[error("no run of `{0}` waits for a person; `everpresent source list` shows how each ended")]
    NothingWaits(String),
    /// What was approved is not what would go.
    #[error(
        "what would go is not what was shown any more: it is {digest} now. Nothing was approved. Look at it with `everpresent source approve`"
    )]
    NotWhatWasShown {
        /// What would go.
        digest: String,
    },
    /// Too many rows would go to tell them from others.
    #[error(
        "too many rows would go for exactly these to be approved. Look at the export; if it is right, run `everpresent sync --source {0} --allow-removals`"
    )]
    TooManyToApprove(String),
    /// An approval says why.
    #[error("an approval needs a reason of 1 to 500 characters, which is kept with it")]
    NoReason,
    /// The other side did not give its data.
    #[error("{name}: {why}. Nothing was changed")]
    Fetch {
        /// The source.
        name: String,
        /// Whether it may pass by itself.
        passes: bool,
        /// A code for the audit log.
        code: &'static str,
        /// What happened, and what to do.
        why: String,
    },
}

impl Fault {
    /// The cause as a stable code, for the audit log and the source's runs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoKey => "no_key",
            Self::NotAKey { .. } => "not_a_key",
            Self::KeyFile { .. } => "key_file",
            Self::OpenKey { .. } => "open_key",
            Self::OtherKey { .. } => "other_key",
            Self::NotSealedHere => "not_sealed_here",
            Self::TooLong => "credentials_too_long",
            Self::NoSource { .. } => "no_source",
            Self::Ended { .. } | Self::EndedMeanwhile(_) => "source_ended",
            Self::NameTaken(_) => "name_taken",
            Self::BadName(_) => "bad_name",
            Self::RosterTaken { .. } => "roster_taken",
            Self::Settings(_) => "settings",
            Self::Credentials(_) => "credentials",
            Self::NoCredentials(_) => "no_credentials",
            Self::Staging { .. } => "staging",
            Self::Kept { .. } => "kept",
            Self::NotKept { .. } => "not_kept",
            Self::ChangesMissed(_) => "changes_missed",
            Self::NothingPushed(_) => "nothing_pushed",
            Self::NotPushed(_) => "not_pushed",
            Self::Schedule(_) => "not_a_schedule",
            Self::NothingWaits(_) => "nothing_waits",
            Self::NotWhatWasShown { .. } => "not_what_was_shown",
            Self::TooManyToApprove(_) => "too_many_to_approve",
            Self::NoReason => "no_reason",
            Self::Fetch { code, .. } => code,
        }
    }

    /// Whether it may pass by itself, so that a job is worth another try.
    pub(crate) fn passes(&self) -> bool {
        matches!(self, Self::Fetch { passes: true, .. } | Self::Staging { .. })
    }
}
