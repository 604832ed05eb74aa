//! What a delivered row looks like in its table, and what became of it.

use crate::db::{Kind, Value};
use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// A table whose rows have a key in their source.
#[derive(Debug)]
pub(crate) struct Spec {
    /// The table in the store.
    pub(crate) table: &'static str,
    /// The name in reports, as in `model::canonical::Delivery`.
    pub(crate) name: &'static str,
    /// Columns but `key`, `id`, `active`, `hash`.
    pub(crate) columns: &'static [&'static str],
    /// Rows have an opaque id.
    pub(crate) has_id: bool,
    /// Rows that vanish stay, not active.
    pub(crate) keeps: bool,
    /// Columns that the rules read: of rows that a run changes or removes, these are kept in the table's `_past`. None
    /// where the rules read nothing of the table.
    pub(crate) past: &'static [(&'static str, Kind)],
}

macro_rules! specs {
    ($($name:ident = $table:literal, $label:literal, $id:literal, $keeps:literal, [$($column:literal),*]
       $(, past [$($past:literal $kind:ident),*])?;)*) => {
        $(pub(crate) static $name: Spec = Spec {
            table: $table, name: $label, has_id: $id, keeps: $keeps, columns: &[$($column),*],
            past: &[$($(($past, Kind::$kind)),*)?],
        };)*
        /// Every table.
        pub(crate) static SPECS: &[&Spec] = &[$(&$name),*];
    };
}

specs! {
    ORGS = "org", "orgs", true, true, ["local_id", "name", "kind", "parent_key"],
        past ["id" Int, "local_id" Text, "kind" Text];
    TERMS = "term", "terms", false, true, ["title", "kind", "starts", "ends", "parent_key"];
    COURSES = "course", "courses", false, true, ["title", "code"];
    SECTIONS = "section", "sections", true, true,
        ["title", "course_key", "code", "kind", "location", "school_key", "term_keys", "periods"];
    PEOPLE = "person", "people", true, true,
        ["local_id", "enabled", "username", "given_name", "middle_name", "family_name", "email", "phone", "grade",
         "agent_keys", "search_key", "sort_key", "source"],
        past ["id" Int, "local_id" Text];
    ROLES = "role_held", "roles", false, false, ["person_id", "org_key", "role", "begins", "ends"];
    SECTION_ROSTERS = "section_member", "section_rosters", false, false,
        ["section_id", "person_id", "role", "student", "begins", "ends"];
    DEMOGRAPHICS = "demographics", "demographics", false, false,
        ["person_id", "birth_date", "sex", "race_ethnicity"],
        past ["person_id" Int, "birth_date" Date];
    CHARACTERISTICS = "characteristics", "characteristics", false, false,
        ["student_id", "birth_date", "language", "special_education", "plan_504", "english_learner", "homeless",
         "foster", "low_income", "race_ethnicity", "sex"],
        past ["student_id" Int, "birth_date" Date];
    CALENDAR = "calendar_day", "calendar", false, false,
        ["school_id", "school_year", "year_named", "date", "instructional", "term", "minutes", "sessions"],
        past ["school_id" Int, "school_year" Int, "year_named" Bool, "date" Date, "instructional" Bool, "minutes" Int, "sessions" Int];
    ENROLLMENTS = "enrollment", "enrollments", false, false,
        ["student_id", "school_id", "school_year", "grade", "entry", "ends"],
        past ["student_id" Int, "school_id" Int, "grade" Text, "entry" Date, "ends" Date, "presumed_end" Date];
    CONTACTS = "contact", "contacts", false, false,
        ["student_id", "contact_id", "given_name", "family_name", "relation", "is_primary", "lives_with", "emergency",
         "street", "city", "state", "postal_code", "phone", "email", "language", "legal_restriction"];
    CASELOAD = "caseload", "caseload", false, false, ["staff_id", "student_id", "kind"];
    BELLS = "bell", "bells", false, false, ["school_id", "period", "starts", "ends"],
        past ["school_id" Int, "period" Text, "starts" Int, "ends" Int];
    ROLL = "roll", "roll", false, false, ["school_id", "school_year", "date", "taken"],
        past ["school_id" Int, "date" Date, "taken" Bool];
}

