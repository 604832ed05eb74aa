//! The rule lab: what a rule of one's own making would mean at a school.

mod groups;

pub(crate) use groups::Told;

use crate::judge::{self, grade_code};
use crate::packs::{Chosen, Year};
use crate::{Error, Visit, freshness};
use chrono::Datelike;
use groups::Division;
use model::attendance::{Mark, Shape, ShapeId};
use model::history::{Bell, Calendar, History, Span};
use model::ids::{SchoolId, StudentId};
use model::lab::{LabData, LabGroup, LabName, LabPage, LabQuestion, LabRule, LabStudent};
use model::page::{Failure, SchoolChoice};
use model::role::Capability;
use model::time::{Date, SchoolYear};
use rules::lab::{Answer, ask, result};
use rules::setting::Setting;
use sha2::{Digest, Sha256};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::fmt::Write as _;

/// A school's class of students, and who is at each place.
struct Class {
    school: SchoolId,
    data: LabData,
    students: Vec<StudentId>,
    divisions: Vec<Division>,
}

/// The page: a rule asked of a school (the first one may choose, where none is named), compared with one in force.
///
/// # Errors
/// [`Failure::NotFound`] for a school there is not, [`Failure::Refused`] for people without a rule lab there.
pub async fn page(
    visit: &Visit,
    school: Option<SchoolId>,
    setting: Option<Setting>,
    compared: Option<String>,
) -> Result<LabPage, Failure> {
    let (school, schools) = choose(visit, school).await?;
    view(visit, school, schools, setting, compared).await.map_err(Error::into_failure)
}

/// The marks of a school without names, for the browser to ask by itself.
///
/// # Errors
/// As [`page`].
pub async fn data(visit: &Visit, school: SchoolId) -> Result<LabData, Failure> {
    let (school, _) = choose(visit, Some(school)).await?;
    Ok(class(visit, school.id).await.map_err(Error::into_failure)?.data)
}

/// Who is at some places. Nobody is named where the data has changed since.
///
/// # Errors
/// As [`page`].
pub async fn names(visit: &Visit, question: LabQuestion) -> Result<Vec<LabName>, Failure> {
    let (school, _) = choose(visit, Some(question.school)).await?;
    let of_class = || async {
        let class = class(visit, school.id).await?;
        if class.data.stamp != question.stamp {
            return Ok(Vec::new());
        }
        named(visit, &class, &question.places).await
    };
    of_class().await.map_err(Error::into_failure)
}

/// What a rule, as the codes of its setting, would mean for the groups of a school. Nothing is told where the data has
/// changed since.
///
/// # Errors
/// As [`page`].
pub async fn groups(
    visit: &Visit,
    school: SchoolId,
    stamp: &str,
    codes: &[(String, String)],
) -> Result<Vec<LabGroup>, Failure> {
    let code = |key: &str| codes.iter().find(|(k, _)| k == key).map(|(_, code)| code.clone());
    let setting = Setting::from_codes(code);
    let (school, _) = choose(visit, Some(school)).await?;
    let of_class = || async {
        let class = class(visit, school.id).await?;
        if class.data.stamp != stamp {
            return Ok(Vec::new());
        }
        let answer = asked(&class.data, &class.data.history(), &setting);
        Ok(by_group(visit, &class, &answer))
    };
    of_class().await.map_err(Error::into_failure)
}

fn by_group(visit: &Visit, class: &Class, answer: &Answer) -> Vec<LabGroup> {
    let reader = groups::Reader {
        district: visit.district.id().clone(),
        person: visit.scope.person(),
        school: class.school,
    };
    visit.context.told().tell(reader, &class.data.stamp, &class.divisions, &answer.stands)
}

/// The school asked for, and those one may choose from.
async fn choose(
    visit: &Visit,
    school: Option<SchoolId>,
) -> Result<(SchoolChoice, Vec<SchoolChoice>), Failure> {
    let all = visit.district.schools(&visit.scope).await.map_err(Error::from).map_err(Error::into_failure)?;
    if !visit.is_staff() {
        return Err(Failure::NotFound);
    }
    let reach = visit.scope.schools_with(Capability::RuleLab);
    let wanted = match school {
        Some(id) => Some(all.iter().find(|s| s.id == id).cloned().ok_or(Failure::NotFound)?),
        None => None,
    };
    let schools: Vec<SchoolChoice> = all.into_iter().filter(|s| reach.holds(s.id)).collect();
    let chosen = wanted.or_else(|| schools.first().cloned()).ok_or(Failure::Refused)?;
    if reach.holds(chosen.id) { Ok((chosen, schools)) } else { Err(Failure::Refused) }
}

