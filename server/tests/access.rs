//! Who may open what, asked of the running router: every person's every action on a record in scope, out of scope, of
//! another district and of none. The answer is `golden/who-may-open-what.txt`, which is written to be read.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "what is not as expected fails the test")]

mod common;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use common::{Answer, Browser, World, demo, other};
use demo::people::why;
use model::canonical::Carries;
use model::ids::{DistrictId, SchoolId, SourceId, StudentId};
use model::page::{StudentFilter, WorklistFilter};
use model::role::Role;
use serde_json::json;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

/// Rewrites the golden table, to be read again before it is committed.
const REWRITE: &str = "EVERPRESENT_REWRITE_GOLDEN";

const HEADING: &str = "\
Who may open what
=================

One block for each action, one line for each person, one column for each record. The people are of one district:

  teacher                 teaches a homeroom
  aide                    assists in a homeroom
  counselor               has a caseload
  school administrator    is the principal of a school
  district administrator  leads the district
  guardian                has children in the district
  restricted guardian     a court order keeps the records from this parent; holds a session all the same
  adult student           is 18
  teacher and parent      teaches, and has children whom somebody else teaches
  system administrator    has this role in the roster, which gives nothing by itself; holds a session all the same
  nobody                  is not signed in

The records are students, schools, rules of a district's own or its sources of data, seen from each person:

  theirs           taught by them, on their caseload, of their school or district, their child, or themselves;
                   for the restricted guardian the child in question; for the system administrator and for nobody
                   the same as for the teacher
  new              a rule that is yet to be made
  of the district  a rule, or a source, that the district has
  own child        a child whom they do not teach
  not theirs       of the same district
  other district   of another district on the same server
  no such id       an id as ours are, which nobody has
  not an id        700001, as a source would write it

The answers:

  200           here it is
  200 with      here it is, with the record in it
  200 without   here it is, without the record
  303 elsewhere done; go to the page of what was made
  303 home      done; go to the start page
  303 sign-in   done, or not possible; go to the sign-in page
  302 sign-in   sign in first (pages)
  401           sign in first (server functions)
  403           you may know of it, and may not open it
  404           there is no such thing, or none that you may know of
  .             there is no such case
";

/// A person of the table.
struct Persona {
    called: &'static str,
    browser: Browser,
    /// The roster's id; empty for nobody.
    local_id: String,
    /// The roster's ids of the students who are theirs, by the exports themselves.
    theirs: BTreeSet<String>,
    records: Records,
}

/// The records a person is asked about.
struct Records {
    theirs: Option<Student>,
    own_child: Option<Student>,
    not_theirs: Option<Student>,
    elsewhere: Student,
    school: Option<SchoolId>,
    another_school: Option<SchoolId>,
    school_elsewhere: SchoolId,
    source: Option<SourceId>,
    source_elsewhere: Option<SourceId>,
}

#[derive(Clone)]
struct Student {
    id: StudentId,
    local_id: String,
    given_name: String,
    family_name: String,
}

impl World {
    async fn record(&self, local_id: &str) -> Student {
        let (given_name, family_name) = self.delivered.demo.names[local_id].clone();
        let id = self.student(&demo(), local_id).await;
        Student { id, local_id: local_id.to_owned(), given_name, family_name }
    }

