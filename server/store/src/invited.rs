//! What `everpresent invite` gave, to be listed and to be ended: grants that no roster holds, links nobody has used.

use crate::db::{args, statements};
use crate::district::{District, WriteTx};
use crate::error::Error;
use crate::grants::END_SESSIONS;
use access::Scope;
use chrono::{DateTime, Utc};
use model::ids::PersonId;

/// A grant given by command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvitedGrant {
    /// The id by which a command names the person.
    pub local_id: String,
    /// The role's name.
    pub role: String,
    /// Their sessions, ended ones that nobody has swept yet included.
    pub sessions: i64,
}

/// A link that still opens a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenLink {
    /// The id by which a command names the person.
    pub local_id: String,
    /// The role's name.
    pub role: String,
    /// Until when.
    pub expires: DateTime<Utc>,
}

/// How much was ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ended {
    /// Grants given by command.
    pub grants: u64,
    /// Links nobody had used.
    pub links: u64,
    /// Sessions.
    pub sessions: u64,
}

statements! {
    GRANTS = "SELECT p.local_id, g.role, (SELECT COUNT(*) FROM session s WHERE s.person_id = p.id)
        FROM grants g JOIN person p ON p.id = g.person_id WHERE g.source = 'invite' ORDER BY g.number";
    LINKS = "SELECT p.local_id, i.role, i.expires_at FROM invitation i JOIN person p ON p.id = i.person_id
        WHERE i.used_at IS NULL AND i.expires_at > $1 AND p.active ORDER BY i.expires_at, p.local_id";
    END_LINKS = "DELETE FROM invitation WHERE person_id = $1 AND used_at IS NULL AND expires_at > $2";
    END_GRANTS = "DELETE FROM grants WHERE person_id = $1 AND source = 'invite'";
}

impl District {
    /// The grants given by command and the links that still open a session, oldest first; none for a person's scope.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn invited(
        &self,
        scope: &Scope,
        now: DateTime<Utc>,
    ) -> Result<(Vec<InvitedGrant>, Vec<OpenLink>), Error> {
        if scope.job().is_none() {
            return Ok((Vec::new(), Vec::new()));
        }
        let mut conn = self.read().await?;
        let mut link = conn.link();
        let grants: Vec<(String, String, i64)> = link.all(GRANTS, args![]).await?;
        let links: Vec<(String, String, DateTime<Utc>)> = link.all(LINKS, args![now]).await?;
        let grants =
            grants.into_iter().map(|(local_id, role, sessions)| InvitedGrant { local_id, role, sessions });
        let links = links.into_iter().map(|(local_id, role, expires)| OpenLink { local_id, role, expires });
        Ok((grants.collect(), links.collect()))
    }
}

impl WriteTx {
    /// Ends a person's grants given by command, their unused links and all their sessions. What the roster grants stays.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub async fn end_invited(&mut self, person: PersonId, now: DateTime<Utc>) -> Result<Ended, Error> {
        let mut link = self.tx.link();
        // Links first: whoever is just using one is waited for, and their session is then there to be ended.
        let links = link.execute(END_LINKS, args![person, now]).await?;
        let grants = link.execute(END_GRANTS, args![person]).await?;
        let sessions = link.execute(END_SESSIONS, args![person]).await?;
        Ok(Ended { grants, links, sessions })
    }
}