async fn view(
    visit: &Visit,
    school: SchoolChoice,
    schools: Vec<SchoolChoice>,
    setting: Option<Setting>,
    compared: Option<String>,
) -> Result<LabPage, Error> {
    let class = class(visit, school.id).await?;
    let data = &class.data;
    let rules = rules_to_start_from(visit, data.as_of).await?;
    let base = compared
        .and_then(|id| rules.iter().find(|(rule, _)| rule.id == id))
        .or_else(|| rules.first())
        .map(|(rule, setting)| (rule.id.clone(), *setting));
    let (compared, base) = base.unwrap_or_default();
    let history = data.history();
    let answer = asked(data, &history, &setting.unwrap_or(base));
    let result = result(data, &answer, &asked(data, &history, &base));
    let mut grades: Vec<_> = data.students.iter().map(|s| s.grade).collect();
    grades.sort_unstable();
    grades.dedup();
    Ok(LabPage {
        freshness: freshness::of(visit).await?,
        school,
        schools,
        rules: rules.into_iter().map(|(rule, _)| rule).collect(),
        compared,
        grades: grades.into_iter().flatten().map(|grade| grade.code()).collect(),
        as_of: data.as_of,
        stamp: data.stamp.clone(),
        enter: named(visit, &class, &result.enter).await?,
        leave: named(visit, &class, &result.leave).await?,
        groups: by_group(visit, &class, &answer),
        result,
    })
}

/// What a rule says of the class. A setting read from codes always makes a rule; one that does not stands on nobody.
fn asked(data: &LabData, history: &History, setting: &Setting) -> Answer {
    ask(data, history, setting).unwrap_or_default()
}

/// The rules in force that are no more than a setting.
async fn rules_to_start_from(visit: &Visit, as_of: Date) -> Result<Vec<(LabRule, Setting)>, Error> {
    let mut found = Vec::new();
    for pack in Chosen::of(&visit.district).await?.refs() {
        for version in pack.versions.iter().filter(|version| version.in_force(as_of)) {
            for rule in version.rules.iter().filter(|rule| rule.in_force(as_of)) {
                if let Some(setting) = Setting::of(rule) {
                    let codes = setting.codes().into_iter().map(|(key, code)| (key.to_owned(), code));
                    let (id, title) = (rule.id.clone(), rule.title.clone());
                    let to_verify = !rule.to_verify.is_empty();
                    found.push((LabRule { id, title, codes: codes.collect(), to_verify }, setting));
                }
            }
        }
    }
    Ok(found)
}

/// Names for the first places of a list.
async fn named(visit: &Visit, class: &Class, places: &[u32]) -> Result<Vec<LabName>, Error> {
    let mut names = Vec::new();
    for place in places.iter().take(LabQuestion::MOST) {
        let (Some(student), Some(of)) =
            (class.students.get(*place as usize), class.data.students.get(*place as usize))
        else {
            continue;
        };
        if let Some(seen) = visit.district.see(&visit.scope, *student).await? {
            let identity = visit.district.identity(&seen).await?;
            names.push(LabName {
                student: *student,
                name: format!("{}, {}", identity.family_name, identity.given_name),
                grade: grade_code(of.grade),
            });
        }
    }
    Ok(names)
}