    /// A browser of a person, opened by invitation; by force where nobody would invite them.
    async fn persona(&self, called: &'static str) -> Persona {
        let roster = &self.delivered.demo;
        let everyone = roster.everyone();
        let (why, role) = match called {
            "teacher" | "nobody" => (why::HOMEROOM_TEACHER, Some(Role::Teacher)),
            "aide" => (why::AIDE, Some(Role::Teacher)),
            "system administrator" => (why::SYSTEM_ADMINISTRATOR, None),
            "counselor" => (why::COUNSELOR, Some(Role::Counselor)),
            "school administrator" => (why::PRINCIPAL, Some(Role::SchoolAdministrator)),
            "district administrator" => (why::DISTRICT_ADMINISTRATOR, Some(Role::DistrictAdministrator)),
            "guardian" => (why::PARENT_OF_SEVERAL, Some(Role::Guardian)),
            "restricted guardian" => (why::RESTRICTED_PARENT, None),
            "adult student" => (why::ADULT_STUDENT, Some(Role::AdultStudent)),
            "teacher and parent" => (why::TEACHER_AND_PARENT, Some(Role::Teacher)),
            _ => panic!("nobody is called {called}"),
        };
        let local_id = roster.who(why).to_owned();
        let taught = roster.taught_by(&local_id);
        let children = roster.children_of(&local_id);
        let (opened, asked): (BTreeSet<String>, BTreeSet<String>) = match called {
            "nobody" => (BTreeSet::new(), taught.clone()),
            "system administrator" => (BTreeSet::new(), roster.taught_by(roster.who(why::HOMEROOM_TEACHER))),
            "teacher" | "aide" => (taught.clone(), taught.clone()),
            "teacher and parent" => (taught.union(&children).cloned().collect(), taught.clone()),
            "counselor" => (roster.caseload_of(&local_id), roster.caseload_of(&local_id)),
            "school administrator" => {
                let of_school = roster.of_school(roster.led_by(&local_id));
                (of_school.clone(), of_school)
            }
            "district administrator" => (everyone.clone(), everyone.clone()),
            "guardian" => (children.clone(), children.clone()),
            "restricted guardian" => {
                let kept_from = roster.children[&local_id].iter().map(|(child, _)| child.clone()).collect();
                (BTreeSet::new(), kept_from)
            }
            _ => (BTreeSet::from([local_id.clone()]), BTreeSet::from([local_id.clone()])),
        };
        let browser = match (called, role) {
            ("nobody", _) => self.browser(),
            (_, Some(role)) => self.invited(&demo(), role, &local_id).await,
            (_, None) => self.smuggled(&demo(), &local_id).await,
        };

        let enrolled = |id: &&String| roster.school_of(id).is_some();
        // Where there is a choice, it is a student whom the worklist can hold.
        let flagged = self.flagged(&demo()).await;
        let choose = |from: &mut dyn Iterator<Item = &String>| {
            let from: Vec<String> = from.cloned().collect();
            from.iter().find(|id| flagged.contains(*id)).or(from.first()).cloned()
        };
        let family: BTreeSet<&str> = asked.iter().map(|id| roster.names[id].0.as_str()).collect();
        let stranger = choose(&mut everyone.iter().filter(enrolled).filter(|id| {
            !opened.contains(*id) && !asked.contains(*id) && !family.contains(roster.names[*id].0.as_str())
        }));
        let theirs = choose(&mut asked.iter().filter(enrolled)).expect("one of theirs is enrolled");
        let own_child = children.iter().find(|id| called == "teacher and parent" && !taught.contains(*id));
        let own_school = match called {
            "school administrator" => roster.led_by(&local_id),
            _ => roster.school_of(&theirs).expect("a school"),
        };
        let own_school = own_school.to_owned();
        let another = roster.schools().into_iter().find(|s| *s != own_school).expect("another school");
        let schools = self.directory.district(&demo()).await.unwrap().school_ids(&Self::job()).await.unwrap();
        let beyond = self.directory.district(&other()).await.unwrap().school_ids(&Self::job()).await.unwrap();
        let elsewhere = &self.delivered.other;
        let flagged = self.flagged(&other()).await;
        let abroad =
            elsewhere.everyone().into_iter().find(|id| flagged.contains(id) && !everyone.contains(id));
        let abroad = abroad.expect("a student of the other district, whom its worklist holds");
        let records = Records {
            theirs: Some(self.record(&theirs).await),
            own_child: match own_child {
                Some(child) => Some(self.record(child).await),
                None => None,
            },
            not_theirs: match stranger {
                Some(stranger) => Some(self.record(&stranger).await),
                None => None,
            },
            elsewhere: Student {
                id: self.student(&other(), &abroad).await,
                given_name: elsewhere.names[&abroad].0.clone(),
                family_name: elsewhere.names[&abroad].1.clone(),
                local_id: abroad,
            },
            school: Some(schools[&own_school]),
            another_school: (called != "district administrator").then(|| schools[&another]),
            school_elsewhere: *beyond.values().next().expect("a school of the other district"),
            source: self.source(&demo()).await,
            source_elsewhere: self.source(&other()).await,
        };
        let local_id = if called == "nobody" { String::new() } else { local_id };
        Persona { called, browser, local_id, theirs: opened, records }
    }

