//! One student: identity, enrollment and guardians.

use crate::db::{args, statements};
use crate::district::District;
use crate::error::Error;
use access::Seen;
use chrono::NaiveDate;
use model::ids::{SchoolId, StudentId};
use model::page::GuardianView;
use model::role::Capability;
use model::time::SchoolYear;

/// Who a student is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StudentIdentity {
    /// The student.
    pub id: StudentId,
    /// The id the school uses.
    pub local_id: String,
    /// Given name.
    pub given_name: String,
    /// Family name.
    pub family_name: String,
    /// Whether the roster still names them.
    pub active: bool,
}

/// One span of enrollment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnrollmentRow {
    /// The school.
    pub school: SchoolId,
    /// Its name.
    pub school_name: String,
    /// The school year of the entry.
    pub year: SchoolYear,
    /// Grade, as its CEDS code; empty where unknown.
    pub grade: String,
    /// First day.
    pub entry: NaiveDate,
    /// First day no longer enrolled, as the source says, or as presumed where a later year's file leaves them out.
    pub end: Option<NaiveDate>,
}

statements! {
    IDENTITY = "SELECT local_id, given_name, family_name, active FROM person WHERE id = $1";
    ENROLLMENTS = "SELECT e.school_id, o.name, e.school_year, COALESCE(e.grade, ''), e.entry,
            COALESCE(e.ends, e.presumed_end)
        FROM enrollment e JOIN org o ON o.id = e.school_id WHERE e.student_id = $1 ORDER BY e.entry DESC, o.name";
    GUARDIANS = "SELECT given_name, family_name, relation, is_primary, lives_with, street, city, state, postal_code,
            phone, email, language, legal_restriction
        FROM contact WHERE student_id = $1 ORDER BY is_primary DESC, family_name, given_name, key";
}

impl District {
    /// Who a student is.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn identity(&self, seen: &Seen<StudentId>) -> Result<StudentIdentity, Error> {
        let mut conn = self.read().await?;
        let (local_id, given_name, family_name, active): (String, String, String, bool) =
            conn.link().one(IDENTITY, args![seen.id()]).await?;
        Ok(StudentIdentity { id: seen.id(), local_id, given_name, family_name, active })
    }

    /// Where a student was enrolled, newest first.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn enrollments(&self, seen: &Seen<StudentId>) -> Result<Vec<EnrollmentRow>, Error> {
        let mut conn = self.read().await?;
        let rows: Vec<(i64, String, i64, String, NaiveDate, Option<NaiveDate>)> =
            conn.link().all(ENROLLMENTS, args![seen.id()]).await?;
        Ok(rows
            .into_iter()
            .map(|(school, school_name, year, grade, entry, end)| EnrollmentRow {
                school: SchoolId(school),
                school_name,
                year: SchoolYear(year as i16),
                grade,
                entry,
                end,
            })
            .collect())
    }

    /// A student's guardians; `None` where no role that opens this student may see contacts. Of one under a legal
    /// restriction the address, phone and e-mail stay out: nobody shall write to them by mistake.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn guardians(&self, seen: &Seen<StudentId>) -> Result<Option<Vec<GuardianView>>, Error> {
        if !seen.may(Capability::Contacts) {
            return Ok(None);
        }
        let mut conn = self.read().await?;
        let rows: Vec<GuardianColumns> = conn.link().all(GUARDIANS, args![seen.id()]).await?;
        Ok(Some(rows.into_iter().map(GuardianColumns::view).collect()))
    }
}

#[derive(sqlx::FromRow)]
struct GuardianColumns {
    given_name: String,
    family_name: String,
    relation: String,
    is_primary: bool,
    lives_with: bool,
    street: String,
    city: String,
    state: String,
    postal_code: String,
    phone: String,
    email: String,
    language: String,
    legal_restriction: bool,
}

impl GuardianColumns {
    fn view(self) -> GuardianView {
        let open = !self.legal_restriction;
        let region = format!("{} {}", self.state, self.postal_code);
        let town =
            [self.city.trim(), region.trim()].into_iter().filter(|s| !s.is_empty()).collect::<Vec<_>>();
        let address = [self.street.trim().to_owned(), town.join(", ")].into_iter().filter(|l| !l.is_empty());
        GuardianView {
            name: format!("{} {}", self.given_name, self.family_name).trim().to_owned(),
            relation: self.relation,
            primary: self.is_primary,
            lives_with: self.lives_with,
            address: if open { address.collect() } else { Vec::new() },
            phone: if open { self.phone } else { String::new() },
            email: if open { self.email } else { String::new() },
            language: self.language,
            legal_restriction: self.legal_restriction,
        }
    }
}