/// The students enrolled at a school, whom the reader may see, in order of their ids.
async fn class(visit: &Visit, school: SchoolId) -> Result<Class, Error> {
    let (district, scope) = (&visit.district, &visit.scope);
    let known = district.history_of_school(scope, school).await?.unwrap_or_default();
    let visible: HashSet<StudentId> =
        district.visible_students(scope, Capability::RuleLab).await?.into_iter().collect();
    let history = &known.history;
    let at = known.schools.iter().position(|id| *id == school);
    let place = at.map_or(u32::MAX, |at| at as u32);
    let judge::Reach { as_of, year } = judge::Reaches::of(history, scope.today()).at(place);
    let year = year.unwrap_or(SchoolYear(as_of.year() as i16));
    let here = at.and_then(|at| history.schools.get(at)).cloned().unwrap_or_default();
    let wanted = |of: SchoolYear| of == year || of.next() == year;

    let mut shapes = Anonymous::new(history, &here.bells);
    let mut students = Vec::new();
    let mut ids = Vec::new();
    for (id, student) in known.students.iter().zip(&history.students) {
        let spans: Vec<Span> = student
            .spans
            .iter()
            .filter(|span| span.school == place)
            .map(|span| Span { school: 0, ..*span })
            .collect();
        let Some(now) = spans.iter().find(|span| span.covers(as_of)).filter(|_| visible.contains(id)) else {
            continue;
        };
        ids.push(*id);
        students.push(LabStudent {
            grade: now.grade,
            years: student
                .years
                .iter()
                .filter(|of| of.school == place && wanted(of.year))
                .map(|of| (of.year, of.strip.marks().map(|mark| shapes.mark(mark)).collect()))
                .collect(),
            spans,
        });
    }
    let traits = district.traits_of_school(scope, school).await?.unwrap_or_default();
    let synced = district.last_sync(scope).await?.map_or(0, |at| at.timestamp_millis());
    let year_of = Year::of(&Chosen::of(district).await?.refs());
    Ok(Class {
        school,
        divisions: groups::divide(&ids, &traits),
        data: LabData {
            stamp: stamp(synced, as_of, &ids),
            as_of,
            year,
            year_begins: year_of.begins,
            sessions: year_of.sessions,
            calendars: here.calendars.into_iter().filter(|c: &Calendar| wanted(c.year)).collect(),
            last_row: here.last_row,
            bells: here
                .bells
                .into_iter()
                .map(|bell| Bell { period: shapes.period(&bell.period), ..bell })
                .collect(),
            shapes: shapes.list,
            students,
        },
        students: ids,
    })
}

/// Names what stands at each place: another sync, another day or another student gives another name.
fn stamp(synced: i64, as_of: Date, ids: &[StudentId]) -> String {
    let mut hash = Sha256::new();
    hash.update(synced.to_be_bytes());
    hash.update(as_of.to_string());
    for id in ids {
        hash.update(id.0.to_be_bytes());
    }
    hash.finalize()[..12].iter().fold(String::new(), |mut text, byte| {
        // A text takes whatever is written to it.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Shapes without the source's own words: a category is the name of its meaning, a period is a number in the order of
/// their names, and no reason is told.
struct Anonymous<'h> {
    history: &'h History,
    periods: Vec<String>,
    list: Vec<Shape>,
    numbers: HashMap<ShapeId, ShapeId>,
}

impl<'h> Anonymous<'h> {
    fn new(history: &'h History, bells: &[Bell]) -> Self {
        let of_marks = history.shapes.list().iter().filter_map(|shape| shape.period.as_ref());
        let periods: BTreeSet<&String> = bells.iter().map(|bell| &bell.period).chain(of_marks).collect();
        let periods = periods.into_iter().cloned().collect();
        Self { history, periods, list: Vec::new(), numbers: HashMap::new() }
    }

    /// A period's number, written so that numbers sort as the names do.
    fn period(&self, name: &str) -> String {
        let number = self.periods.binary_search_by(|known| known.as_str().cmp(name)).unwrap_or_default();
        format!("{:04}", number + 1)
    }

    fn mark(&mut self, mark: Mark) -> Mark {
        if let Some(known) = self.numbers.get(&mark.shape) {
            return Mark { shape: *known, ..mark };
        }
        let source = self.history.shapes.get(mark.shape).cloned().unwrap_or_default();
        let meaning = self.history.codes.meaning(&source.category);
        let shape = Shape {
            category: meaning.map(|m| m.name().to_owned()).unwrap_or_default(),
            reason: String::new(),
            period: source.period.as_deref().map(|name| self.period(name)),
            unusable: source.unusable || meaning.is_none(),
            ..source
        };
        let place = self.list.iter().position(|known| *known == shape).unwrap_or_else(|| {
            self.list.push(shape);
            self.list.len() - 1
        });
        let number = ShapeId(place as u32 + 1);
        self.numbers.insert(mark.shape, number);
        Mark { shape: number, ..mark }
    }
}