    /// Makes a rule in the district and three in the other one, which flag nobody. What their form was shown with.
    async fn make_rules(&self) -> String {
        let mut previewed = String::new();
        for (district, exports, count) in
            [(demo(), &self.delivered.demo, 1), (other(), &self.delivered.other, 3)]
        {
            let administrator = exports.who(why::DISTRICT_ADMINISTRATOR);
            let mut browser = self.invited(&district, Role::DistrictAdministrator, administrator).await;
            let shown = browser.post("/policies/new", &rule_form("preview", "", 0, "")).await;
            let after = shown.body.split("name=\"previewed\" value=\"").nth(1).expect("the form");
            let hidden = after.split('"').next().expect("its value").replace("&amp;", "&");
            previewed = hidden.replace('&', "%26").replace('=', "%3D");
            for number in 1..=count {
                let token = format!("{district}-{number}");
                let kept = browser.post("/policies/new", &rule_form("save", &token, 0, &previewed)).await;
                assert_eq!(kept.location(), Some(format!("/policies/policy-{number}?saved=1").as_str()));
            }
        }
        previewed
    }

    /// Says of both districts where their data comes from.
    async fn add_sources(&self) {
        for district in [demo(), other()] {
            common::add_folder(&self.context, &district, "nightly", &self.site, Carries::Plain).await;
        }
    }

    async fn source(&self, district: &DistrictId) -> Option<SourceId> {
        let sources = self.directory.district(district).await.unwrap().sources().await.unwrap();
        sources.first().map(|source| source.id)
    }

    /// Students on whom a rule stands today.
    async fn flagged(&self, district: &DistrictId) -> BTreeSet<String> {
        let order = services::evaluate::Order { as_of: common::today(), known_on: None, packs: Vec::new() };
        let report = services::evaluate::run(&self.context, district, &order, &services::Silent).await;
        report.unwrap().signals.into_iter().filter(|s| s.standing).map(|s| s.student_id).collect()
    }

    async fn personas(&self) -> Vec<Persona> {
        let mut all = Vec::new();
        for called in [
            "teacher",
            "aide",
            "counselor",
            "school administrator",
            "district administrator",
            "guardian",
            "restricted guardian",
            "adult student",
            "teacher and parent",
            "system administrator",
            "nobody",
        ] {
            all.push(self.persona(called).await);
        }
        all
    }
}

/// What an action is done to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum On {
    /// A student, named by the address or the call.
    Student,
    /// A student, to be shown beside a list.
    Beside,
    /// A school, named likewise.
    School,
    /// A rule of a district's own, named likewise.
    Policy,
    /// A source of a district's data, named likewise.
    Source,
    /// Nothing in particular, but a student may be in the answer.
    List,
    /// Nothing in particular.
    Nothing,
}

/// An action of the table: its method, the path as the router knows it, and what it is done to.
struct Action {
    method: Method,
    path: &'static str,
    words: &'static str,
    on: On,
}

