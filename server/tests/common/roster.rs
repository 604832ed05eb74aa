//! What a district's exports say about who belongs to whom, read from the files themselves: the tests' own view, which
//! owes nothing to the store.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::Read;
use std::path::Path;

type Row = HashMap<String, String>;

/// A district's exports.
pub struct Exports {
    /// Why somebody is of note, with their id: the first of each kind counts.
    pub notable: Vec<(String, String)>,
    /// Students by id: given and family name.
    pub names: BTreeMap<String, (String, String)>,
    /// Spans at schools.
    pub spans: Vec<Span>,
    /// Children by contact, and whether a restriction stands between them.
    pub children: HashMap<String, Vec<(String, bool)>>,
    /// Students by counselor.
    caseload: HashMap<String, BTreeSet<String>>,
    /// Students by teacher, through their sections of today.
    taught: HashMap<String, BTreeSet<String>>,
    /// Schools by their principal.
    led: HashMap<String, String>,
}

/// A student's time at a school.
pub struct Span {
    pub student: String,
    pub school: String,
    /// First day.
    pub entry: String,
    /// Whether it lasts.
    pub lasts: bool,
}

impl Exports {
    /// Reads a folder.
    pub fn read(folder: &Path) -> Self {
        let plain = |name: &str| rows(std::fs::File::open(folder.join(name)).unwrap());
        let mut zip =
            zip::ZipArchive::new(std::fs::File::open(folder.join("oneroster.zip")).unwrap()).unwrap();
        let mut zipped = |name: &str| rows(zip.by_name(name).unwrap());
        let users: HashMap<String, Row> =
            zipped("users.csv").into_iter().map(|row| (row["sourcedId"].clone(), row)).collect();
        let local = |key: &str| users[key]["identifier"].clone();

        let spans: Vec<_> = plain("enrollments.csv")
            .into_iter()
            .map(|r| Span {
                student: r["student_id"].clone(),
                school: r["school_id"].clone(),
                entry: r["entry_date"].clone(),
                lasts: r["exit_date"].is_empty(),
            })
            .collect();
        let enrolled: BTreeSet<&String> = spans.iter().map(|span: &Span| &span.student).collect();
        let names = users
            .values()
            .filter(|u| enrolled.contains(&u["identifier"]))
            .map(|u| (u["identifier"].clone(), (u["givenName"].clone(), u["familyName"].clone())))
            .collect();
        let mut children: HashMap<String, Vec<(String, bool)>> = HashMap::new();
        for r in plain("contacts.csv") {
            let restricted = r["legal_restriction"] == "true";
            children.entry(r["contact_id"].clone()).or_default().push((r["student_id"].clone(), restricted));
        }
        let mut caseload: HashMap<String, BTreeSet<String>> = HashMap::new();
        for r in plain("caseload.csv") {
            caseload.entry(r["staff_id"].clone()).or_default().insert(r["student_id"].clone());
        }
        let day = super::today().to_string();
        let members: Vec<Row> = zipped("enrollments.csv")
            .into_iter()
            .filter(|r| r["beginDate"] <= day && (r["endDate"].is_empty() || r["endDate"] >= day))
            .collect();
        let mut in_class: HashMap<&str, BTreeSet<String>> = HashMap::new();
        for r in members.iter().filter(|r| r["role"] == "student") {
            in_class.entry(&r["classSourcedId"]).or_default().insert(local(&r["userSourcedId"]));
        }
        let mut taught: HashMap<String, BTreeSet<String>> = HashMap::new();
        for r in members.iter().filter(|r| r["role"] == "teacher") {
            let students = in_class.get(r["classSourcedId"].as_str()).cloned().unwrap_or_default();
            taught.entry(local(&r["userSourcedId"])).or_default().extend(students);
        }
        let orgs: HashMap<String, String> = zipped("orgs.csv")
            .into_iter()
            .map(|r| (r["sourcedId"].clone(), r["identifier"].clone()))
            .collect();
        let led = zipped("roles.csv")
            .into_iter()
            .filter(|r| r["role"] == "principal")
            .map(|r| (local(&r["userSourcedId"]), orgs[&r["orgSourcedId"]].clone()))
            .collect();
        let notable = plain("people-of-note.csv")
            .into_iter()
            .map(|r| (r["why"].clone(), r["person_id"].clone()))
            .collect();
        Self { notable, names, spans, children, caseload, taught, led }
    }

    /// The first person of note of a kind (see `demo::people::why`).
    pub fn who(&self, why: &str) -> &str {
        let found = self.notable.iter().find(|(reason, _)| reason == why);
        found.map_or_else(|| panic!("the exports have a {why}"), |(_, id)| id.as_str())
    }

    /// Students in a teacher's sections today.
    pub fn taught_by(&self, teacher: &str) -> BTreeSet<String> {
        self.taught.get(teacher).cloned().unwrap_or_default()
    }

    /// Students on a counselor's caseload.
    pub fn caseload_of(&self, counselor: &str) -> BTreeSet<String> {
        self.caseload.get(counselor).cloned().unwrap_or_default()
    }

    /// The school a principal leads.
    pub fn led_by(&self, principal: &str) -> &str {
        &self.led[principal]
    }

    /// Students who are at a school, or left the district from there. Who went on to another school is that one's.
    pub fn of_school(&self, school: &str) -> BTreeSet<String> {
        let went_on = |span: &Span| {
            self.spans
                .iter()
                .any(|l| l.student == span.student && l.school != span.school && l.entry > span.entry)
        };
        let there = self.spans.iter().filter(|span| span.school == school && !went_on(span));
        there.map(|span| span.student.clone()).collect()
    }

    /// Every student with an enrollment.
    pub fn everyone(&self) -> BTreeSet<String> {
        self.spans.iter().map(|span| span.student.clone()).collect()
    }

    /// Children whose records nobody keeps from a contact.
    pub fn children_of(&self, contact: &str) -> BTreeSet<String> {
        let children = self.children.get(contact).into_iter().flatten();
        children.filter(|(_, restricted)| !restricted).map(|(student, _)| student.clone()).collect()
    }

    /// The school of a student who is enrolled today.
    pub fn school_of(&self, student: &str) -> Option<&str> {
        self.spans.iter().find(|span| span.student == student && span.lasts).map(|span| span.school.as_str())
    }

    /// The schools, in order.
    pub fn schools(&self) -> BTreeSet<String> {
        self.spans.iter().map(|span| span.school.clone()).collect()
    }
}

fn rows(file: impl Read) -> Vec<Row> {
    csv::Reader::from_reader(file).deserialize().map(|row| row.unwrap()).collect()
}
