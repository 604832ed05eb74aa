//! Names, and who there is: for the frame of a page, for commands, and for the demo's door.

use crate::db::{args, statements};
use crate::district::{District, GrantColumns, read_grant};
use crate::error::Error;
use access::{Grant, Scope};
use model::ids::{PersonId, SchoolId};
use model::page::SchoolChoice;
use std::collections::HashMap;

/// A person's name and id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonName {
    /// The person.
    pub id: PersonId,
    /// The id the school uses.
    pub local_id: String,
    /// Given name.
    pub given_name: String,
    /// Family name.
    pub family_name: String,
}

statements! {
    NAME = "SELECT id, local_id, given_name, family_name FROM person WHERE id = $1";
    BY_LOCAL = "SELECT id, local_id, given_name, family_name FROM person WHERE (local_id = $1 OR key = $1) AND active
        ORDER BY key";
    ENTITLED = "SELECT p.id, p.local_id, p.given_name, p.family_name, g.role, g.scope_kind, g.scope_id, g.valid_from,
        g.valid_to FROM grants g JOIN person p ON p.id = g.person_id ORDER BY p.sort_key, p.id, g.number";
    SCHOOLS = "SELECT id, name FROM school WHERE active ORDER BY name, id";
    SCHOOL_LOCAL = "SELECT id, local_id FROM school";
}

type NameColumns = (i64, String, String, String);

fn name((id, local_id, given_name, family_name): NameColumns) -> PersonName {
    PersonName { id: PersonId(id), local_id, given_name, family_name }
}

/// A person with what they are entitled to.
#[derive(Debug, Clone)]
pub struct Entitled {
    /// Who.
    pub person: PersonName,
    /// Their grants, of whatever day.
    pub grants: Vec<Grant>,
}

impl District {
    /// The asker's own name; `None` for a job of the system.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn own_name(&self, scope: &Scope) -> Result<Option<PersonName>, Error> {
        let Some(person) = scope.person() else { return Ok(None) };
        let mut conn = self.read().await?;
        Ok(conn.link().optional::<NameColumns>(NAME, args![person]).await?.map(name))
    }

    /// Active people with an id of the source (the plain one, or `sourcedId`), for commands; none for a person's scope.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn find_people(&self, scope: &Scope, local_id: &str) -> Result<Vec<PersonName>, Error> {
        if scope.job().is_none() {
            return Ok(Vec::new());
        }
        let mut conn = self.read().await?;
        let rows: Vec<NameColumns> = conn.link().all(BY_LOCAL, args![local_id]).await?;
        Ok(rows.into_iter().map(name).collect())
    }

    /// Everyone with a grant, by name, for the demo's door; none for a person's scope.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn entitled(&self, scope: &Scope) -> Result<Vec<Entitled>, Error> {
        if scope.job().is_none() {
            return Ok(Vec::new());
        }
        let mut conn = self.read().await?;
        let rows: Vec<EntitledColumns> = conn.link().all(ENTITLED, args![]).await?;
        let mut out: Vec<Entitled> = Vec::new();
        for (id, local_id, given, family, role, kind, scope_id, from, to) in rows {
            let columns: GrantColumns = (role, kind, scope_id, from, to);
            if out.last().is_none_or(|e| e.person.id != PersonId(id)) {
                out.push(Entitled { person: name((id, local_id, given, family)), grants: Vec::new() });
            }
            if let Some(last) = out.last_mut() {
                last.grants.extend(read_grant(columns));
            }
        }
        Ok(out)
    }

    /// The schools in the roster, by name. Their names are no secret within the district.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn schools(&self, _scope: &Scope) -> Result<Vec<SchoolChoice>, Error> {
        let mut conn = self.read().await?;
        let rows: Vec<(i64, String)> = conn.link().all(SCHOOLS, args![]).await?;
        Ok(rows.into_iter().map(|(id, name)| SchoolChoice { id: SchoolId(id), name }).collect())
    }

    /// Schools by the id that plain files use.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn school_ids(&self, _scope: &Scope) -> Result<HashMap<String, SchoolId>, Error> {
        let mut conn = self.read().await?;
        let rows: Vec<(i64, String)> = conn.link().all(SCHOOL_LOCAL, args![]).await?;
        Ok(rows.into_iter().map(|(id, local_id)| (local_id, SchoolId(id))).collect())
    }
}

type EntitledColumns =
    (i64, String, String, String, String, String, i64, Option<chrono::NaiveDate>, Option<chrono::NaiveDate>);