/// Every page, server function and other route, in the table's order.
fn actions() -> Vec<Action> {
    let get = |path, words, on| Action { method: Method::GET, path, words, on };
    let post = |path, words, on| Action { method: Method::POST, path, words, on };
    vec![
        get("/", "the start page: the worklist, or for a family its children", On::List),
        get("/students", "the list of students", On::List),
        post("/students", "the list of students, searched by id", On::List),
        get("/?open={id}", "the start page, `with` a student open beside the worklist", On::Beside),
        get("/students?open={id}", "the list of students, `with` one open beside it", On::Beside),
        get("/students/{id}", "a student's page", On::Student),
        get("/schools/{id}", "a school in figures", On::School),
        get("/policies", "the rules in force", On::Nothing),
        get("/policies/{id}", "a rule of a district's own", On::Policy),
        post("/policies/{id}", "whom a rule would flag as it is changed", On::Policy),
        post("/policies/{id}?save", "the change, to be kept", On::Policy),
        get("/lab", "the rule lab", On::Nothing),
        get("/api/lab-data/{school}", "a school's marks without names, for the rule lab", On::School),
        post("/api/lab-names", "names for places of the rule lab", On::School),
        post("/api/lab-groups", "what a rule would mean by group, for the rule lab", On::School),
        get("/data", "where the data stands; `with` the rows that were set aside", On::Nothing),
        get("/data/reconciliation", "the source beside what is held", On::Nothing),
        get("/data/reconciliation?school={id}", "a school's days beside its source's", On::School),
        get("/data/sources/{id}", "a source of the data", On::Source),
        post("/data/sources/{id}", "what is to be done with a source: pause it", On::Source),
        post("/push", "a district's files, sent without the token of a source", On::Nothing),
        get("/family", "a family's children", On::List),
        get("/sign-in", "how to sign in", On::Nothing),
        post("/download/worklist", "the worklist as a file", On::List),
        post("/download/students", "the list of students as a file, searched by id", On::List),
        post("/download/students/{id}/days", "a student's days as a file", On::Student),
        post("/download/students/{id}/weeks", "a student's weeks as a file", On::Student),
        post(
            "/download/students/{id}/signals",
            "the days behind a student's thresholds as a file",
            On::Student,
        ),
        post("/download/schools/{id}/grades", "a school's grades in figures as a file", On::School),
        post("/download/schools/{id}/weeks", "a school's weeks in figures as a file", On::School),
        post("/download/data/schools", "how far attendance has come as a file", On::Nothing),
        post("/download/data/set-aside", "the rows that were set aside as a file", On::Nothing),
        post("/download/data/runs", "what the last syncs did as a file", On::Nothing),
        post("/download/family", "the days a family's children missed as a file", On::List),
        post("/api/viewer", "who is signed in", On::Nothing),
        post("/api/home", "what the start page shows", On::List),
        post("/api/students", "the list of students, searched by id", On::List),
        post("/api/student", "a student's page", On::Student),
        post("/api/school", "a school in figures", On::School),
        post("/api/policies", "the rules in force", On::Nothing),
        post("/api/policy", "a rule of a district's own", On::Policy),
        post("/api/lab", "the rule lab of a school", On::School),
        post("/api/data", "where the data stands; `with` the rows that were set aside", On::Nothing),
        post("/api/reconciliation", "a school's days beside its source's", On::School),
        post("/api/source", "a source of the data", On::Source),
        post("/api/family", "a family's children", On::List),
        post("/api/sign-in", "how to sign in", On::Nothing),
        get("/invitation/{token}", "a link that was never made", On::Nothing),
        post("/demo/sign-in", "step into a person who is not listed; in the demo only", On::Nothing),
        post("/language", "choose a language", On::Nothing),
        post("/density", "choose how close together rows stand", On::Nothing),
        post("/sign-out", "end the session", On::Nothing),
        get("/healthz", "whether the program runs", On::Nothing),
        get("/readyz", "whether the store can be reached", On::Nothing),
    ]
}

/// A column: its title, and the record for a person.
struct Column {
    title: &'static str,
    student: Option<Student>,
    /// What stands in the address.
    text: Option<String>,
}

