//! OneRoster REST 1.1 and 1.2: every collection, as the bulk CSV of that version.
//! Spec: 1EdTech OneRoster 1.1 and OneRoster Rostering Service 1.2.

mod reader;

use super::http::address;
use super::kept::{Keeping, Kept, Origin};
use super::stage::Stage;
use super::token::Session;
use super::{FetchError, Fetched, Keep, OneRosterVersion, RemoteSource, Secrets, SignIn, Tools, Why};
use reader::Reader;
use serde_json::Value;
use url::Url;

/// A column and where in an object it stands.
type Column = (&'static str, Cell);

/// How a value is read.
enum Cell {
    /// A text or number; a list is joined by commas.
    Text(&'static str),
    /// A truth value in any of the spellings that servers use.
    Truth(&'static str),
    /// The `sourcedId` of a reference, or of each in a list.
    Link(&'static str),
    /// A list of `{type, identifier}` as `{type:identifier}`.
    Ids(&'static str),
    /// A column that is blank in bulk files, or that we do not ask for.
    Blank,
}
use Cell::{Blank, Ids, Link, Text, Truth};

const KEY: [Column; 3] = [("sourcedId", Text("sourcedId")), ("status", Blank), ("dateLastModified", Blank)];

const ORGS: &[Column] = &[
    ("name", Text("name")),
    ("type", Text("type")),
    ("identifier", Text("identifier")),
    ("parentSourcedId", Link("parent")),
];
const SESSIONS: &[Column] = &[
    ("title", Text("title")),
    ("type", Text("type")),
    ("startDate", Text("startDate")),
    ("endDate", Text("endDate")),
    ("parentSourcedId", Link("parent")),
    ("schoolYear", Text("schoolYear")),
];
const COURSES: &[Column] = &[
    ("schoolYearSourcedId", Link("schoolYear")),
    ("title", Text("title")),
    ("courseCode", Text("courseCode")),
    ("grades", Text("grades")),
    ("orgSourcedId", Link("org")),
    ("subjects", Text("subjects")),
    ("subjectCodes", Text("subjectCodes")),
];
const CLASSES: &[Column] = &[
    ("title", Text("title")),
    ("grades", Text("grades")),
    ("courseSourcedId", Link("course")),
    ("classCode", Text("classCode")),
    ("classType", Text("classType")),
    ("location", Text("location")),
    ("schoolSourcedId", Link("school")),
    ("termSourcedIds", Link("terms")),
    ("subjects", Text("subjects")),
    ("subjectCodes", Text("subjectCodes")),
    ("periods", Text("periods")),
];
const USERS_1_1: &[Column] = &[
    ("enabledUser", Truth("enabledUser")),
    ("orgSourcedIds", Link("orgs")),
    ("role", Text("role")),
    ("username", Text("username")),
    ("userIds", Ids("userIds")),
    ("givenName", Text("givenName")),
    ("familyName", Text("familyName")),
    ("middleName", Text("middleName")),
    ("identifier", Text("identifier")),
    ("email", Text("email")),
    ("sms", Text("sms")),
    ("phone", Text("phone")),
    ("agentSourcedIds", Link("agents")),
    ("grades", Text("grades")),
    ("password", Blank),
];
const USERS_1_2: &[Column] = &[
    ("enabledUser", Truth("enabledUser")),
    ("username", Text("username")),
    ("userIds", Ids("userIds")),
    ("givenName", Text("givenName")),
    ("familyName", Text("familyName")),
    ("middleName", Text("middleName")),
    ("identifier", Text("identifier")),
    ("email", Text("email")),
    ("sms", Text("sms")),
    ("phone", Text("phone")),
    ("agentSourcedIds", Link("agents")),
    ("grades", Text("grades")),
    ("password", Blank),
    ("userMasterIdentifier", Text("userMasterIdentifier")),
    ("preferredGivenName", Text("preferredFirstName")),
    ("preferredMiddleName", Text("preferredMiddleName")),
    ("preferredFamilyName", Text("preferredLastName")),
    ("primaryOrgSourcedId", Link("primaryOrg")),
    ("pronouns", Text("pronouns")),
];
const ROLES: &[&str] = &[
    "sourcedId",
    "status",
    "dateLastModified",
    "userSourcedId",
    "roleType",
    "role",
    "beginDate",
    "endDate",
    "orgSourcedId",
    "userProfileSourcedId",
];
const ENROLLMENTS: &[Column] = &[
    ("classSourcedId", Link("class")),
    ("schoolSourcedId", Link("school")),
    ("userSourcedId", Link("user")),
    ("role", Text("role")),
    ("primary", Truth("primary")),
    ("beginDate", Text("beginDate")),
    ("endDate", Text("endDate")),
];
const DEMOGRAPHICS: &[Column] = &[
    ("birthDate", Text("birthDate")),
    ("sex", Text("sex")),
    ("americanIndianOrAlaskaNative", Truth("americanIndianOrAlaskaNative")),
    ("asian", Truth("asian")),
    ("blackOrAfricanAmerican", Truth("blackOrAfricanAmerican")),
    ("nativeHawaiianOrOtherPacificIslander", Truth("nativeHawaiianOrOtherPacificIslander")),
    ("white", Truth("white")),
    ("demographicRaceTwoOrMoreRaces", Truth("demographicRaceTwoOrMoreRaces")),
    ("hispanicOrLatinoEthnicity", Truth("hispanicOrLatinoEthnicity")),
    ("countryOfBirthCode", Text("countryOfBirthCode")),
    ("stateOfBirthAbbreviation", Text("stateOfBirthAbbreviation")),
    ("cityOfBirth", Text("cityOfBirth")),
    ("publicSchoolResidenceStatus", Text("publicSchoolResidenceStatus")),
];

/// What differs between servers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Settings {
    pub(super) version: OneRosterVersion,
    pub(super) sign_in: SignIn,
}

/// Fetches a roster; where its rows are kept, only what changed since.
pub(super) async fn fetch(
    of: &RemoteSource,
    Settings { version, sign_in }: Settings,
    secrets: &Secrets,
    keep: Option<&mut dyn Keep>,
    stage: &mut Stage,
    tools: &dyn Tools,
    progress: &mut (dyn FnMut(Fetched) + Send),
) -> Result<(), FetchError> {
    let (number, path, scopes) = match version {
        OneRosterVersion::V1_1 => ("1.1", "ims/oneroster/v1p1", SCOPES_1_1),
        OneRosterVersion::V1_2 => ("1.2", "ims/oneroster/rostering/v1p2", SCOPES_1_2),
    };
    let base = base_of(&of.base_url, path)?;
    let session = Session::new(of, secrets, sign_in, below(&base, "token")?, scopes, tools)?;
    let mut reader = Reader::new(session, base, of.page_size.unwrap_or(500), progress);
    if let Some(keep) = keep {
        let origin = Origin { of, form: include_bytes!("mod.rs") };
        match Kept::read(keep, origin, None, tools.now()) {
            Ok(kept) => reader.kept = Some(kept),
            Err(why) => stage.note(format!("everything was read, for {why}")),
        }
        let full_at = reader.kept.as_ref().map_or(tools.now(), |kept| kept.full_at);
        reader.keeping = Some(Keeping::begin(keep, origin, None, full_at)?);
    }
    let users = if version == OneRosterVersion::V1_1 { USERS_1_1 } else { USERS_1_2 };
    for (name, columns) in [
        ("orgs", ORGS),
        ("academicSessions", SESSIONS),
        ("courses", COURSES),
        ("classes", CLASSES),
        ("users", users),
        ("enrollments", ENROLLMENTS),
        ("demographics", DEMOGRAPHICS),
    ] {
        let has_roles = name == "users" && version == OneRosterVersion::V1_2;
        let members = columns.iter().filter_map(|(_, cell)| cell.member());
        let members: Vec<&str> = members.chain(has_roles.then_some("roles")).collect();
        let rows = match reader.read(name, &members).await {
            Ok(rows) => rows,
            // Servers lack demographics, or show them only to those with the scope; the rest stands without them.
            Err(FetchError { why: Why::Missing(_) | Why::Forbidden(_), .. }) if name == "demographics" => {
                stage.absent(name);
                continue;
            }
            Err(error) => return Err(error),
        };
        let header: Vec<&str> = KEY.iter().chain(columns).map(|(column, _)| *column).collect();
        let cells = |row: &Value| KEY.iter().chain(columns).map(|(_, cell)| cell.of(row)).collect();
        stage.write(&format!("oneroster/{name}.csv"), &header, rows.iter().map(cells))?;
        if has_roles {
            stage.write("oneroster/roles.csv", ROLES, rows.iter().flat_map(roles_of))?;
        }
    }
    reader.notes().into_iter().for_each(|note| stage.note(note));
    stage.manifest(number)?;
    // What is kept is what the server has, whatever becomes of the delivery.
    reader.keeping.map_or(Ok(()), Keeping::finish)
}

const SCOPES_1_1: &[&str] = &[
    "https://purl.imsglobal.org/spec/or/v1p1/scope/roster-core.readonly",
    "https://purl.imsglobal.org/spec/or/v1p1/scope/roster.readonly",
    "https://purl.imsglobal.org/spec/or/v1p1/scope/roster-demographics.readonly",
];
const SCOPES_1_2: &[&str] = &[
    "https://purl.imsglobal.org/spec/or/v1p2/scope/roster-core.readonly",
    "https://purl.imsglobal.org/spec/or/v1p2/scope/roster.readonly",
    "https://purl.imsglobal.org/spec/or/v1p2/scope/roster-demographics.readonly",
];

/// The address of the collections: the configured one where it names the protocol's path, else that path below it.
fn base_of(text: &str, path: &str) -> Result<Url, FetchError> {
    let url = address(text)?;
    if url.path().trim_end_matches('/').ends_with(path) { Ok(url) } else { below(&url, path) }
}

/// An address below another.
pub(crate) fn below(base: &Url, path: &str) -> Result<Url, FetchError> {
    let mut url = base.clone();
    url.path_segments_mut()
        .map_err(|()| FetchError::new("", "", Why::BadAddress))?
        .pop_if_empty()
        .extend(path.split('/'));
    Ok(url)
}

/// The roles of a 1.2 user as rows of `roles.csv`; they have no id of their own, so it is the user's and a number.
fn roles_of(user: &Value) -> Vec<Vec<String>> {
    let key = text(&user["sourcedId"]);
    let roles = user["roles"].as_array().map(Vec::as_slice).unwrap_or_default();
    let row = |(i, role): (usize, &Value)| {
        vec![
            format!("{key}-{i}"),
            String::new(),
            String::new(),
            key.clone(),
            text(&role["roleType"]),
            text(&role["role"]),
            text(&role["beginDate"]),
            text(&role["endDate"]),
            text(&role["org"]["sourcedId"]),
            text(&role["userProfile"]),
        ]
    };
    roles.iter().enumerate().map(row).collect()
}

impl Cell {
    /// The member of an object that it reads.
    fn member(&self) -> Option<&'static str> {
        match self {
            Text(name) | Truth(name) | Link(name) | Ids(name) => Some(name),
            Blank => None,
        }
    }

    fn of(&self, row: &Value) -> String {
        match self {
            Text(name) => text(&row[name]),
            Truth(name) => truth(&row[name]),
            Link(name) => match &row[name] {
                Value::Array(links) => listed(links.iter().map(|link| text(&link["sourcedId"]))),
                link => text(&link["sourcedId"]),
            },
            Ids(name) => match &row[name] {
                Value::Array(ids) => listed(
                    ids.iter().map(|id| format!("{{{}:{}}}", text(&id["type"]), text(&id["identifier"]))),
                ),
                _ => String::new(),
            },
            Blank => String::new(),
        }
    }
}

fn listed(items: impl Iterator<Item = String>) -> String {
    items.filter(|item| !item.is_empty()).collect::<Vec<_>>().join(",")
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(truth) => truth.to_string(),
        Value::Array(items) => listed(items.iter().map(text)),
        Value::Null | Value::Object(_) => String::new(),
    }
}

/// `true`, `"true"`, `"TRUE"` and 1 are the same; what is none of those stays, so that the reader lists it.
fn truth(value: &Value) -> String {
    let said = text(value).to_ascii_lowercase();
    match said.as_str() {
        "1" => "true".to_owned(),
        "0" => "false".to_owned(),
        _ => said,
    }
}
