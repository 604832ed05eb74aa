//! The roster that the store holds, for plain files that come without one, and for files of what changed in it.

use super::SyncTx;
use crate::db::{args, statements};
use crate::error::Error;
use chrono::NaiveDate;
use model::canonical::{
    Course, Demographics, HeldRoster, KnownRoster, Org, Person, RoleHeld, Section, SectionMember, Term,
};
use model::grade::Grade;
use std::collections::BTreeSet;

statements! {
    ORGS = "SELECT local_id FROM org";
    // Whoever left the roster stays known: what plain files say of them was true, and stays theirs.
    PEOPLE = "SELECT local_id FROM person WHERE source = 'roster'";
    STUDENTS = "SELECT p.local_id FROM person p WHERE p.source = 'roster'
        AND (EXISTS (SELECT 1 FROM role_held r WHERE r.person_id = p.id AND LOWER(r.role) = 'student')
             OR NOT EXISTS (SELECT 1 FROM role_held r WHERE r.person_id = p.id))";
    HELD_ORGS = "SELECT key, local_id, name, kind, parent_key FROM org WHERE active ORDER BY key";
    HELD_TERMS = "SELECT key, title, kind, starts, ends, parent_key FROM term WHERE active ORDER BY key";
    HELD_COURSES = "SELECT key, title, code FROM course WHERE active ORDER BY key";
    HELD_SECTIONS = "SELECT key, title, course_key, code, kind, location, school_key, term_keys, periods
        FROM section WHERE active ORDER BY key";
    HELD_PEOPLE = "SELECT key, local_id, enabled, username, given_name, middle_name, family_name, email, phone, grade,
        agent_keys FROM person WHERE active AND source = 'roster' ORDER BY key";
    HELD_ROLES = "SELECT r.key, p.key, r.org_key, r.role, r.begins, r.ends
        FROM role_held r JOIN person p ON p.id = r.person_id ORDER BY r.key";
    HELD_SECTION_ROSTERS = "SELECT m.key, s.key, p.key, m.role, m.begins, m.ends
        FROM section_member m JOIN section s ON s.id = m.section_id JOIN person p ON p.id = m.person_id
        ORDER BY m.key";
    HELD_DEMOGRAPHICS = "SELECT key, birth_date, sex, race_ethnicity FROM demographics ORDER BY key";
}

/// A list as a column holds it.
fn list(column: &str, text: &str) -> Result<Vec<String>, Error> {
    serde_json::from_str(text).map_err(|e| Error::damaged(format!("{column}: {e}")))
}

type Day = Option<NaiveDate>;

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

    /// The roster as its last deliveries left it.
    ///
    /// # Errors
    /// Where the database does not answer, or what it holds cannot be read.
    pub async fn held_roster(&self) -> Result<HeldRoster, Error> {
        let mut snapshot = self.district.db().snapshot().await?;
        let mut link = snapshot.link();
        let rows: Vec<(String, String, String, String, String)> = link.all(HELD_ORGS, args![]).await?;
        let org = |(key, id, name, kind, parent_key)| Org { key, id, name, kind, parent_key };
        let orgs = rows.into_iter().map(org).collect();
        let rows: Vec<(String, String, String, NaiveDate, NaiveDate, String)> =
            link.all(HELD_TERMS, args![]).await?;
        let term =
            |(key, title, kind, start, end, parent_key)| Term { key, title, kind, start, end, parent_key };
        let terms = rows.into_iter().map(term).collect();
        let rows: Vec<(String, String, String)> = link.all(HELD_COURSES, args![]).await?;
        let courses = rows.into_iter().map(|(key, title, code)| Course { key, title, code }).collect();
        let rows: Vec<SectionColumns> = link.all(HELD_SECTIONS, args![]).await?;
        let sections = rows.into_iter().map(section).collect::<Result<_, _>>()?;
        let rows: Vec<PersonColumns> = link.all(HELD_PEOPLE, args![]).await?;
        let people = rows.into_iter().map(person).collect::<Result<_, _>>()?;
        let rows: Vec<(String, String, String, String, Day, Day)> = link.all(HELD_ROLES, args![]).await?;
        let role = |(key, person_key, org_key, role, begin, end)| RoleHeld {
            key,
            person_key,
            org_key,
            role,
            begin,
            end,
        };
        let roles = rows.into_iter().map(role).collect();
        let rows: Vec<(String, String, String, String, Day, Day)> =
            link.all(HELD_SECTION_ROSTERS, args![]).await?;
        let member = |(key, section_key, person_key, role, begin, end)| SectionMember {
            key,
            section_key,
            person_key,
            role,
            begin,
            end,
        };
        let section_rosters = rows.into_iter().map(member).collect();
        let rows: Vec<(String, Day, String, String)> = link.all(HELD_DEMOGRAPHICS, args![]).await?;
        let traits = |(person_key, birth_date, sex, race_ethnicity)| Demographics {
            person_key,
            birth_date,
            sex,
            race_ethnicity,
        };
        let demographics = rows.into_iter().map(traits).collect();
        Ok(HeldRoster { orgs, terms, courses, sections, people, roles, section_rosters, demographics })
    }
}

type SectionColumns = (String, String, String, String, String, String, String, String, String);

fn section(columns: SectionColumns) -> Result<Section, Error> {
    let (key, title, course_key, code, kind, location, school_key, term_keys, periods) = columns;
    let (term_keys, periods) = (list("section.term_keys", &term_keys)?, list("section.periods", &periods)?);
    Ok(Section { key, title, course_key, code, kind, location, school_key, term_keys, periods })
}

type PersonColumns =
    (String, String, bool, String, String, String, String, String, String, Option<String>, String);

fn person(columns: PersonColumns) -> Result<Person, Error> {
    let (key, id, enabled, username, given_name, middle_name, family_name, email, phone, grade, agent_keys) =
        columns;
    Ok(Person {
        key,
        id,
        enabled,
        username,
        given_name,
        middle_name,
        family_name,
        email,
        phone,
        grade: grade.and_then(|text| Grade::read(&text)),
        agent_keys: list("person.agent_keys", &agent_keys)?,
    })
}