fn columns(on: On, records: &Records) -> Vec<Column> {
    let student = |title, student: Option<&Student>| Column {
        title,
        student: student.cloned(),
        text: student.map(|s| s.id.to_string()),
    };
    let text = |title, text: Option<String>| Column { title, student: None, text };
    let people = || {
        vec![
            student("theirs", records.theirs.as_ref()),
            student("own child", records.own_child.as_ref()),
            student("not theirs", records.not_theirs.as_ref()),
            student("other district", Some(&records.elsewhere)),
        ]
    };
    let nowhere = [
        text("no such id", Some(SchoolId(12_345).to_string())),
        text("not an id", Some("700001".to_owned())),
    ];
    match on {
        On::Nothing => vec![text("", Some(String::new()))],
        On::Policy => vec![
            text("new", Some("new".to_owned())),
            text("of the district", Some("policy-1".to_owned())),
            text("other district", Some("policy-3".to_owned())),
            text("no such id", Some("policy-99".to_owned())),
        ],
        On::Source => [
            text("of the district", records.source.map(|s| s.to_string())),
            text("other district", records.source_elsewhere.map(|s| s.to_string())),
        ]
        .into_iter()
        .chain(nowhere)
        .collect(),
        On::List => people(),
        On::Student | On::Beside => people().into_iter().chain(nowhere).collect(),
        On::School => [
            text("theirs", records.school.map(|s| s.to_string())),
            text("not theirs", records.another_school.map(|s| s.to_string())),
            text("other district", Some(records.school_elsewhere.to_string())),
        ]
        .into_iter()
        .chain(nowhere)
        .collect(),
    }
}

impl Persona {
    /// Does the action and says what came of it, in the table's words. `previewed` is what a form of a rule says it was
    /// shown with.
    async fn does(&mut self, action: &Action, column: &Column, previewed: &str) -> String {
        let Some(text) = &column.text else { return ".".to_owned() };
        let address =
            action.path.replace("{id}", text).replace("{school}", text).replace("{token}", &never_made());
        let search = column.student.as_ref().map(|s| s.local_id.clone()).unwrap_or_default();
        let browser = &mut self.browser;
        let answers = match (&action.method, action.path) {
            (&Method::POST, "/students" | "/download/students") => {
                vec![browser.post(&address, &format!("text={search}")).await]
            }
            (&Method::POST, "/demo/sign-in") => {
                let nobody = SchoolId(12_345).to_string();
                vec![browser.clone().post(&address, &format!("person={nobody}")).await]
            }
            (&Method::POST, "/language") => vec![browser.clone().post(&address, "language=es").await],
            (&Method::POST, "/density") => vec![browser.clone().post(&address, "density=close").await],
            (&Method::POST, "/policies/{id}") => {
                vec![browser.post(&address, &rule_form("preview", "", 0, "")).await]
            }
            (&Method::POST, "/policies/{id}?save") => {
                let edition = i32::from(text != "new");
                let token = format!("{}{text}", self.called.replace(' ', "-"));
                vec![browser.post(&address, &rule_form("save", &token, edition, previewed)).await]
            }
            (&Method::POST, "/data/sources/{id}") => vec![browser.post(&address, "do=pause").await],
            (&Method::POST, "/api/lab-names") => {
                vec![browser.post(&address, &format!("school={text}&stamp=none&places=0,1")).await]
            }
            (&Method::POST, "/api/lab-groups") => {
                vec![browser.post(&address, &format!("school={text}&stamp=none&unit=day&value=5")).await]
            }
            (&Method::POST, path) if !path.starts_with("/api/") => vec![browser.post(&address, "").await],
            (_, "/api/home") => {
                let mut answers = Vec::new();
                for page in 1..=3 {
                    let filter = WorklistFilter { page, ..WorklistFilter::default() };
                    answers.push(browser.call(&address, &json!({ "filter": filter })).await);
                }
                answers
            }
            (&Method::POST, path) => vec![browser.call(&address, &arguments(path, text, &search)).await],
            (_, "/" | "/students") => pages_of(browser, &address).await,
            _ => vec![browser.clone().get(&address).await],
        };
        let mut said = said(&answers[0]);
        let body: String = answers.iter().map(|answer| answer.body.as_str()).collect();
        let family = matches!(self.called, "guardian" | "adult student");
        let by_name = matches!(action.path, "/family" | "/download/family") || (action.path == "/" && family);
        match &column.student {
            Some(student) if !said.starts_with("200") => {
                let name = format!("{} {}", student.given_name, student.family_name);
                let reversed = format!("{}, {}", student.family_name, student.given_name);
                let own = self.called == "adult student";
                assert!(
                    own || !(body.contains(&name) || body.contains(&reversed)),
                    "{} {}: a name goes out with {said}",
                    self.called,
                    action.path
                );
            }
            Some(student) if action.on == On::Beside => {
                let opened = body.contains(&format!("Id {}", student.local_id));
                said.push_str(if opened { " with" } else { " without" });
            }
            Some(_) if action.on == On::Student && action.path.starts_with("/download/") => {
                assert_eq!(answers[0].header("content-type"), Some("text/csv; charset=utf-8"));
            }
            Some(student) if action.on == On::Student => {
                assert!(body.contains(&student.local_id), "{} {}: another record", self.called, action.path);
            }
            Some(student) => said.push_str(if holds(&body, student, by_name) { " with" } else { " without" }),
            // The id that stands in the exports' unusable row.
            None if said == "200" && action.path.ends_with("/data") => {
                said.push_str(if body.contains("999999999") { " with" } else { " without" });
            }
            None => {}
        }
        said
    }
}

