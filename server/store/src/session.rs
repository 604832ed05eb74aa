//! Sessions and invitations. Only the hash of a token is kept: whoever reads the store cannot sign in with it.

use crate::db::{args, statements};
use crate::district::{District, WriteTx};
use crate::error::Error;
use chrono::{DateTime, TimeDelta, Utc};
use model::ids::PersonId;
use model::role::Role;

/// The SHA-256 of a token.
pub type TokenHash = [u8; 32];

/// How long a session lasts.
#[derive(Debug, Clone, Copy)]
pub struct SessionLimits {
    /// Without a request.
    pub idle: TimeDelta,
    /// In all.
    pub absolute: TimeDelta,
}

/// A session that has not ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Session {
    /// Whose.
    pub person: PersonId,
    /// When they signed in.
    pub created: DateTime<Utc>,
    /// Their last request that was noted.
    pub last_seen: DateTime<Utc>,
}

statements! {
    CREATE = "INSERT INTO session (token_hash, person_id, created_at, last_seen_at) VALUES ($1, $2, $3, $3)";
    FIND = "SELECT person_id, created_at, last_seen_at FROM session WHERE token_hash = $1";
    TOUCH = "UPDATE session SET last_seen_at = $2 WHERE token_hash = $1";
    END = "DELETE FROM session WHERE token_hash = $1";
    END_OLD = "DELETE FROM session WHERE created_at < $1 OR last_seen_at < $2";
    INVITE = "INSERT INTO invitation (token_hash, person_id, role, created_at, expires_at, used_at)
        VALUES ($1, $2, $3, $4, $5, NULL)";
    REDEEM = "UPDATE invitation SET used_at = $2 WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2
        RETURNING person_id, role";
}

impl District {
    /// The session of a token, unless it has ended or outlived a limit.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn find_session(
        &self,
        token: &TokenHash,
        now: DateTime<Utc>,
        limits: SessionLimits,
    ) -> Result<Option<Session>, Error> {
        let mut conn = self.read().await?;
        let row: Option<(i64, DateTime<Utc>, DateTime<Utc>)> =
            conn.link().optional(FIND, args![token.as_slice()]).await?;
        Ok(row
            .map(|(person, created, last_seen)| Session { person: PersonId(person), created, last_seen })
            .filter(|s| now - s.created < limits.absolute && now - s.last_seen < limits.idle))
    }

    /// Notes a request of a session. While somebody else writes (a long sync) it is not noted, and nobody waits;
    /// whether it was.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn touch_session(&self, token: &TokenHash, now: DateTime<Utc>) -> Result<bool, Error> {
        self.db().execute_if_free(TOUCH, args![token.as_slice(), now]).await
    }
}

impl WriteTx {
    /// Opens a session.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub async fn create_session(
        &mut self,
        token: &TokenHash,
        person: PersonId,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        self.tx.link().execute(CREATE, args![token.as_slice(), person, now]).await?;
        Ok(())
    }

    /// Ends a session; whether there was one.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub async fn end_session(&mut self, token: &TokenHash) -> Result<bool, Error> {
        Ok(self.tx.link().execute(END, args![token.as_slice()]).await? > 0)
    }

    /// Deletes the sessions that have outlived a limit; how many there were.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub async fn end_old_sessions(
        &mut self,
        now: DateTime<Utc>,
        limits: SessionLimits,
    ) -> Result<u64, Error> {
        self.tx.link().execute(END_OLD, args![now - limits.absolute, now - limits.idle]).await
    }

    /// Notes an invitation, which opens one session of a person until it expires.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub async fn create_invitation(
        &mut self,
        token: &TokenHash,
        person: PersonId,
        role: Role,
        now: DateTime<Utc>,
        expires: DateTime<Utc>,
    ) -> Result<(), Error> {
        let values = args![token.as_slice(), person, role.name(), now, expires];
        self.tx.link().execute(INVITE, values).await?;
        Ok(())
    }

    /// Uses an invitation: whom it is for and as what, once. `None` where it is unknown, used or expired.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub async fn redeem_invitation(
        &mut self,
        token: &TokenHash,
        now: DateTime<Utc>,
    ) -> Result<Option<(PersonId, Role)>, Error> {
        let row: Option<(i64, String)> =
            self.tx.link().optional(REDEEM, args![token.as_slice(), now]).await?;
        Ok(row.and_then(|(person, role)| {
            Some((PersonId(person), Role::ALL.into_iter().find(|r| r.name() == role)?))
        }))
    }
}
