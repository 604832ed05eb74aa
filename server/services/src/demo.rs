//! The demo district: its own SIS exports, taken in through the same sync as anyone's.

use crate::{Context, Error, Progress, sync};
use ::audit::Event;
use ::demo::people::{Notable, why as notable};
use access::Scope;
use model::ids::DistrictId;
use model::page::DemoPerson;
use model::role::Role;
use model::time::Date;
use std::path::{Path, PathBuf};
use store::{District, Settings};

/// The demo's district.
const ID: &str = "demo";

/// What to make.
#[derive(Debug, Clone)]
pub struct Order {
    /// Students.
    pub students: u32,
    /// The seed.
    pub seed: u64,
    /// The day it is; today where none is given.
    pub today: Option<Date>,
    /// Where to keep the exports; nowhere where none is given.
    pub out: Option<PathBuf>,
}

/// A demo that was made.
#[derive(Debug, Clone)]
pub struct Made {
    /// Its district.
    pub district: DistrictId,
    /// The people to step into.
    pub people: Vec<DemoPerson>,
    students: u32,
    rows: u64,
}

impl Made {
    /// What was made, in one sentence.
    pub fn sentence(&self) -> String {
        format!(
            "The demo district `{}` holds {} students; {} rows were read.",
            self.district, self.students, self.rows
        )
    }
}

/// Makes the demo district, in place of the one made before. Nothing but a demo is ever replaced.
///
/// # Errors
/// [`Error::NotADemo`] where a real district has the demo's id; or where files or the store cannot be written.
pub async fn make(context: &Context, order: &Order, progress: &dyn Progress) -> Result<Made, Error> {
    let id: DistrictId =
        ID.parse().map_err(|_| Error::Place { place: ID.to_owned(), why: "not an id".to_owned() })?;
    let now = context.now();
    let zone: chrono_tz::Tz =
        ::demo::TIME_ZONE.parse().map_err(|_| Error::NoSuchTimeZone(::demo::TIME_ZONE.to_owned()))?;
    let today = order.today.unwrap_or_else(|| now.with_timezone(&zone).date_naive());

    let before = context.directory().list().await?.into_iter().find(|listed| listed.id == id);
    if before.as_ref().is_some_and(|listed| !listed.demo) {
        return Err(Error::NotADemo(id));
    }

    let scratch = match &order.out {
        Some(_) => None,
        None => Some(tempfile::tempdir().map_err(|why| Error::Place {
            place: std::env::temp_dir().display().to_string(),
            why: why.to_string(),
        })?),
    };
    let folder: &Path = match (&order.out, &scratch) {
        (Some(out), _) => out,
        (None, Some(scratch)) => scratch.path(),
        (None, None) => Path::new("."),
    };
    let plan = ::demo::Plan { students: order.students, seed: order.seed, ..::demo::Plan::new(today) };
    let written =
        ::demo::write(&plan, folder, &mut |done, total| progress.at("writing the exports", done, total))?;

    if before.is_some() {
        context.directory().remove(&id).await?;
    }
    let settings = Settings {
        id: id.clone(),
        name: ::demo::DISTRICT_NAME.to_owned(),
        time_zone: ::demo::TIME_ZONE.to_owned(),
        packs: vec!["us-federal".to_owned(), "us-pa".to_owned()],
        demo: true,
    };
    let district = context.directory().add(&settings, now).await?;
    let mut write = district.write().await?;
    ::audit::append(&mut write, None, now, &Event::DemoReplaced).await?;
    write.commit().await?;

    let in_demo = context.as_demo(id.clone(), Some(today), Vec::new());
    let sync_order =
        sync::Order { from: folder.to_owned(), profile: None, dry_run: false, allow_removals: false };
    let report = sync::run(&in_demo, &id, &sync_order, progress).await?;
    let people = people(&district, &written.people, today).await?;
    let rows = sync::total(&report.tables).read;
    Ok(Made { district: id, people, students: order.students, rows })
}

/// The notable people to step into: those with a role of today, and the parents for whom it matters that they have none.
async fn people(district: &District, notable: &[Notable], today: Date) -> Result<Vec<DemoPerson>, Error> {
    let school_day = district.school_day(today).await?.unwrap_or(today);
    let scope = Scope::system("demo", today, school_day);
    let mut people = Vec::new();
    for person in notable {
        let Some(why) = code(&person.why) else { continue };
        for found in district.find_people(&scope, &person.person_id).await? {
            let held = Scope::of_person(district.grants_of(found.id).await?, today, school_day);
            people.push(DemoPerson {
                person: found.id,
                name: format!("{} {}", found.given_name, found.family_name),
                roles: held.map_or_else(|| vec![Role::Guardian], |held| held.roles()),
                place: place(person).to_owned(),
                why: why.to_owned(),
            });
        }
    }
    Ok(people)
}

/// Where a member of staff works; for families whose parent they are, or which student.
fn place(person: &Notable) -> &str {
    let staff =
        [notable::PRINCIPAL, notable::HOMEROOM_TEACHER, notable::COUNSELOR, notable::TEACHER_AND_PARENT];
    if person.why == notable::DISTRICT_ADMINISTRATOR {
        return "";
    }
    let words = person.role.split_once(" of ").or_else(|| person.role.split_once(" at "));
    match words {
        Some((_, school)) if staff.contains(&person.why.as_str()) => school,
        _ => &person.role,
    }
}

/// The screen's code for why somebody is of note; `None` for those who do not sign in (students under 18).
fn code(why: &str) -> Option<&'static str> {
    Some(match why {
        notable::DISTRICT_ADMINISTRATOR => "district",
        notable::PRINCIPAL => "principal",
        notable::HOMEROOM_TEACHER => "homeroom-teacher",
        notable::COUNSELOR => "counselor",
        notable::TEACHER_AND_PARENT => "teacher-and-parent",
        notable::RESTRICTED_PARENT => "restricted-parent",
        notable::PARENT_OF_SEVERAL | notable::UNRESTRICTED_PARENT => "parent",
        notable::PARENT_OF_ADULT => "parent-of-adult",
        notable::ADULT_STUDENT => "adult-student",
        _ => return None,
    })
}