/// The form of a rule that flags nobody, as a browser sends it.
fn rule_form(act: &str, token: &str, edition: i32, previewed: &str) -> String {
    format!(
        "title=Nearly+every+day&unit=day&test=count&value=150&action=Call&reason=The+board&from_day=2026-03-09\
         &token={token}&edition={edition}&previewed={previewed}&do={act}"
    )
}

fn never_made() -> String {
    format!("demo.{}", "0".repeat(64))
}

/// Every page of a list, as its pager leads through it.
async fn pages_of(browser: &mut Browser, address: &str) -> Vec<Answer> {
    let mut answers = vec![browser.get(address).await];
    for page in 2.. {
        let next = format!("{address}?page={page}");
        if !answers.last().unwrap().body.contains(&next) {
            break;
        }
        answers.push(browser.get(&next).await);
    }
    answers
}

fn arguments(path: &str, id: &str, search: &str) -> serde_json::Value {
    match path {
        "/api/home" => json!({ "filter": WorklistFilter { page: 1, ..WorklistFilter::default() } }),
        "/api/students" => {
            json!({ "filter": StudentFilter { page: 1, ..StudentFilter::default() }, "text": search })
        }
        "/api/student" | "/api/school" => json!({ "id": id }),
        "/api/policy" | "/api/source" => json!({ "id": id }),
        "/api/reconciliation" => json!({ "school": id, "day": null }),
        "/api/lab" => json!({ "school": id, "setting": null, "compared": null }),
        _ => json!({}),
    }
}

/// Whether a student is in an answer: by a way to their page, by their id, or for a family by their name.
fn holds(body: &str, student: &Student, by_name: bool) -> bool {
    body.contains(&format!("/students/{}", student.id))
        || body.contains(&format!("\"{}\"", student.id))
        || (by_name && body.contains(&student.given_name))
        // A file names students as its page does.
        || (body.starts_with('\u{feff}')
            && body.contains(&format!("\"{}, {}\"", student.family_name, student.given_name)))
}

fn said(answer: &Answer) -> String {
    let place = match answer.location() {
        None => "",
        Some("/") => " home",
        Some(place) if place == "/sign-in" || place.starts_with("/sign-in?") => " sign-in",
        Some(_) => " elsewhere",
    };
    format!("{}{place}", answer.status.as_u16())
}

