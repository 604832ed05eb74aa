//! Grants that follow from the roster: computed anew in each sync's transaction, so that access leaves with it.

use crate::db::{Link, args, statements};
use crate::district::{District, GrantColumns, WriteTx, read_grant};
use crate::error::Error;
use crate::sync::{search_key, sort_key};
use access::Grant;
use access::roster::{self, HeldRole, Roster, SectionStaff};
use chrono::NaiveDate;
use model::ids::{PersonId, SchoolId, SectionId, StudentId};
use model::role::Role;
use std::collections::{BTreeSet, HashMap};

statements! {
    PEOPLE = "SELECT id, key, local_id, agent_keys, active AND enabled FROM person";
    ROLES = "SELECT r.person_id, r.role, s.id, r.begins, r.ends FROM role_held r LEFT JOIN school s ON s.key = r.org_key";
    SECTION_STAFF = "SELECT m.person_id, m.section_id, m.role, m.begins, m.ends FROM section_member m
        JOIN section s ON s.id = m.section_id WHERE NOT m.student AND s.active";
    ENROLLED = "SELECT DISTINCT student_id FROM enrollment";
    CONTACTS = "SELECT student_id, contact_id, legal_restriction FROM contact";
    BIRTHS = "SELECT person_id, birth_date FROM demographics WHERE birth_date IS NOT NULL";
    BIRTHS_PLAIN = "SELECT student_id, birth_date FROM characteristics WHERE birth_date IS NOT NULL";
    STORED = "SELECT person_id, role, scope_kind, scope_id, valid_from, valid_to, number FROM grants WHERE source = 'roster'";
    INVITED = "SELECT person_id, role FROM grants WHERE source <> 'roster'";
    LAST_NUMBER = "SELECT COALESCE(MAX(number), 0) FROM grants";
    END_SESSIONS = "DELETE FROM session WHERE person_id = $1";
    ADD = "INSERT INTO grants (number, person_id, role, scope_kind, scope_id, valid_from, valid_to, source)
        VALUES ($1, $2, $3, $4, $5, $6, $7, 'invite')";
    SAME = "SELECT COUNT(*) FROM grants WHERE person_id = $1 AND role = $2 AND scope_kind = $3 AND scope_id = $4
        AND source = 'invite'";
    ADD_PERSON = "INSERT INTO person (key, id, local_id, enabled, username, given_name, middle_name, family_name,
        email, phone, grade, agent_keys, search_key, sort_key, source, active, hash)
        VALUES ($1, $2, $1, TRUE, '', $3, '', $4, '', '', NULL, '[]', $5, $6, 'invite', TRUE, 0)";
}

const COLUMNS: &[&str] =
    &["number", "person_id", "role", "scope_kind", "scope_id", "valid_from", "valid_to", "source"];

/// The grants that follow from the roster as it is stored.
pub(crate) async fn computed(link: &mut Link<'_>) -> Result<BTreeSet<(PersonId, Grant)>, Error> {
    let mut roster = Roster::default();
    let mut by_key: HashMap<String, i64> = HashMap::new();
    let mut by_local: HashMap<String, Vec<i64>> = HashMap::new();
    let mut agents: Vec<(i64, String)> = Vec::new();
    let people: Vec<(i64, String, String, String, bool)> = link.all(PEOPLE, args![]).await?;
    for (id, key, local_id, agent_keys, present) in people {
        if present {
            roster.people.insert(PersonId(id));
        }
        by_local.entry(local_id).or_default().push(id);
        by_key.insert(key, id);
        if agent_keys != "[]" {
            agents.push((id, agent_keys));
        }
    }
    for (id, agent_keys) in agents {
        let keys: Vec<String> = serde_json::from_str(&agent_keys)
            .map_err(|e| Error::damaged(format!("person.agent_keys: {e}")))?;
        let linked = keys.iter().filter_map(|key| by_key.get(key));
        roster.links.extend(linked.map(|other| (PersonId(id), PersonId(*other))));
    }
    let roles: Vec<RoleColumns> = link.all(ROLES, args![]).await?;
    for (person, role, school, from, to) in roles {
        if role.trim().eq_ignore_ascii_case("student") {
            roster.students.insert(StudentId(person));
        } else {
            let school = school.map(SchoolId);
            roster.roles.push(HeldRole { person: PersonId(person), role, school, from, to });
        }
    }
    let staff: Vec<StaffColumns> = link.all(SECTION_STAFF, args![]).await?;
    roster.section_staff.extend(staff.into_iter().map(|(person, section, role, from, to)| SectionStaff {
        person: PersonId(person),
        section: SectionId(section),
        role,
        from,
        to,
    }));
    let enrolled: Vec<(i64,)> = link.all(ENROLLED, args![]).await?;
    roster.students.extend(enrolled.into_iter().map(|(id,)| StudentId(id)));
    let contacts: Vec<(i64, String, bool)> = link.all(CONTACTS, args![]).await?;
    for (student, contact, restricted) in contacts {
        // Should two people share the id, a restriction holds for both: unknown is not permission.
        for person in by_local.get(&contact).into_iter().flatten() {
            if restricted {
                roster.restricted.insert((StudentId(student), PersonId(*person)));
            }
            roster.links.push((PersonId(student), PersonId(*person)));
        }
    }
    let births: Vec<(i64, NaiveDate)> = link.all(BIRTHS, args![]).await?;
    roster.births.extend(births.into_iter().map(|(id, date)| (PersonId(id), date)));
    let births: Vec<(i64, NaiveDate)> = link.all(BIRTHS_PLAIN, args![]).await?;
    roster.births.extend(births.into_iter().map(|(id, date)| (PersonId(id), date)));
    Ok(roster::grants(&roster))
}

