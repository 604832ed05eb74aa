//! The roster that the store holds, for plain files that come without one.

use super::SyncTx;
use crate::db::{args, statements};
use crate::error::Error;
use model::canonical::KnownRoster;
use std::collections::BTreeSet;

statements! {
    ORGS = "SELECT local_id FROM org";
    // Whoever left the roster stays known: what plain files say of them was true, and stays theirs.
    PEOPLE = "SELECT local_id FROM person WHERE source = 'roster'";
    STUDENTS = "SELECT p.local_id FROM person p WHERE p.source = 'roster'
        AND (EXISTS (SELECT 1 FROM role_held r WHERE r.person_id = p.id AND LOWER(r.role) = 'student')
             OR NOT EXISTS (SELECT 1 FROM role_held r WHERE r.person_id = p.id))";
}

impl SyncTx {
    /// Whom and where plain files may name; empty where no roster was ever synced.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn known_roster(&self) -> Result<KnownRoster, Error> {
        let mut snapshot = self.district.db().snapshot().await?;
        let mut link = snapshot.link();
        let mut lists = [Vec::new(), Vec::new(), Vec::new()];
        for (list, sql) in lists.iter_mut().zip([ORGS, PEOPLE, STUDENTS]) {
            let rows: Vec<(String,)> = link.all(sql, args![]).await?;
            let ids: BTreeSet<String> = rows.into_iter().map(|(id,)| id).collect();
            *list = ids.into_iter().collect();
        }
        let [schools, people, students] = lists;
        Ok(KnownRoster { schools, people, students })
    }
}