async fn table(world: &World) -> String {
    let previewed = world.make_rules().await;
    world.add_sources().await;
    let mut personas = world.personas().await;
    let mut text = HEADING.to_owned();
    for action in actions() {
        let _ = writeln!(text, "\n\n{} {}\n{}\n", action.method, action.path, action.words);
        let titles: Vec<&str> = columns(action.on, &personas[0].records).iter().map(|c| c.title).collect();
        let line = |name: &str, cells: &[String]| {
            let cells: String = cells.iter().map(|cell| format!("{cell:<16}")).collect();
            format!("  {name:<24}{cells}").trim_end().to_owned()
        };
        if titles != [""] {
            let titles: Vec<String> = titles.iter().map(|&title| title.to_owned()).collect();
            text.push_str(&line("", &titles));
            text.push('\n');
        }
        for persona in &mut personas {
            let before = persona.browser.clone();
            let mut cells = Vec::new();
            for column in columns(action.on, &persona.records) {
                cells.push(persona.does(&action, &column, &previewed).await);
            }
            text.push_str(&line(persona.called, &cells));
            text.push('\n');
            if action.path == "/sign-out" && !persona.local_id.is_empty() {
                // The others go on with a session that is over; what follows is open to everybody.
                assert_eq!(before.clone().get("/").await.status, StatusCode::FOUND, "{}", persona.called);
            }
        }
    }
    text
}

