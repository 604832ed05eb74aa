//! The plan of a sync: what a delivery would change, counted before anything is.

use super::attendance::{self, MarksPlan};
use super::brake::{Limits, Seen, Watch};
use super::rows::{self, Row, Spec, Stored, StoredRows, TableWrite, hash, key};
use super::told::{self, ToldKey};
use crate::db::{Link, args, statements};
use crate::error::Error;
use crate::fold::fold;
use crate::ledger::codes_of;
use chrono::NaiveDate;
use model::attendance::{CodeMap, day_date};
use model::canonical::{Carries, Delivery, Guard, Table, UnreadContact};
use model::ids::SchoolId;
use model::report::{Reason, Refusal, SetAside, TableCount};
use model::time::{Date, SchoolYear};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// What a delivery would change.
#[derive(Debug)]
pub struct Plan {
    /// Which side the delivery carries.
    pub(crate) carries: Carries,
    pub(crate) counts: Vec<TableCount>,
    pub(crate) set_aside: Vec<SetAside>,
    /// Files that hold only what changed.
    pub(crate) changes: BTreeSet<String>,
    pub(crate) tables: Vec<TableWrite>,
    pub(crate) marks: Option<MarksPlan>,
    /// Enrollments whose presumed end changes.
    pub(crate) presumed: Vec<(String, Option<Date>)>,
    /// The dates of schools' last attendance rows.
    pub(crate) last_rows: Vec<(SchoolId, Date)>,
    /// What the file says of each school day, where that is not what is stored.
    pub(crate) told: Vec<(ToldKey, Vec<u8>)>,
    /// What the district's categories mean from now on; `None` leaves it as it is.
    pub(crate) codes: Option<CodeMap>,
    /// What they meant when the plan was made.
    pub(crate) held_codes: CodeMap,
    /// What was read, for the brake of the source's next run.
    pub(crate) seen: Seen,
    /// The last run when the plan was made.
    pub(crate) after_run: i64,
}

impl Plan {
    /// What becomes of each file's rows.
    pub fn counts(&self) -> &[TableCount] {
        &self.counts
    }

    /// The rows set aside: by the adapter, then here.
    pub fn set_aside(&self) -> &[SetAside] {
        &self.set_aside
    }

    /// What was read, for the brake of the source's next run.
    pub fn seen(&self) -> &Seen {
        &self.seen
    }

    /// The same, with what the district's categories mean from now on.
    #[must_use]
    pub fn with_codes(self, codes: CodeMap) -> Self {
        Self { codes: Some(codes), ..self }
    }

    /// The number of the run that applies it.
    pub(crate) fn number(&self) -> i64 {
        self.after_run + 1
    }

    /// Whether the store holds all of it already: rows, marks that cannot be used, presumed ends, the days up to which
    /// schools have reported, how many rows each day has, what categories mean.
    pub fn changes_nothing(&self) -> bool {
        self.counts.iter().all(|c| c.added + c.changed + c.removed == 0)
            && self.marks.as_ref().is_none_or(|marks| marks.entries.is_empty())
            && self.presumed.is_empty()
            && self.last_rows.is_empty()
            && self.told.is_empty()
            && self.codes.as_ref().is_none_or(|codes| *codes == self.held_codes)
    }
}

/// The school of a person by the column that has their id: of their latest enrollment, else of a role, else 0.
macro_rules! school_of {
    ($id:literal) => {
        concat!(
            "COALESCE((SELECT e.school_id FROM enrollment e WHERE e.student_id = ",
            $id,
            " ORDER BY e.entry DESC, e.school_id DESC LIMIT 1), (SELECT MIN(o.id) FROM role_held r
              JOIN org o ON o.key = r.org_key AND o.kind = 'school' WHERE r.person_id = ",
            $id,
            "), 0)"
        )
    };
}

