//! Typed events, chained by SHA-256, written in the caller's transaction: what happened and its record happen together
//! or not at all.
//!
//! Events hold ids and counts, never names or free text. The chain shows that nothing was changed, taken out or put in
//! between; against somebody who owns the whole file it proves something only with its head kept elsewhere.

use chrono::{DateTime, SubsecRound, Utc};
use model::alert::AlertKind;
use model::ids::{PersonId, RunId, SchoolId, SourceId, SourceRunId, StudentId};
use model::role::Role;
use model::time::Date;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use store::audit::AuditRow;
use store::{District, WriteTx};

/// The hash before the first row.
const GENESIS: [u8; 32] = [0; 32];

/// What can go wrong with the audit chain.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The store could not be read or written.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// An event could not be written as text.
    #[error("an audit event cannot be written: {0}")]
    Unwritable(#[from] serde_json::Error),
    /// The chain is broken.
    #[error(
        "audit row {number}: {what}. The rows up to {intact} are intact. Compare with a backup and find out who changed the store"
    )]
    Broken {
        /// The first row at fault.
        number: i64,
        /// What is wrong with it.
        what: &'static str,
        /// The last row before it.
        intact: i64,
    },
}

/// Something worth knowing later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Event {
    /// A district was added.
    DistrictAdded,
    /// A demo district was made anew.
    DemoReplaced,
    /// A district administrator who is in no roster was made by the command.
    AdministratorMade {
        /// Who.
        person: PersonId,
    },
    /// An invitation was made.
    InvitationMade {
        /// For whom.
        person: PersonId,
        /// As what.
        role: Role,
    },
    /// An invitation opened a session.
    InvitationUsed {
        /// As what.
        role: Role,
    },
    /// What the command had given a person was ended, with their sessions.
    InvitationRevoked {
        /// Whose.
        person: PersonId,
        /// Grants ended.
        grants: u64,
        /// Unused links ended.
        links: u64,
        /// Sessions ended.
        sessions: u64,
    },
    /// Somebody signed in.
    SignedIn,
    /// Somebody signed out.
    SignedOut,
    /// A sync was applied.
    SyncApplied {
        /// The run.
        run: RunId,
        /// Rows added, over all tables.
        added: u64,
        /// Rows changed.
        changed: u64,
        /// Rows removed.
        removed: u64,
        /// Rows set aside.
        set_aside: u64,
        /// Whether removals beyond the brake were allowed.
        allow_removals: bool,
        /// Where it came from; none for files handed over.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        source: Option<SourceId>,
    },
    /// A sync was refused.
    SyncRefused {
        /// Why, as a code: `missing_file`, `missing_column`, `missing_guard`, `bad_header`, `unreadable`,
        /// `would_remove_all`, `too_many_removals`, `file_shrunk`, `calendar_gone`, or what was wrong with the source.
        why: String,
        /// Where it was to come from; none for files handed over.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        source: Option<SourceId>,
    },
    /// A source was added.
    SourceAdded {
        /// Which.
        source: SourceId,
        /// What it is: `oneroster`, `edfi`, `folder`, `push`.
        of: String,
        /// Which side of the data comes from it: `whole`, `roster`, `plain`.
        carries: String,
    },
    /// A source's credentials were given anew.
    SourceCredentialsKept {
        /// Which.
        source: SourceId,
    },
    /// A source was given a profile of how it writes its files, or has none any more.
    SourceProfileKept {
        /// Which.
        source: SourceId,
        /// The profile's name.
        profile: Option<String>,
    },
    /// A source was ended, and its credentials were wiped.
    SourceEnded {
        /// Which.
        source: SourceId,
    },
    /// A source was given a schedule, or has none any more.
    SourceScheduled {
        /// Which.
        source: SourceId,
        /// Five cron fields on the district's clock.
        schedule: Option<String>,
    },
    /// A source was paused.
    SourcePaused {
        /// Which.
        source: SourceId,
    },
    /// A source was resumed.
    SourceResumed {
        /// Which.
        source: SourceId,
    },
    /// A run of a source was asked for.
    SourceQueued {
        /// Which.
        source: SourceId,
    },
    /// A source was given a token by which files are pushed to it, in place of the one it had.
    SourceTokenMade {
        /// Which.
        source: SourceId,
    },
    /// Files were pushed to a source, and a run was queued.
    SourcePushed {
        /// Which.
        source: SourceId,
        /// How large they were.
        bytes: u64,
    },
    /// What a run of a source would have taken away may go. The reason is kept with the run.
    RemovalsApproved {
        /// Of which source.
        source: SourceId,
        /// The run that stopped.
        run: SourceRunId,
        /// How many rows.
        removed: u64,
        /// A digest of exactly these.
        digest: String,
    },
    /// Somebody read what a run of a source would have taken away.
    RemovalsViewed {
        /// Of which source.
        source: SourceId,
        /// The run that stopped.
        run: SourceRunId,
    },
    /// Those who lead the district were told by mail of what is wrong with a source.
    AlertMailed {
        /// Which source.
        source: SourceId,
        /// What is wrong with it: `late`, `failed`, `stopped`.
        alert: AlertKind,
        /// How many people have the mail.
        recipients: u64,
    },
    /// The credentials of sources were put under another master key.
    KeyRotated {
        /// The id of the key that opens them now.
        key: String,
        /// How many there are.
        secrets: u64,
    },
    /// An edition of a pack of the district's own was kept: a policy was made or changed.
    PackKept {
        /// The pack's id.
        pack: String,
        /// The edition.
        edition: i64,
    },
    /// The rules were evaluated anew for another day.
    Evaluated {
        /// The day.
        as_of: chrono::NaiveDate,
    },
    /// A backup was made.
    BackupMade,
    /// A backup took the place of the district's data.
    Restored {
        /// When the backup was made.
        made_at: DateTime<Utc>,
    },
    /// A member of staff opened a student's record.
    StudentOpened {
        /// The student.
        student: StudentId,
    },
    /// A family opened a child's record, or an adult student their own.
    FamilyOpened {
        /// The student.
        student: StudentId,
    },
    /// Somebody read the rows that were set aside.
    SetAsideViewed,
    /// Somebody read the rows of a school day beside the marks that are held of it.
    DayReconciled {
        /// The school.
        school: SchoolId,
        /// The day.
        day: Date,
    },
    /// Somebody took a table along as a file.
    Exported {
        /// Which, as a code: `worklist`, `students`, `student_days` and so on.
        table: String,
        /// How many rows it had.
        rows: u64,
        /// Whose, for a table of one student.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        student: Option<StudentId>,
    },
}