fn compare(found: &str, where_from: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/who-may-open-what.txt");
    if std::env::var_os(REWRITE).is_some() {
        std::fs::write(&path, found).unwrap();
        return;
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    if found == expected {
        return;
    }
    let mut difference = String::new();
    let mut action = "";
    for (old, new) in expected.lines().zip(found.lines()) {
        if new.starts_with("GET ") || new.starts_with("POST ") {
            action = new;
        }
        if old != new {
            let _ = writeln!(difference, "{action}\n  expected {old}\n  found    {new}");
        }
    }
    panic!(
        "{where_from}: who may open what has changed ({} lines expected, {} found).\n{difference}\nIf every change is \
         right, run the test with {REWRITE}=1, read the table again and commit it.",
        expected.lines().count(),
        found.lines().count(),
    );
}

#[tokio::test]
async fn who_may_open_what_is_as_the_table_says() {
    compare(&table(&World::new().await).await, "SQLite");
}

#[tokio::test]
async fn who_may_open_what_is_the_same_on_postgresql() {
    if std::env::var_os(REWRITE).is_none() {
        compare(&table(&World::on_postgres().await).await, "PostgreSQL");
    }
}

fn without_query(path: &str) -> &str {
    path.split_once('?').map_or(path, |(path, _)| path)
}

#[tokio::test]
async fn every_route_and_server_function_is_in_the_table() {
    let listed: BTreeSet<(String, String)> =
        actions().into_iter().map(|a| (a.method.to_string(), without_query(a.path).to_owned())).collect();
    let mut there = BTreeSet::new();
    // The router is made first: it is what brings the server functions in.
    let _world = World::new().await;
    for (path, method) in leptos::server_fn::axum::server_fn_paths() {
        assert_eq!(method, Method::POST, "{path}: a server function is called by POST alone");
        there.insert((method.to_string(), path.to_owned()));
    }
    for route in leptos_axum::generate_route_list(app::App) {
        for method in route.methods() {
            there.insert((format!("{method:?}").to_uppercase(), route.path().to_owned()));
        }
    }
    // Routes of our own, as the source adds them: axum cannot list what it holds.
    let source = include_str!("../src/web/mod.rs");
    for call in source.split(".route(\"").skip(1) {
        let (path, rest) = call.split_once("\", ").expect("a path and its method");
        let method = rest.split('(').next().expect("a method");
        there.insert((method.to_uppercase(), path.to_owned()));
    }
    assert_eq!(there, listed, "left: what the server has; right: what the table asks");
}

#[tokio::test]
async fn a_server_function_takes_json_by_post_and_nothing_else() {
    let world = World::new().await;
    let mut principal = world.persona("school administrator").await;
    for (path, _) in leptos::server_fn::axum::server_fn_paths() {
        let student = principal.records.theirs.as_ref().unwrap().id.to_string();
        let query = format!("{path}?id={student}&text=x");
        let answer = principal.browser.get(&query).await;
        assert!(
            matches!(answer.status, StatusCode::METHOD_NOT_ALLOWED | StatusCode::NOT_FOUND),
            "{path}: {}",
            answer.status
        );
        assert!(!answer.body.contains(&student), "{path}");
        if matches!(path, "/api/student" | "/api/school" | "/api/students" | "/api/home") {
            let answer = principal.browser.post(path, &format!("id={student}")).await;
            assert!(
                !answer.status.is_success(),
                "{path}: a form's encoding is refused, not {}",
                answer.status
            );
            assert!(!answer.body.contains(&student), "{path}");
        }
    }
}

#[tokio::test]
async fn nobody_who_is_not_signed_in_is_answered_but_how_to_sign_in() {
    let world = World::new().await;
    let mut nobody = world.browser();
    for (path, _) in leptos::server_fn::axum::server_fn_paths() {
        let answer = nobody.call(path, &arguments(path, "0000000000000", "")).await;
        let expected = if path == "/api/sign-in" { StatusCode::OK } else { StatusCode::UNAUTHORIZED };
        assert_eq!(answer.status, expected, "{path}");
    }
    for route in leptos_axum::generate_route_list(app::App) {
        let address = route.path().replace("{id}", "0000000000000");
        for method in [Method::GET, Method::HEAD] {
            let request = Request::builder().method(method).uri(&address).body(Body::empty()).unwrap();
            let answer = nobody.send(request).await;
            let expected = if address == "/sign-in" { "200" } else { "302 sign-in" };
            assert_eq!(said(&answer), expected, "{address}");
        }
    }
}

/// The ids behind every way to a student in an answer.
fn students_in(body: &str) -> BTreeSet<StudentId> {
    let ways = body.split("/students/").skip(1).filter_map(|rest| rest.get(..13)?.parse().ok());
    let named = body.split("\"student\":\"").skip(1).filter_map(|rest| rest.get(..13)?.parse().ok());
    ways.chain(named).collect()
}

#[tokio::test]
async fn every_list_holds_only_students_who_are_theirs() {
    let world = World::new().await;
    for called in [
        "teacher",
        "aide",
        "counselor",
        "school administrator",
        "district administrator",
        "teacher and parent",
    ] {
        let mut persona = world.persona(called).await;
        let mut theirs = BTreeSet::new();
        for local_id in &persona.theirs {
            theirs.insert(world.student(&demo(), local_id).await);
        }
        let mut found = BTreeSet::new();
        for address in
            ["/", "/students", "/students?former=1", "/?standing=close", "/students?order=missed&down=1"]
        {
            let mut page = persona.browser.get(address).await;
            let mut number = 1;
            loop {
                assert_eq!(page.status, StatusCode::OK, "{called} {address}");
                let here = students_in(&page.body);
                let beyond: Vec<_> = here.difference(&theirs).collect();
                assert!(beyond.is_empty(), "{called} {address}: {beyond:?} are not theirs");
                found.extend(here);
                number += 1;
                let next = format!("page={number}");
                if !page.body.contains(&next) {
                    break;
                }
                let sign = if address.contains('?') { '&' } else { '?' };
                page = persona.browser.get(&format!("{address}{sign}{next}")).await;
            }
        }
        if called == "teacher and parent" {
            // As a teacher: a list never shows the own child among the students.
            let roster = &world.delivered.demo;
            theirs.clear();
            for local_id in roster.taught_by(&persona.local_id) {
                theirs.insert(world.student(&demo(), &local_id).await);
            }
        }
        assert_eq!(found, theirs, "{called}: the lists hold all who are theirs");
    }
}