statements! {
    LAST_RUN = "SELECT COALESCE(MAX(number), 0) FROM sync_run";
    ORGS = "SELECT key, hash, active, id, CAST(0 AS BIGINT) FROM org";
    TERMS = "SELECT key, hash, active, CAST(0 AS BIGINT), CAST(0 AS BIGINT) FROM term";
    COURSES = "SELECT key, hash, active, CAST(0 AS BIGINT), CAST(0 AS BIGINT) FROM course";
    SECTIONS = "SELECT s.key, s.hash, s.active, COALESCE(o.id, 0), CAST(0 AS BIGINT)
        FROM section s LEFT JOIN org o ON o.key = s.school_key";
    PEOPLE = concat!("SELECT p.key, p.hash, p.active, ", school_of!("p.id"), ", CAST(0 AS BIGINT)
        FROM person p WHERE p.source = 'roster'");
    ROLES = "SELECT r.key, r.hash, r.hash = r.hash, COALESCE(o.id, 0), CAST(0 AS BIGINT)
        FROM role_held r LEFT JOIN org o ON o.key = r.org_key";
    SECTION_ROSTERS = "SELECT m.key, m.hash, m.hash = m.hash, COALESCE(o.id, 0), CAST(0 AS BIGINT)
        FROM section_member m JOIN section s ON s.id = m.section_id LEFT JOIN org o ON o.key = s.school_key";
    DEMOGRAPHICS = concat!("SELECT d.key, d.hash, d.hash = d.hash, ", school_of!("d.person_id"), ", CAST(0 AS BIGINT)
        FROM demographics d");
    CHARACTERISTICS = "SELECT key, hash, hash = hash, student_id, CAST(0 AS BIGINT) FROM characteristics";
    CALENDAR = "SELECT key, hash, hash = hash, school_id, school_year FROM calendar_day";
    ENROLLMENTS = "SELECT key, hash, hash = hash, school_id, school_year FROM enrollment";
    CONTACTS = "SELECT key, hash, hash = hash, student_id, CAST(0 AS BIGINT) FROM contact";
    RESTRICTED = "SELECT key FROM contact WHERE legal_restriction";
    COUNT_RESTRICTED = "SELECT COUNT(*) FROM contact WHERE legal_restriction";
    COUNT_DISABLED = "SELECT COUNT(*) FROM person WHERE source = 'roster' AND NOT enabled";
    COUNT_BIRTHS = "SELECT COUNT(*) FROM characteristics WHERE birth_date IS NOT NULL";
    CASELOAD = "SELECT key, hash, hash = hash, student_id, CAST(0 AS BIGINT) FROM caseload";
    BELLS = "SELECT key, hash, hash = hash, school_id, CAST(0 AS BIGINT) FROM bell";
    ROLL = "SELECT key, hash, hash = hash, school_id, school_year FROM roll";
    // What has ended by a day, and at which school.
    ENDED_TERMS = "SELECT key, CAST(0 AS BIGINT) FROM term WHERE active AND ends < $1";
    ENDED_ROLES = "SELECT r.key, COALESCE(o.id, 0) FROM role_held r LEFT JOIN org o ON o.key = r.org_key
        WHERE r.ends < $1";
    TERM_ENDS = "SELECT key, ends FROM term";
    SECTION_TERMS = "SELECT s.key, COALESCE(o.id, 0), s.course_key, s.term_keys
        FROM section s LEFT JOIN org o ON o.key = s.school_key WHERE s.active";
    SECTION_ROSTER_ENDS = "SELECT m.key, COALESCE(o.id, 0), s.key, m.ends
        FROM section_member m JOIN section s ON s.id = m.section_id LEFT JOIN org o ON o.key = s.school_key";
    PERSON_IDS = "SELECT key, id, local_id FROM person";
    ORG_IDS = "SELECT key, id, local_id, kind FROM org";
    SECTION_IDS = "SELECT key, id, school_key FROM section";
    STUDENT_KEYS = "SELECT DISTINCT p.key FROM role_held r JOIN person p ON p.id = r.person_id
        WHERE LOWER(r.role) = 'student'";
    ENROLLED = "SELECT key, student_id, school_id, school_year, entry, ends, presumed_end FROM enrollment";
    LAST_DAYS = "SELECT school_id, school_year, MAX(date) FROM calendar_day GROUP BY school_id, school_year";
    LAST_ROWS = "SELECT school_id, date FROM school_last_row";
}

/// Who and what the ids of a delivery mean: the store's and the delivery's own.
struct Names {
    people: HashMap<String, i64>,
    by_local: HashMap<String, Vec<(String, i64)>>,
    students: HashSet<String>,
    orgs: HashMap<String, i64>,
    schools: HashMap<String, i64>,
    school_names: HashMap<i64, String>,
    /// A section's id and its school's.
    sections: HashMap<String, (i64, i64)>,
}

impl Names {
    async fn load(
        link: &mut Link<'_>,
        delivery: &Delivery,
        ids: &mut (dyn FnMut() -> u64 + Send),
    ) -> Result<Self, Error> {
        let mut fresh = || (ids() >> 1) as i64;
        let mut people = HashMap::new();
        let mut local: HashMap<String, String> = HashMap::new();
        for (key, id, local_id) in link.all::<(String, i64, String)>(PERSON_IDS, args![]).await? {
            local.insert(key.clone(), local_id);
            people.insert(key, id);
        }
        for person in delivery.people.iter().flat_map(|t| &t.rows) {
            people.entry(person.key.clone()).or_insert_with(&mut fresh);
            local.insert(person.key.clone(), person.id.clone());
        }
        let mut by_local: HashMap<String, Vec<(String, i64)>> = HashMap::new();
        for (key, local_id) in local {
            if let Some(id) = people.get(&key) {
                by_local.entry(local_id).or_default().push((key, *id));
            }
        }
        for candidates in by_local.values_mut() {
            candidates.sort_unstable();
        }
        let stored: Vec<(String,)> = link.all(STUDENT_KEYS, args![]).await?;
        let mut students: HashSet<String> = stored.into_iter().map(|(key,)| key).collect();
        for held in delivery.roles.iter().flat_map(|t| &t.rows) {
            if held.role.trim().eq_ignore_ascii_case("student") {
                students.insert(held.person_key.clone());
            }
        }
        let mut orgs = HashMap::new();
        let mut schools = HashMap::new();
        let mut school_names = HashMap::new();
        for (key, id, local_id, kind) in link.all::<(String, i64, String, String)>(ORG_IDS, args![]).await? {
            orgs.insert(key, id);
            if kind == "school" {
                school_names.insert(id, local_id.clone());
                schools.insert(local_id, id);
            }
        }
        for org in delivery.orgs.iter().flat_map(|t| &t.rows) {
            let id = *orgs.entry(org.key.clone()).or_insert_with(&mut fresh);
            if org.kind == "school" {
                school_names.insert(id, org.id.clone());
                schools.insert(org.id.clone(), id);
            }
        }
        let mut sections = HashMap::new();
        for (key, id, school_key) in link.all::<(String, i64, String)>(SECTION_IDS, args![]).await? {
            sections.insert(key, (id, orgs.get(&school_key).copied().unwrap_or(0)));
        }
        for section in delivery.sections.iter().flat_map(|t| &t.rows) {
            let school = orgs.get(&section.school_key).copied().unwrap_or(0);
            let known = sections.get(&section.key).map(|(id, _)| *id);
            sections.insert(section.key.clone(), (known.unwrap_or_else(&mut fresh), school));
        }
        Ok(Self { people, by_local, students, orgs, schools, school_names, sections })
    }

    /// A student by the id plain files use. Where two people share it, the one with the role of a student is meant.
    fn student(&self, local_id: &str) -> Option<i64> {
        let candidates = self.by_local.get(local_id)?;
        candidates.iter().find(|(key, _)| self.students.contains(key)).or(candidates.first()).map(|c| c.1)
    }

    /// A member of staff by the id plain files use.
    fn staff(&self, local_id: &str) -> Option<i64> {
        let candidates = self.by_local.get(local_id)?;
        candidates.iter().find(|(key, _)| !self.students.contains(key)).or(candidates.first()).map(|c| c.1)
    }

    fn school(&self, local_id: &str) -> Option<i64> {
        self.schools.get(local_id).copied()
    }

    /// The id that files use of a school; empty where there is none.
    fn school_name(&self, school: i64) -> &str {
        self.school_names.get(&school).map_or("", String::as_str)
    }
}

/// What a row that names something unknown is set aside for.
struct Unknown {
    field: &'static str,
    value: String,
    reason: Reason,
}

fn unknown(field: &'static str, value: &str, reason: Reason) -> Unknown {
    Unknown { field, value: value.to_owned(), reason }
}

/// Of what a table's file is the full truth.
enum Truth {
    /// The district.
    All,
    /// The district, but rows with these keys stay even where the file no longer has them.
    AllBut(HashSet<String>),
    /// Schools and school years.
    SchoolYears(HashSet<(i64, i64)>),
    /// Schools.
    Schools(HashSet<i64>),
    /// Students.
    Students(StudentTruth),
}

/// Of what a file is the full truth that names students and no school.
struct StudentTruth {
    /// The school of each student's latest enrollment.
    latest: HashMap<i64, i64>,
    /// The schools that the file names so.
    schools: HashSet<i64>,
    /// Keys of rows that stay even where the file no longer has them.
    kept: HashSet<String>,
}

impl Truth {
    fn holds(&self, key: &str, row: &Stored) -> bool {
        match self {
            Self::All => true,
            Self::AllBut(kept) => !kept.contains(key),
            Self::SchoolYears(named) => named.contains(&(row.at, row.year)),
            Self::Schools(named) => named.contains(&row.at),
            // A student without any enrollment belongs to no school: nothing can be concluded from their absence.
            Self::Students(of) => {
                of.latest.get(&row.at).is_some_and(|school| of.schools.contains(school))
                    && !of.kept.contains(key)
            }
        }
    }

    fn school(&self, row: &Stored) -> i64 {
        match self {
            Self::Students(of) => of.latest.get(&row.at).copied().unwrap_or(0),
            _ => row.at,
        }
    }
}

/// Everything the plan of one delivery needs at hand.
struct Planner<'a, 'c> {
    link: &'a mut Link<'c>,
    names: Names,
    limits: &'a Limits,
    watch: Watch,
    today: Date,
    plan: Plan,
}

pub(super) async fn plan(
    link: &mut Link<'_>,
    delivery: &Delivery,
    limits: &Limits,
    today: Date,
    ids: &mut (dyn FnMut() -> u64 + Send),
) -> Result<Plan, Error> {
    let (after_run,): (i64,) = link.one(LAST_RUN, args![]).await?;
    let names = Names::load(link, delivery, ids).await?;
    let plan = Plan {
        carries: delivery.carries,
        counts: Vec::new(),
        set_aside: delivery.set_aside.clone(),
        changes: delivery.changes.clone(),
        tables: Vec::new(),
        marks: None,
        presumed: Vec::new(),
        last_rows: Vec::new(),
        told: Vec::new(),
        codes: None,
        held_codes: codes_of(link, None).await?,
        seen: Seen::default(),
        after_run,
    };
    let mut planner = Planner { link, names, limits, watch: Watch::default(), today, plan };
    planner.guard(delivery).await?;
    planner.roster(delivery).await?;
    planner.plain(delivery).await?;
    planner.attendance(delivery).await?;
    let Planner { watch, plan, .. } = planner;
    Ok(Plan { seen: watch.end(limits)?, ..plan })
}

impl Planner<'_, '_> {
    async fn stored(&mut self, sql: &'static str) -> Result<StoredRows, Error> {
        let rows: Vec<(String, i64, bool, i64, i64)> = self.link.all(sql, args![]).await?;
        Ok(rows
            .into_iter()
            .map(|(key, hash, active, at, year)| (key, Stored { hash, active, at, year }))
            .collect())
    }

    /// Compares a table with the store, and applies the brakes.
    async fn table<T>(
        &mut self,
        spec: &'static Spec,
        sql: &'static str,
        table: &Table<T>,
        truth: Truth,
        row: impl Fn(&Names, &T) -> Result<Row, Unknown>,
    ) -> Result<(), Error> {
        let mut stored = self.stored(sql).await?;
        let mut count = TableCount {
            table: spec.name.to_owned(),
            file: table.file.clone(),
            read: table.read,
            set_aside: table.set_aside,
            ..TableCount::default()
        };
        let held = stored.values().filter(|s| s.active).count() as u64;
        if table.read == 0 && held > 0 {
            let (file, table) = (table.file.clone(), spec.name.to_owned());
            return Err(Refusal::WouldRemoveAll { file, table, stored: held }.into());
        }
        let mut per_school: BTreeMap<i64, (u64, u64)> = BTreeMap::new();
        for (_, known) in stored.iter().filter(|(key, s)| s.active && truth.holds(key, s)) {
            per_school.entry(truth.school(known)).or_default().0 += 1;
        }
        let mut write = TableWrite { spec, added: Vec::new(), changed: Vec::new(), gone: Vec::new() };
        let mut seen: HashSet<String> = HashSet::new();
        for item in &table.rows {
            let row = match row(&self.names, item) {
                Ok(row) if seen.insert(row.key.clone()) => row,
                problem => {
                    let Unknown { field, value, reason } = match problem {
                        Ok(twice) => unknown("key", &twice.key.replace('\u{1f}', ", "), Reason::DuplicateId),
                        Err(unknown) => unknown,
                    };
                    count.set_aside += 1;
                    // The row was usable on its own, so the adapter did not keep its line.
                    self.plan.set_aside.push(SetAside {
                        file: table.file.clone(),
                        line: 0,
                        column: Some(field.to_owned()),
                        value,
                        reason,
                        at: None,
                    });
                    continue;
                }
            };
            let hash = hash(&row.values);
            match stored.remove(&row.key) {
                None => {
                    count.added += 1;
                    write.added.push((row, hash));
                }
                Some(known) if known.active && known.hash == hash => count.unchanged += 1,
                Some(_) => {
                    count.changed += 1;
                    write.changed.push((row, hash));
                }
            }
        }
        // Where a source numbers its rows anew, as OneRoster's roles are numbered that come from a server after files, they
        // come again as they were: no brake need hold. A row that others name by an id of ours is lost with its key.
        let mut came_again: HashMap<i64, u64> = HashMap::new();
        for (_, hash) in write.added.iter().filter(|_| !spec.keeps) {
            *came_again.entry(*hash).or_default() += 1;
        }
        let mut lost = Vec::new();
        if !seen.is_empty() {
            for (key, known) in stored {
                if known.active && truth.holds(&key, &known) {
                    match came_again.get_mut(&known.hash).filter(|left| **left > 0) {
                        Some(left) => {
                            *left -= 1;
                            write.gone.push(key);
                        }
                        None => {
                            let school = truth.school(&known);
                            per_school.entry(school).or_default().1 += 1;
                            lost.push((key, school));
                        }
                    }
                }
            }
        }
        // In the order of the table's own key, in which a database takes rows fastest.
        write.added.sort_unstable_by(|(a, _), (b, _)| a.key.cmp(&b.key));
        lost.sort_unstable();
        for (key, school) in &lost {
            self.watch.goes(spec.name, self.names.school_name(*school), key, 1);
        }
        let lost: Vec<String> = lost.into_iter().map(|(key, _)| key).collect();
        write.gone.extend_from_slice(&lost);
        write.gone.sort_unstable();
        // A file that is the full truth of the district is held to what the store has; a new year begins with few rows.
        let partly = !matches!(truth, Truth::All | Truth::AllBut(_));
        let known = partly && !per_school.is_empty();
        self.watch.read(self.limits, spec.name, &table.file, table.read, known);
        count.removed = write.gone.len() as u64;
        let mut stops = self.brakes(spec.name, &per_school);
        // A new school year takes the classes of the one before away. What has ended is no loss.
        if !stops.is_empty()
            && let Some(ended) = self.ended(spec.name).await?
        {
            for (key, school) in ended {
                let of = per_school.entry(school).or_default();
                of.0 = of.0.saturating_sub(1);
                of.1 = of.1.saturating_sub(u64::from(lost.binary_search(&key).is_ok()));
            }
            stops = self.brakes(spec.name, &per_school);
        }
        stops.into_iter().for_each(|stop| self.watch.stop(stop));
        self.plan.counts.push(count);
        self.plan.tables.push(write);
        Ok(())
    }

    /// The brake at each school and in the whole table, by how many rows are held and removed at each.
    fn brakes(&self, table: &str, per_school: &BTreeMap<i64, (u64, u64)>) -> Vec<Refusal> {
        let total = per_school.values().fold((0, 0), |sum, of| (sum.0 + of.0, sum.1 + of.1));
        // What belongs to no school comes last, so that the words name a school or speak of the whole table.
        let of_none = per_school.get(&0).map(|of| (&0, of));
        let places = per_school.range(1..).chain([(&0, &total)]).chain(of_none);
        places.filter_map(|(school, (held, removed))| self.brake(table, *school, *removed, *held)).collect()
    }

    /// The keys, with their schools, of the rows in a table of the roster that had ended by the day before today: terms,
    /// sections of which every term has, courses of such sections alone, their rosters, and what has an end of its own.
    /// `None` for a table whose rows do not end. A person does not: who is missing, somebody should look at.
    async fn ended(&mut self, table: &str) -> Result<Option<Vec<(String, i64)>>, Error> {
        let of_table = match table {
            _ if table == rows::TERMS.name => self.link.all(ENDED_TERMS, args![self.today]).await?,
            _ if table == rows::ROLES.name => self.link.all(ENDED_ROLES, args![self.today]).await?,
            _ if table == rows::SECTIONS.name => self.ended_sections().await?.0,
            _ if table == rows::COURSES.name => {
                self.ended_sections().await?.1.into_iter().map(|key| (key, 0)).collect()
            }
            _ if table == rows::SECTION_ROSTERS.name => {
                let sections: HashSet<String> =
                    self.ended_sections().await?.0.into_iter().map(|(key, _)| key).collect();
                let all: Vec<(String, i64, String, Option<Date>)> =
                    self.link.all(SECTION_ROSTER_ENDS, args![]).await?;
                let ended = |section: &str, ends: Option<Date>| {
                    ends.is_some_and(|ends| ends < self.today) || sections.contains(section)
                };
                all.into_iter()
                    .filter(|(_, _, section, ends)| ended(section, *ends))
                    .map(|(key, school, ..)| (key, school))
                    .collect()
            }
            _ => return Ok(None),
        };
        Ok(Some(of_table))
    }

    /// The sections of which every term has ended, with their schools, and the courses that have such sections alone.
    async fn ended_sections(&mut self) -> Result<(Vec<(String, i64)>, Vec<String>), Error> {
        let terms: HashMap<String, Date> =
            self.link.all::<(String, Date)>(TERM_ENDS, args![]).await?.into_iter().collect();
        let all: Vec<(String, i64, String, String)> = self.link.all(SECTION_TERMS, args![]).await?;
        let (mut sections, mut courses): (Vec<(String, i64)>, BTreeMap<String, bool>) = Default::default();
        for (key, school, course, term_keys) in all {
            let keys: Vec<String> = serde_json::from_str(&term_keys)
                .map_err(|_| Error::damaged("a section whose terms cannot be read"))?;
            let over = |key: &String| terms.get(key).is_some_and(|ends| *ends < self.today);
            let ended = !keys.is_empty() && keys.iter().all(over);
            *courses.entry(course).or_insert(true) &= ended;
            sections.extend(ended.then_some((key, school)));
        }
        Ok((sections, courses.into_iter().filter(|(_, ended)| *ended).map(|(key, _)| key).collect()))
    }

    fn brake(&self, table: &str, school: i64, removed: u64, stored: u64) -> Option<Refusal> {
        if removed <= 10 || removed * 10 <= stored {
            return None;
        }
        let at = self.names.school_names.get(&school).map_or_else(String::new, |s| format!(", school {s}"));
        Some(Refusal::TooManyRemovals { table: table.to_owned(), at, removed, stored })
    }

    /// Refuses a file without a column that withholds access from somebody today.
    async fn guard(&mut self, delivery: &Delivery) -> Result<(), Error> {
        for missing in &delivery.without {
            let count = match missing.guard {
                Guard::Restriction => COUNT_RESTRICTED,
                Guard::Enabled => COUNT_DISABLED,
                Guard::Birth => COUNT_BIRTHS,
            };
            let (stored,): (i64,) = self.link.one(count, args![]).await?;
            if stored > 0 {
                return Err(Refusal::MissingGuard {
                    file: missing.file.clone(),
                    column: missing.guard.column().to_owned(),
                    found: missing.found.clone(),
                    stored: stored as u64,
                }
                .into());
            }
        }
        Ok(())
    }

    /// The stored contacts that stay although no usable row of the file names them: those of its unusable rows and,
    /// where one of these does not say whose it is, every restriction, for it may be any of theirs.
    async fn kept_contacts(&mut self, unread: &[UnreadContact]) -> Result<HashSet<String>, Error> {
        let mut kept: HashSet<String> =
            unread.iter().map(|row| key(&[&row.student_id, &row.contact_id])).collect();
        let names_somebody =
            |row: &UnreadContact| self.names.student(&row.student_id).is_some() && !row.contact_id.is_empty();
        if !unread.iter().all(names_somebody) {
            let restricted: Vec<(String,)> = self.link.all(RESTRICTED, args![]).await?;
            kept.extend(restricted.into_iter().map(|(key,)| key));
        }
        Ok(kept)
    }

    /// OneRoster's tables: each is the full truth of the district.
    async fn roster(&mut self, delivery: &Delivery) -> Result<(), Error> {
        if let Some(table) = &delivery.orgs {
            self.table(&rows::ORGS, ORGS, table, Truth::All, |names, org| {
                Ok(Row {
                    key: org.key.clone(),
                    id: names.orgs.get(&org.key).copied(),
                    values: args![&org.id, &org.name, &org.kind, &org.parent_key],
                })
            })
            .await?;
        }
        if let Some(table) = &delivery.terms {
            self.table(&rows::TERMS, TERMS, table, Truth::All, |_, term| {
                Ok(Row {
                    key: term.key.clone(),
                    id: None,
                    values: args![&term.title, &term.kind, term.start, term.end, &term.parent_key],
                })
            })
            .await?;
        }
        if let Some(table) = &delivery.courses {
            self.table(&rows::COURSES, COURSES, table, Truth::All, |_, course| {
                let values = args![&course.title, &course.code];
                Ok(Row { key: course.key.clone(), id: None, values })
            })
            .await?;
        }
        if let Some(table) = &delivery.sections {
            self.table(&rows::SECTIONS, SECTIONS, table, Truth::All, |names, s| {
                Ok(Row {
                    key: s.key.clone(),
                    id: names.sections.get(&s.key).map(|(id, _)| *id),
                    values: args![
                        &s.title,
                        &s.course_key,
                        &s.code,
                        &s.kind,
                        &s.location,
                        &s.school_key,
                        json(&s.term_keys),
                        json(&s.periods),
                    ],
                })
            })
            .await?;
        }
        if let Some(table) = &delivery.people {
            self.table(&rows::PEOPLE, PEOPLE, table, Truth::All, |names, p| {
                Ok(Row {
                    key: p.key.clone(),
                    id: names.people.get(&p.key).copied(),
                    values: args![
                        &p.id,
                        p.enabled,
                        &p.username,
                        &p.given_name,
                        &p.middle_name,
                        &p.family_name,
                        &p.email,
                        &p.phone,
                        p.grade.map(|g| g.code()),
                        json(&p.agent_keys),
                        search_key(&p.given_name, &p.middle_name, &p.family_name, &p.id),
                        sort_key(&p.given_name, &p.family_name),
                        "roster",
                    ],
                })
            })
            .await?;
        }
        if let Some(table) = &delivery.roles {
            self.table(&rows::ROLES, ROLES, table, Truth::All, |names, r| {
                let person = person(names, &r.person_key)?;
                let values = args![person, &r.org_key, &r.role, r.begin, r.end];
                Ok(Row { key: r.key.clone(), id: None, values })
            })
            .await?;
        }
        if let Some(table) = &delivery.section_rosters {
            self.table(&rows::SECTION_ROSTERS, SECTION_ROSTERS, table, Truth::All, |names, m| {
                let person = person(names, &m.person_key)?;
                let (section, _) = names
                    .sections
                    .get(&m.section_key)
                    .ok_or_else(|| unknown("classSourcedId", &m.section_key, Reason::UnknownSection))?;
                let student = m.role.trim().eq_ignore_ascii_case("student");
                let values = args![*section, person, &m.role, student, m.begin, m.end];
                Ok(Row { key: m.key.clone(), id: None, values })
            })
            .await?;
        }
        if let Some(table) = &delivery.demographics {
            // A date of birth ends a parent's right: a row that cannot be read takes none away.
            let truth = Truth::AllBut(delivery.unread_demographics.iter().cloned().collect());
            self.table(&rows::DEMOGRAPHICS, DEMOGRAPHICS, table, truth, |names, d| {
                let person = person(names, &d.person_key)?;
                let values = args![person, d.birth_date, &d.sex, &d.race_ethnicity];
                Ok(Row { key: d.person_key.clone(), id: None, values })
            })
            .await?;
        }
        Ok(())
    }

    /// The plain files.
    async fn plain(&mut self, delivery: &Delivery) -> Result<(), Error> {
        let school_years = |named: &mut dyn Iterator<Item = (&String, SchoolYear)>, names: &Names| {
            let named = named.filter_map(|(id, year)| Some((names.school(id)?, i64::from(year.0))));
            named.collect::<HashSet<(i64, i64)>>()
        };
        if let Some(table) = &delivery.calendar {
            let schools = table.rows.iter().map(|day| day.school_id.clone()).collect();
            self.watch.calendars(self.limits, schools);
            let named = school_years(&mut table.rows.iter().map(|d| (&d.school_id, d.year)), &self.names);
            self.table(&rows::CALENDAR, CALENDAR, table, Truth::SchoolYears(named), |names, d| {
                let values = args![
                    school(names, &d.school_id)?,
                    d.year.0,
                    d.year_named,
                    d.date,
                    d.instructional,
                    &d.term,
                    d.minutes,
                    d.sessions,
                ];
                Ok(Row { key: key(&[&d.school_id, &d.date.to_string()]), id: None, values })
            })
            .await?;
        }
        if let Some(table) = &delivery.enrollments {
            let named = school_years(&mut table.rows.iter().map(|e| (&e.school_id, e.year)), &self.names);
            let truth = Truth::SchoolYears(named.clone());
            self.table(&rows::ENROLLMENTS, ENROLLMENTS, table, truth, |names, e| {
                let values = args![
                    student(names, &e.student_id)?,
                    school(names, &e.school_id)?,
                    e.year.0,
                    e.grade.map(|g| g.code()),
                    e.entry,
                    e.end,
                ];
                let key = key(&[&e.student_id, &e.school_id, &e.entry.to_string()]);
                Ok(Row { key, id: None, values })
            })
            .await?;
            self.presume_ends(delivery, &named).await?;
        }
        if let Some(table) = &delivery.bells {
            let named = table.rows.iter().filter_map(|b| self.names.school(&b.school_id)).collect();
            self.table(&rows::BELLS, BELLS, table, Truth::Schools(named), |names, b| {
                let values = args![school(names, &b.school_id)?, &b.bell.period, b.bell.start, b.bell.end];
                Ok(Row { key: key(&[&b.school_id, &b.bell.period]), id: None, values })
            })
            .await?;
        }
        if let Some(table) = &delivery.roll {
            let years = self.calendar_years(delivery).await?;
            let year_of = |names: &Names, id: &str, date: Date| {
                let named = names.school(id).and_then(|school| years.get(&school));
                named
                    .and_then(|spans| spans.iter().find(|(_, from, to)| *from <= date && date <= *to))
                    .map_or_else(|| i64::from(SchoolYear::of(date, 7).0), |(year, _, _)| *year)
            };
            let named = table
                .rows
                .iter()
                .filter_map(|r| {
                    Some((self.names.school(&r.school_id)?, year_of(&self.names, &r.school_id, r.date)))
                })
                .collect();
            self.table(&rows::ROLL, ROLL, table, Truth::SchoolYears(named), |names, r| {
                let year = year_of(names, &r.school_id, r.date);
                let values = args![school(names, &r.school_id)?, year, r.date, r.taken];
                Ok(Row { key: key(&[&r.school_id, &r.date.to_string()]), id: None, values })
            })
            .await?;
        }
        if delivery.contacts.is_some() || delivery.caseload.is_some() || delivery.characteristics.is_some() {
            let latest = self.latest_schools(delivery).await?;
            self.of_students(delivery, latest).await?;
        }
        Ok(())
    }

    /// The files that name students and no school.
    async fn of_students(&mut self, delivery: &Delivery, latest: HashMap<i64, i64>) -> Result<(), Error> {
        let truth = |named: &mut dyn Iterator<Item = &String>, names: &Names| {
            let schools =
                named.filter_map(|id| latest.get(&names.student(id)?).copied()).collect::<HashSet<i64>>();
            StudentTruth { latest: latest.clone(), schools, kept: HashSet::new() }
        };
        if let Some(table) = &delivery.characteristics {
            let truth = truth(&mut table.rows.iter().map(|c| &c.student_id), &self.names);
            let kept = delivery.unread_students.iter().cloned().collect();
            let truth = Truth::Students(StudentTruth { kept, ..truth });
            self.table(&rows::CHARACTERISTICS, CHARACTERISTICS, table, truth, |names, c| {
                let values = args![
                    student(names, &c.student_id)?,
                    c.birth_date,
                    &c.language,
                    c.special_education,
                    c.plan_504,
                    c.english_learner,
                    c.homeless,
                    c.foster,
                    c.low_income,
                    &c.race_ethnicity,
                    &c.sex,
                ];
                Ok(Row { key: c.student_id.clone(), id: None, values })
            })
            .await?;
        }
        if let Some(table) = &delivery.contacts {
            let kept = self.kept_contacts(&delivery.unread_contacts).await?;
            let truth = truth(&mut table.rows.iter().map(|c| &c.student_id), &self.names);
            let truth = Truth::Students(StudentTruth { kept, ..truth });
            self.table(&rows::CONTACTS, CONTACTS, table, truth, |names, c| {
                let values = args![
                    student(names, &c.student_id)?,
                    &c.contact_id,
                    &c.given_name,
                    &c.family_name,
                    &c.relation,
                    c.primary,
                    c.lives_with,
                    c.emergency,
                    &c.street,
                    &c.city,
                    &c.state,
                    &c.postal_code,
                    &c.phone,
                    &c.email,
                    &c.language,
                    c.legal_restriction,
                ];
                Ok(Row { key: key(&[&c.student_id, &c.contact_id]), id: None, values })
            })
            .await?;
        }
        if let Some(table) = &delivery.caseload {
            let truth = truth(&mut table.rows.iter().map(|c| &c.student_id), &self.names);
            self.table(&rows::CASELOAD, CASELOAD, table, Truth::Students(truth), |names, c| {
                let staff = names
                    .staff(&c.staff_id)
                    .ok_or_else(|| unknown("staff_id", &c.staff_id, Reason::UnknownPerson))?;
                let values = args![staff, student(names, &c.student_id)?, &c.kind];
                Ok(Row { key: key(&[&c.staff_id, &c.student_id, &c.kind]), id: None, values })
            })
            .await?;
        }
        Ok(())
    }

    /// An open enrollment that a later year's file no longer names ended with its own year's calendar; one that is
    /// named again did not.
    async fn presume_ends(&mut self, delivery: &Delivery, named: &HashSet<(i64, i64)>) -> Result<(), Error> {
        let Some(table) = &delivery.enrollments else { return Ok(()) };
        let mut newest: HashMap<i64, i64> = HashMap::new();
        for (school, year) in named {
            let known = newest.entry(*school).or_insert(*year);
            *known = (*known).max(*year);
        }
        let listed: HashSet<String> =
            table.rows.iter().map(|e| key(&[&e.student_id, &e.school_id, &e.entry.to_string()])).collect();
        let last_days = self.last_days(delivery).await?;
        let rows: Vec<EnrolledColumns> = self.link.all(ENROLLED, args![]).await?;
        for (key, _, school, year, _, ends, presumed) in rows {
            let over = !listed.contains(&key)
                && !named.contains(&(school, year))
                && ends.is_none()
                && newest.get(&school).is_some_and(|newest| year < *newest);
            let end = if over {
                // Without a calendar of that year, the year ends where the next begins.
                let last = last_days.get(&(school, year)).and_then(|day| day.succ_opt());
                Some(last.unwrap_or_else(|| SchoolYear(year as i16).next().july_first()))
            } else if listed.contains(&key) {
                None
            } else {
                presumed
            };
            if end != presumed {
                self.plan.presumed.push((key, end));
            }
        }
        Ok(())
    }

    async fn last_days(&mut self, delivery: &Delivery) -> Result<HashMap<(i64, i64), Date>, Error> {
        let rows: Vec<(i64, i64, NaiveDate)> = self.link.all(LAST_DAYS, args![]).await?;
        let mut days: HashMap<(i64, i64), Date> = rows.into_iter().map(|(s, y, d)| ((s, y), d)).collect();
        let mut delivered: HashMap<(i64, i64), Date> = HashMap::new();
        for day in delivery.calendar.iter().flat_map(|t| &t.rows) {
            if let Some(school) = self.names.school(&day.school_id) {
                let last = delivered.entry((school, i64::from(day.year.0))).or_insert(day.date);
                *last = (*last).max(day.date);
            }
        }
        days.extend(delivered);
        Ok(days)
    }

    /// Each school's years, with their first and last calendar day.
    async fn calendar_years(&mut self, delivery: &Delivery) -> Result<Years, Error> {
        let mut first: HashMap<(i64, i64), Date> = HashMap::new();
        let last = self.last_days(delivery).await?;
        for day in delivery.calendar.iter().flat_map(|t| &t.rows) {
            if let Some(school) = self.names.school(&day.school_id) {
                let known = first.entry((school, i64::from(day.year.0))).or_insert(day.date);
                *known = (*known).min(day.date);
            }
        }
        let mut years: Years = HashMap::new();
        for ((school, year), to) in last {
            let from = first.get(&(school, year)).copied().unwrap_or(SchoolYear(year as i16).july_first());
            years.entry(school).or_default().push((year, from, to));
        }
        Ok(years)
    }

    /// The school of each student's latest enrollment, as it will be.
    async fn latest_schools(&mut self, delivery: &Delivery) -> Result<HashMap<i64, i64>, Error> {
        let mut latest: HashMap<i64, (Date, i64)> = HashMap::new();
        let mut note = |student: i64, entry: Date, school: i64| {
            let known = latest.entry(student).or_insert((entry, school));
            *known = (*known).max((entry, school));
        };
        let gone: HashSet<&String> = self
            .plan
            .tables
            .iter()
            .filter(|t| t.spec.table == rows::ENROLLMENTS.table)
            .flat_map(|t| &t.gone)
            .collect();
        let rows: Vec<EnrolledColumns> = self.link.all(ENROLLED, args![]).await?;
        for (key, student, school, _, entry, _, _) in &rows {
            if !gone.contains(key) {
                note(*student, *entry, *school);
            }
        }
        for span in delivery.enrollments.iter().flat_map(|t| &t.rows) {
            if let (Some(student), Some(school)) =
                (self.names.student(&span.student_id), self.names.school(&span.school_id))
            {
                note(student, span.entry, school);
            }
        }
        Ok(latest.into_iter().map(|(student, (_, school))| (student, school)).collect())
    }

    /// Each school with its newest school year that has begun, by the delivered calendar.
    fn running_years(&self, delivery: &Delivery) -> HashSet<(i64, i64)> {
        let mut newest: HashMap<i64, i64> = HashMap::new();
        for day in delivery.calendar.iter().flat_map(|t| &t.rows).filter(|day| day.date <= self.today) {
            if let Some(school) = self.names.school(&day.school_id) {
                let year = newest.entry(school).or_insert(i64::from(day.year.0));
                *year = (*year).max(i64::from(day.year.0));
            }
        }
        newest.into_iter().collect()
    }

    async fn attendance(&mut self, delivery: &Delivery) -> Result<(), Error> {
        let Some(delivered) = &delivery.attendance else { return Ok(()) };
        let mut covers = HashSet::new();
        for (id, year) in &delivered.covers {
            if let Some(school) = self.names.school(id) {
                covers.insert((school, i64::from(year.0)));
            }
        }
        let mut placed = Vec::new();
        let mut count = TableCount {
            table: "attendance".to_owned(),
            file: delivered.file.clone(),
            read: delivered.read,
            set_aside: delivered.set_aside,
            ..TableCount::default()
        };
        for strip in &delivered.strips {
            let (Some(student), Some(school)) =
                (self.names.student(&strip.student_id), self.names.school(&strip.school_id))
            else {
                // The adapter knows the roster, so this takes a roster that changed under it.
                let usable = attendance::usable(&delivered.shapes, &strip.strip);
                count.set_aside += usable;
                self.plan.set_aside.push(SetAside {
                    file: delivered.file.clone(),
                    line: 0,
                    column: Some("student_id".to_owned()),
                    value: strip.student_id.clone(),
                    reason: Reason::UnknownStudent,
                    at: None,
                });
                continue;
            };
            placed.push(((student, school, i64::from(strip.year.0)), &strip.strip));
        }
        let running = self.running_years(delivery);
        let marks = attendance::plan(self.link, delivered, placed, &covers, &running, &mut count).await?;
        for (school, (held, removed)) in &marks.per_school {
            if let Some(stop) = self.brake("attendance", *school, *removed, *held) {
                self.watch.stop(stop);
            }
        }
        // A file of what is recent has as many rows as there is news.
        let known = delivered.since.is_none() && marks.per_school.values().any(|(held, _)| *held > 0);
        self.watch.read(self.limits, "attendance", &delivered.file, delivered.read, known);
        self.watch_marks(&marks);
        let stored: HashMap<i64, Date> =
            self.link.all::<(i64, Date)>(LAST_ROWS, args![]).await?.into_iter().collect();
        for (id, date) in &delivered.last_rows {
            let Some(school) = self.names.school(id) else { continue };
            // A file of an earlier year says nothing of how far the present one has come, nor does one of what is recent.
            let later_elsewhere = stored.get(&school).filter(|known| {
                let year = i64::from(SchoolYear::of(**known, 7).0);
                *known > date && (delivered.since.is_some() || !covers.contains(&(school, year)))
            });
            if later_elsewhere.is_none() && stored.get(&school) != Some(date) {
                self.plan.last_rows.push((SchoolId(school), *date));
            }
        }
        self.plan.told = told::plan(self.link, delivered, &covers, |id| self.names.school(id)).await?;
        self.plan.counts.push(count);
        self.plan.marks = Some(marks);
        Ok(())
    }

    /// Tells the brake which marks go: by the ids that files use, and the day.
    fn watch_marks(&mut self, marks: &MarksPlan) {
        if marks.gone_marks.is_empty() {
            return;
        }
        let locals: HashMap<i64, &str> = self
            .names
            .by_local
            .iter()
            .flat_map(|(local, people)| people.iter().map(|(_, id)| (*id, local.as_str())))
            .collect();
        let gone = marks.gone_marks.iter().map(|((student, school, year), day, rows)| {
            let date = day_date(SchoolYear(*year as i16), *day).to_string();
            (key(&[locals.get(student).copied().unwrap_or_default(), &date]), *school, *rows)
        });
        let mut gone: Vec<(String, i64, u64)> = gone.collect();
        gone.sort_unstable();
        for (key, school, rows) in gone {
            self.watch.goes("attendance", self.names.school_name(school), &key, rows);
        }
    }
}

/// A school's years: the year, its first and its last calendar day.
type Years = HashMap<i64, Vec<(i64, Date, Date)>>;
/// Key, student, school, year, entry, end, presumed end.
type EnrolledColumns = (String, i64, i64, i64, NaiveDate, Option<NaiveDate>, Option<NaiveDate>);

fn person(names: &Names, key: &str) -> Result<i64, Unknown> {
    names.people.get(key).copied().ok_or_else(|| unknown("userSourcedId", key, Reason::UnknownPerson))
}

fn student(names: &Names, id: &str) -> Result<i64, Unknown> {
    names.student(id).ok_or_else(|| unknown("student_id", id, Reason::UnknownStudent))
}

fn school(names: &Names, id: &str) -> Result<i64, Unknown> {
    names.school(id).ok_or_else(|| unknown("school_id", id, Reason::UnknownSchool))
}

/// A list of source keys, as one text.
fn json(keys: &[String]) -> String {
    serde_json::json!(keys).to_string()
}

/// What a search looks into: the name in both orders, and the id the school uses.
pub(crate) fn search_key(given: &str, middle: &str, family: &str, local_id: &str) -> String {
    fold(&format!("{given} {middle} {family} {given} {local_id}"))
}

/// What lists are sorted by.
pub(crate) fn sort_key(given: &str, family: &str) -> String {
    fold(&format!("{family}, {given}"))
}