/// Person, role, school, first and last day.
type RoleColumns = (i64, String, Option<i64>, Option<NaiveDate>, Option<NaiveDate>);
/// Person, section, part, first and last day.
type StaffColumns = (i64, i64, String, Option<NaiveDate>, Option<NaiveDate>);
/// A stored grants row with its number.
type StoredColumns = (i64, String, String, i64, Option<NaiveDate>, Option<NaiveDate>, i64);

pub(crate) async fn stored(link: &mut Link<'_>) -> Result<Vec<(i64, Option<(PersonId, Grant)>)>, Error> {
    let rows: Vec<StoredColumns> = link.all(STORED, args![]).await?;
    Ok(rows
        .into_iter()
        .map(|(person, role, kind, id, from, to, number)| {
            let columns: GrantColumns = (role, kind, id, from, to);
            (number, read_grant(columns).map(|grant| (PersonId(person), grant)))
        })
        .collect())
}

/// Brings the roster's grants to what the roster says, and ends the sessions of people who lost a role.
pub(crate) async fn renew(link: &mut Link<'_>) -> Result<(), Error> {
    let mut wanted = computed(link).await?;
    let invited: Vec<(i64, String)> = link.all(INVITED, args![]).await?;
    let mut roles: BTreeSet<(PersonId, Role)> = wanted.iter().map(|(p, g)| (*p, g.role)).collect();
    roles.extend(invited.into_iter().filter_map(|(person, role)| {
        Some((PersonId(person), Role::ALL.into_iter().find(|r| r.name() == role)?))
    }));
    let mut gone: Vec<i64> = Vec::new();
    let mut lost: BTreeSet<PersonId> = BTreeSet::new();
    for (number, grant) in stored(link).await? {
        let stays = grant.is_some_and(|grant| wanted.remove(&grant));
        if !stays {
            gone.push(number);
            if let Some((person, grant)) = grant
                && !roles.contains(&(person, grant.role))
            {
                lost.insert(person);
            }
        }
    }
    link.by_numbers("DELETE FROM grants WHERE number IN", &gone).await?;
    let (last,): (i64,) = link.one(LAST_NUMBER, args![]).await?;
    let rows = wanted.into_iter().enumerate().map(|(i, (person, g))| {
        let number = last + 1 + i as i64;
        args![number, person, g.role.name(), g.scope.kind(), g.scope.id(), g.from, g.to, "roster"]
    });
    link.insert("grants", COLUMNS, "", rows).await?;
    for person in lost {
        link.execute(END_SESSIONS, args![person]).await?;
    }
    Ok(())
}

impl WriteTx {
    /// Adds a person who is in no roster, for an invitation by command. A sync leaves them alone.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub async fn add_invited_person(
        &mut self,
        person: PersonId,
        given_name: &str,
        family_name: &str,
    ) -> Result<(), Error> {
        let key = format!("everpresent:{person}");
        let search = search_key(given_name, "", family_name, "");
        let values = args![key, person, given_name, family_name, search, sort_key(given_name, family_name)];
        self.tx.link().execute(ADD_PERSON, values).await?;
        Ok(())
    }

    /// Gives a grant by command; it stays until it is taken back by command. A second time changes nothing.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub async fn add_invited_grant(&mut self, person: PersonId, grant: Grant) -> Result<(), Error> {
        let mut link = self.tx.link();
        let (role, kind, id) = (grant.role.name(), grant.scope.kind(), grant.scope.id());
        let (same,): (i64,) = link.one(SAME, args![person, role, kind, id]).await?;
        if same == 0 {
            let (last,): (i64,) = link.one(LAST_NUMBER, args![]).await?;
            link.execute(ADD, args![last + 1, person, role, kind, id, grant.from, grant.to]).await?;
        }
        Ok(())
    }
}

impl District {
    /// Roster grants that are not what the roster says, either way; 0 where they agree.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn compare_grants(&self) -> Result<u64, Error> {
        let mut snapshot = self.db().snapshot().await?;
        let mut link = snapshot.link();
        let wanted = computed(&mut link).await?;
        let stored = stored(&mut link).await?;
        let mut kept = BTreeSet::new();
        let mut differing = 0;
        for (_, grant) in stored {
            match grant {
                Some(grant) if wanted.contains(&grant) && kept.insert(grant) => {}
                _ => differing += 1,
            }
        }
        Ok(differing + (wanted.len() - kept.len()) as u64)
    }
}