/// Appends an event to the chain, in the caller's transaction. `actor` is `None` for the system.
///
/// # Errors
/// Where the store cannot be written.
pub async fn append(
    tx: &mut WriteTx,
    actor: Option<PersonId>,
    at: DateTime<Utc>,
    event: &Event,
) -> Result<(), Error> {
    let last = tx.last_audit_row().await?;
    let (number, previous) = last.map_or((1, GENESIS.to_vec()), |row| (row.number + 1, row.hash));
    // The store keeps microseconds; the hash must be that of what is kept.
    let at = at.trunc_subsecs(6);
    let value = serde_json::to_value(event)?;
    let kind = value.get("kind").and_then(|k| k.as_str()).unwrap_or_default().to_owned();
    let mut row = AuditRow {
        number,
        at,
        actor,
        kind,
        // Kept as the text that is hashed, so no later way of writing JSON can break the chain.
        event: value.to_string(),
        previous,
        hash: Vec::new(),
    };
    row.hash = hash(&row);
    tx.append_audit_row(&row).await?;
    Ok(())
}

/// Reads the chain from its beginning; how many rows it has and its head, which is worth keeping elsewhere.
///
/// # Errors
/// [`Error::Broken`] at the first row that does not follow from the one before.
pub async fn verify(district: &District) -> Result<Verified, Error> {
    let mut verified = Verified { rows: 0, head: GENESIS.to_vec() };
    loop {
        let rows = district.audit_rows_after(verified.rows).await?;
        if rows.is_empty() {
            return Ok(verified);
        }
        for row in rows {
            let broken = |what| Error::Broken { number: row.number, what, intact: verified.rows };
            if row.number != verified.rows + 1 {
                return Err(broken("rows before it are missing"));
            }
            if row.previous != verified.head {
                return Err(broken("it does not follow from the row before it"));
            }
            if row.hash != hash(&row) {
                return Err(broken("its content is not what was written"));
            }
            verified = Verified { rows: row.number, head: row.hash };
        }
    }
}

/// A chain that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Its rows.
    pub rows: i64,
    /// The hash of the last one.
    pub head: Vec<u8>,
}

impl Verified {
    /// The head in hexadecimal.
    pub fn head_text(&self) -> String {
        self.head.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// The hash of a row: over the one before and every value of its own, each with its length.
fn hash(row: &AuditRow) -> Vec<u8> {
    let mut sha = Sha256::new();
    let actor = row.actor.map(|a| a.0.to_string()).unwrap_or_default();
    let parts: [&[u8]; 6] = [
        &row.previous,
        &row.number.to_le_bytes(),
        &row.at.timestamp_micros().to_le_bytes(),
        actor.as_bytes(),
        row.kind.as_bytes(),
        row.event.as_bytes(),
    ];
    for part in parts {
        sha.update((part.len() as u64).to_le_bytes());
        sha.update(part);
    }
    sha.finalize().to_vec()
}