impl Spec {
    /// The names of [`Self::past`], for a statement.
    pub(crate) fn past_columns(&self) -> String {
        self.past.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
    }

    /// Every column an insert names, in order.
    pub(crate) fn insert_columns(&self) -> Vec<&'static str> {
        let mut columns = vec!["key"];
        if self.has_id {
            columns.push("id");
        }
        columns.extend(self.columns);
        if self.keeps {
            columns.push("active");
        }
        columns.push("hash");
        if !self.past.is_empty() {
            columns.push("since_run");
        }
        columns
    }

    /// The values of [`Self::insert_columns`] of a row that run `number` writes.
    pub(crate) fn insert_values(&self, row: Row, hash: i64, number: i64) -> Vec<Value> {
        let mut values = Vec::with_capacity(self.columns.len() + 5);
        values.push(Value::from(row.key));
        if self.has_id {
            values.push(Value::from(row.id));
        }
        values.extend(row.values);
        if self.keeps {
            values.push(Value::from(true));
        }
        values.push(Value::from(hash));
        if !self.past.is_empty() {
            values.push(Value::from(number));
        }
        values
    }

    /// What an insert does where the key is there already: everything is replaced but the id.
    pub(crate) fn on_conflict(&self) -> String {
        let sets: Vec<String> = self
            .insert_columns()
            .into_iter()
            .filter(|c| !matches!(*c, "key" | "id"))
            .map(|c| format!("{c} = excluded.{c}"))
            .collect();
        format!("ON CONFLICT (key) DO UPDATE SET {}", sets.join(", "))
    }
}

/// Whether a table, by its name in reports, is of the roster's side.
pub(crate) fn of_roster(name: &str) -> bool {
    [&ORGS, &TERMS, &COURSES, &SECTIONS, &PEOPLE, &ROLES, &SECTION_ROSTERS, &DEMOGRAPHICS]
        .into_iter()
        .any(|spec| spec.name == name)
}

/// A usable row.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) key: String,
    pub(crate) id: Option<i64>,
    /// The values of [`Spec::columns`].
    pub(crate) values: Vec<Value>,
}

/// A row of the store.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stored {
    pub(crate) hash: i64,
    pub(crate) active: bool,
    /// A school's, section's or student's id, by table; 0 where there is none.
    pub(crate) at: i64,
    /// The school year; 0 where there is none.
    pub(crate) year: i64,
}

/// The rows of the store by key.
pub(crate) type StoredRows = HashMap<String, Stored>;

/// What is to be written to a table.
#[derive(Debug)]
pub(crate) struct TableWrite {
    pub(crate) spec: &'static Spec,
    /// Rows that are new, with their hash.
    pub(crate) added: Vec<(Row, i64)>,
    /// Rows that were there and are changed.
    pub(crate) changed: Vec<(Row, i64)>,
    /// Keys of rows that vanished.
    pub(crate) gone: Vec<String>,
}

/// Joins the parts of a key; the separator occurs in no source's text.
pub(crate) fn key(parts: &[&str]) -> String {
    parts.join("\u{1f}")
}

/// A number that differs where any value differs: the first 64 bits of SHA-256.
pub(crate) fn hash(values: &[Value]) -> i64 {
    let mut sha = Sha256::new();
    let mut text = |tag: u8, bytes: &[u8]| {
        sha.update([tag]);
        sha.update((bytes.len() as u64).to_le_bytes());
        sha.update(bytes);
    };
    for value in values {
        match value {
            Value::Int(Some(v)) => text(1, &v.to_le_bytes()),
            Value::Text(Some(v)) => text(2, v.as_bytes()),
            Value::Bool(Some(v)) => text(3, &[u8::from(*v)]),
            Value::Bytes(Some(v)) => text(4, v),
            Value::Date(Some(v)) => text(5, v.to_string().as_bytes()),
            Value::Instant(Some(v)) => text(6, &v.timestamp_micros().to_le_bytes()),
            Value::Int(None)
            | Value::Text(None)
            | Value::Bool(None)
            | Value::Bytes(None)
            | Value::Date(None)
            | Value::Instant(None) => text(0, &[]),
        }
    }
    i64::from_be_bytes(sha.finalize()[..8].try_into().unwrap_or_default())
}
