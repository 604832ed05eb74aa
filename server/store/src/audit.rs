//! The rows of the audit chain. What they say, and how they are chained, is the crate `audit`'s.

use crate::db::{Value, args, statements};
use crate::district::{District, WriteTx};
use crate::error::Error;
use chrono::{DateTime, Utc};
use model::ids::PersonId;

/// A row of the audit chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    /// 1 and up, without a gap.
    pub number: i64,
    /// When, to the microsecond.
    pub at: DateTime<Utc>,
    /// Who; `None` for the system.
    pub actor: Option<PersonId>,
    /// The event's kind.
    pub kind: String,
    /// The event, as canonical JSON.
    pub event: String,
    /// The hash of the row before.
    pub previous: Vec<u8>,
    /// The hash of this row.
    pub hash: Vec<u8>,
}

statements! {
    LAST = "SELECT number, at, actor, kind, event, previous, hash FROM audit ORDER BY number DESC LIMIT 1";
    PAGE = "SELECT number, at, actor, kind, event, previous, hash FROM audit WHERE number > $1 ORDER BY number LIMIT 1000";
    APPEND = "INSERT INTO audit (number, at, actor, kind, event, previous, hash) VALUES ($1, $2, $3, $4, $5, $6, $7)";
}

type AuditColumns = (i64, DateTime<Utc>, Option<i64>, String, String, Vec<u8>, Vec<u8>);

fn read((number, at, actor, kind, event, previous, hash): AuditColumns) -> AuditRow {
    AuditRow { number, at, actor: actor.map(PersonId), kind, event, previous, hash }
}

impl WriteTx {
    /// The last row of the chain; `None` while there is none.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn last_audit_row(&mut self) -> Result<Option<AuditRow>, Error> {
        Ok(self.tx.link().optional::<AuditColumns>(LAST, args![]).await?.map(read))
    }

    /// Appends a row. Only the crate `audit` calls this, with a row it has chained.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub async fn append_audit_row(&mut self, row: &AuditRow) -> Result<(), Error> {
        let values: Vec<Value> = args![
            row.number,
            row.at,
            row.actor,
            &row.kind,
            &row.event,
            row.previous.as_slice(),
            row.hash.as_slice(),
        ];
        self.tx.link().execute(APPEND, values).await?;
        Ok(())
    }
}

impl District {
    /// Up to 1,000 rows of the chain behind a number, in order.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn audit_rows_after(&self, number: i64) -> Result<Vec<AuditRow>, Error> {
        let mut conn = self.read().await?;
        let rows: Vec<AuditColumns> = conn.link().all(PAGE, args![number]).await?;
        Ok(rows.into_iter().map(read).collect())
    }
}
