//! What the rule lab divides students by.

use crate::db::{args, statements};
use crate::district::District;
use crate::error::Error;
use access::Scope;
use model::ids::{SchoolId, StudentId};
use model::role::Capability;

/// What the source says of a student who is or was at a school. Texts are empty where it says nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traits {
    /// The student.
    pub student: StudentId,
    /// Learns English.
    pub english_learner: Option<bool>,
    /// Has an individualized education program.
    pub special_education: Option<bool>,
    /// Has a 504 plan.
    pub plan_504: Option<bool>,
    /// Low income.
    pub low_income: Option<bool>,
    /// Race and ethnicity, as the source words it.
    pub race_ethnicity: String,
    /// Sex, as the source words it.
    pub sex: String,
}

statements! {
    TRAITS = "SELECT e.student_id, c.english_learner, c.special_education, c.plan_504, c.low_income,
            COALESCE(NULLIF(c.race_ethnicity, ''), d.race_ethnicity, ''), COALESCE(NULLIF(c.sex, ''), d.sex, '')
        FROM (SELECT DISTINCT student_id FROM enrollment WHERE school_id = $1) e
        LEFT JOIN characteristics c ON c.student_id = e.student_id
        LEFT JOIN demographics d ON d.person_id = e.student_id
        ORDER BY e.student_id";
}

type Columns = (i64, Option<bool>, Option<bool>, Option<bool>, Option<bool>, String, String);

impl District {
    /// The traits of everyone who is or was at a school, by student; `None` where the scope has no rule lab there.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn traits_of_school(
        &self,
        scope: &Scope,
        school: SchoolId,
    ) -> Result<Option<Vec<Traits>>, Error> {
        if !scope.schools_with(Capability::RuleLab).holds(school) {
            return Ok(None);
        }
        let mut conn = self.read().await?;
        let rows: Vec<Columns> = conn.link().all(TRAITS, args![school]).await?;
        let of =
            |(id, english_learner, special_education, plan_504, low_income, race_ethnicity, sex)| Traits {
                student: StudentId(id),
                english_learner,
                special_education,
                plan_504,
                low_income,
                race_ethnicity,
                sex,
            };
        Ok(Some(rows.into_iter().map(of).collect()))
    }
}
