//! The plain files of an Ed-Fi district: calendar, enrollments, attendance, contacts, and students, bells and roll where
//! the district has something to say there.

use super::people::People;
use super::roster::{birth_date, mail, traits_of};
use super::rows::{
    Address, CalendarDate, CalendarEvent, InPeriod, InProgram, Language, MeetingTime, Period,
    SectionReference, Telephone, Traits, code,
};
use super::{District, Settings, date, section_key, within};
use crate::remote::FetchError;
use crate::remote::stage::Stage;
use chrono::Days;
use model::time::{Date, SchoolYear};
use serde_json::Number;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// Events of a day on which there is school, and of one on which there is none. A district's other words are noted.
const SCHOOL: &[&str] = &[
    "instructional day",
    "make-up day",
    "make up day",
    "makeup day",
    "student late arrival/early dismissal",
];
const NO_SCHOOL: &[&str] = &[
    "emergency day",
    "holiday",
    "non-instructional day",
    "other",
    "strike",
    "teacher only day",
    "weather day",
];
/// The month in which a school year begins that the dates alone tell.
const JULY: u32 = 7;

/// Writes the plain files.
pub(super) fn write(
    district: &District,
    people: &People<'_>,
    settings: Settings<'_>,
    today: Date,
    stage: &mut Stage,
) -> Result<(), FetchError> {
    let lengths = day_lengths(district, stage);
    let days = calendar(district, settings.instructional_events, &lengths, stage)?;
    enrollments(district, settings.exit_day_enrolled, stage)?;
    attendance(district, stage)?;
    contacts(district, people, today, stage)?;
    students(district, today, stage)?;
    bells(district, &days, &lengths, stage)?;
    roll(district, &days, stage)
}

/// Whether there is school on a day of an event; nothing where it is not known.
fn is_school(event: &CalendarEvent, own: &[String]) -> Option<bool> {
    let said = code(&event.calendar_event_descriptor).to_lowercase();
    let is_own = own.iter().any(|own| own.trim().to_lowercase() == said);
    let is_known = is_own || SCHOOL.contains(&said.as_str()) || NO_SCHOOL.contains(&said.as_str());
    is_known.then(|| is_own || SCHOOL.contains(&said.as_str()))
}

/// The length of the school day in minutes, by school and date: what the bell schedules say that name the date. Nothing
/// where two of them differ, as for grades of their own.
type Lengths<'d> = HashMap<(i64, &'d str), Option<u16>>;

fn day_lengths<'d>(district: &'d District, stage: &mut Stage) -> Lengths<'d> {
    let periods = period_lengths(district);
    let mut lengths = Lengths::new();
    for schedule in district.schedules.iter().flatten() {
        let school = schedule.school_reference.school_id;
        let of_periods = || {
            let names =
                schedule.class_periods.iter().map(|each| &each.class_period_reference.class_period_name);
            let minutes = names.map(|name| periods.get(&(school, name.as_str())).copied());
            minutes.sum::<Option<u16>>().filter(|minutes| *minutes > 0)
        };
        let length = schedule.total_instructional_time.filter(|minutes| *minutes > 0).or_else(of_periods);
        for day in &schedule.dates {
            lengths
                .entry((school, day.date.as_str()))
                .and_modify(|known| *known = known.filter(|known| Some(*known) == length))
                .or_insert(length);
        }
    }
    let unclear = lengths.values().filter(|length| length.is_none()).count();
    if unclear > 0 {
        stage.note(format!("school days whose bell schedules do not say one length: {unclear}"));
    }
    lengths
}

/// The minutes of each class period that has one time, by school and name.
fn period_lengths(district: &District) -> HashMap<(i64, &str), u16> {
    let timed = district.periods.iter().flatten().filter_map(|period| {
        let times: BTreeSet<_> = period.meeting_times.iter().map(times).collect();
        let (1, Some((start, end))) = (times.len(), times.first()) else { return None };
        let minutes = clock(end)?.checked_sub(clock(start)?)?;
        Some(((period.school_reference.school_id, period.class_period_name.as_str()), minutes))
    });
    timed.collect()
}

/// When a period begins and ends.
fn times(of: &MeetingTime) -> (&str, &str) {
    (&of.start_time, &of.end_time)
}

/// Minutes since midnight.
fn clock(text: &str) -> Option<u16> {
    let mut parts = text.split(':');
    let (hours, minutes) = (parts.next()?.parse::<u16>().ok()?, parts.next()?.parse::<u16>().ok()?);
    (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)
}

/// Writes `calendar.csv`; the instructional dates of each school.
fn calendar<'d>(
    district: &'d District,
    own: &[String],
    lengths: &Lengths<'_>,
    stage: &mut Stage,
) -> Result<HashMap<i64, BTreeSet<&'d str>>, FetchError> {
    // A school may keep several calendars a year, and the file one: the one of most students, else the fullest.
    let mut students: HashMap<(i64, i64, &str), usize> = HashMap::new();
    for reference in district.enrollments.iter().filter_map(|each| each.calendar_reference.as_ref()) {
        *students
            .entry((reference.school_id, reference.school_year, &reference.calendar_code))
            .or_default() += 1;
    }
    let mut calendars: BTreeMap<(i64, i64), BTreeMap<&str, Vec<&CalendarDate>>> = BTreeMap::new();
    for day in &district.dates {
        let of = &day.calendar_reference;
        let of_year = calendars.entry((of.school_id, of.school_year)).or_default();
        of_year.entry(&of.calendar_code).or_default().push(day);
    }
    let (mut rows, mut dates, mut left_out) = (Vec::new(), HashMap::new(), 0);
    for ((school, year), of_year) in calendars {
        left_out += of_year.len() - 1;
        let size = |(calendar, days): &(&str, Vec<&CalendarDate>)| {
            (students.get(&(school, year, *calendar)).copied().unwrap_or(0), days.len())
        };
        let Some((_, days)) = of_year.into_iter().max_by_key(size) else { continue };
        // Only where the dates do not say it themselves, so that the year is as long as without the name.
        let ends = |day: &CalendarDate| date(&day.date).map(|d| i64::from(SchoolYear::of(d, JULY).0) + 1);
        let named = if days.iter().all(|day| ends(day).is_none_or(|ends| ends == year)) {
            String::new()
        } else {
            format!("{}-{year}", year - 1)
        };
        for day in days {
            let instructional = day.calendar_events.iter().any(|event| is_school(event, own) == Some(true));
            if instructional {
                dates.entry(school).or_insert_with(BTreeSet::new).insert(day.date.as_str());
            }
            rows.push(vec![
                school.to_string(),
                day.date.clone(),
                u8::from(instructional).to_string(),
                term(district, school, &day.date).to_owned(),
                named.clone(),
                lengths
                    .get(&(school, day.date.as_str()))
                    .copied()
                    .flatten()
                    .map_or_else(String::new, |minutes| minutes.to_string()),
            ]);
        }
    }
    if left_out > 0 {
        stage.note(format!(
            "calendars beside the one of most students of a school: {left_out}; days are counted by that one"
        ));
    }
    let events = district.dates.iter().flat_map(|day| &day.calendar_events);
    let unknown: BTreeSet<&str> = events
        .filter(|event| is_school(event, own).is_none())
        .map(|event| code(&event.calendar_event_descriptor))
        .collect();
    if !unknown.is_empty() {
        let unknown: Vec<&str> = unknown.into_iter().collect();
        stage
            .note(format!("calendar events that are not known, taken for no school: {}", unknown.join("; ")));
    }
    let header = ["school_id", "date", "instructional", "term", "school_year", "minutes"];
    stage.write("calendar.csv", &header, rows)?;
    Ok(dates)
}

/// The session of a school in which a date lies, the one that began last.
fn term<'d>(district: &'d District, school: i64, date: &str) -> &'d str {
    district
        .sessions
        .iter()
        .filter(|session| session.school_reference.school_id == school)
        .filter(|session| session.begin_date.as_str() <= date && date <= session.end_date.as_str())
        .max_by_key(|session| session.begin_date.as_str())
        .map_or("", |session| &session.session_name)
}

fn enrollments(district: &District, exit_day_enrolled: bool, stage: &mut Stage) -> Result<(), FetchError> {
    let mut void = 0;
    let mut rows = Vec::new();
    for each in &district.enrollments {
        if each.is_void() {
            void += 1;
            continue;
        }
        // The exit day of the file is not enrolled.
        let exit = date(&each.exit_withdraw_date)
            .filter(|exit| exit_day_enrolled && date(&each.entry_date).is_none_or(|entry| entry <= *exit));
        let exit = exit.and_then(|exit| exit.checked_add_days(Days::new(1)));
        let (student, school) = each.who_and_where();
        rows.push(vec![
            student.to_owned(),
            school.to_string(),
            code(&each.entry_grade_level_descriptor).to_owned(),
            each.entry_date.clone(),
            exit.map_or_else(|| each.exit_withdraw_date.clone(), |exit| exit.to_string()),
        ]);
    }
    if void > 0 {
        stage.note(format!("enrollments that never came to be (no show, invalid): {void}; left out"));
    }
    stage.write("enrollments.csv", &["student_id", "school_id", "grade", "entry_date", "exit_date"], rows)
}

fn number(number: &Option<Number>) -> String {
    number.as_ref().map(Number::to_string).unwrap_or_default()
}

fn attendance(district: &District, stage: &mut Stage) -> Result<(), FetchError> {
    let of_schools = district.events.iter().map(|event| {
        vec![
            event.student_reference.student_unique_id.clone(),
            event.school_reference.school_id.to_string(),
            event.event_date.clone(),
            code(&event.attendance_event_category_descriptor).to_owned(),
            event.attendance_event_reason.clone(),
            number(&event.event_duration),
            number(&event.school_attendance_duration),
            String::new(),
            event.arrival_time.clone(),
            event.departure_time.clone(),
        ]
    });
    let periods: HashMap<String, &[InPeriod]> = district
        .sections
        .iter()
        .map(|section| (section_key(&section.reference()), section.class_periods.as_slice()))
        .collect();
    let lengths = period_lengths(district);
    let of_sections = district.section_events.iter().flatten().flat_map(|event| {
        let of = &event.section_reference;
        let periods = periods_of(of, &event.class_periods, &periods);
        let minutes = spread(&event.section_attendance_duration, of.school_id, &periods, &lengths);
        periods.into_iter().zip(minutes).filter_map(move |(period, minutes)| {
            Some(vec![
                event.student_reference.student_unique_id.clone(),
                of.school_id.to_string(),
                event.event_date.clone(),
                code(&event.attendance_event_category_descriptor).to_owned(),
                event.attendance_event_reason.clone(),
                // Some mean a part of the day, some of the section: the bells say how long a period is.
                String::new(),
                minutes?,
                period.to_owned(),
                event.arrival_time.clone(),
                event.departure_time.clone(),
            ])
        })
    });
    let header = [
        "student_id",
        "school_id",
        "date",
        "category",
        "reason",
        "duration",
        "minutes",
        "period",
        "arrival",
        "departure",
    ];
    stage.write("attendance.csv", &header, of_schools.chain(of_sections))
}

/// What an event's minutes are of each of its periods: they are stated once for all, so they fill one after the other, and
/// the last takes what is left. `None` for a period of which none are left.
fn spread(
    stated: &Option<Number>,
    school: i64,
    periods: &[&str],
    lengths: &HashMap<(i64, &str), u16>,
) -> Vec<Option<String>> {
    let Some(mut left) = stated.as_ref().and_then(Number::as_u64).filter(|minutes| *minutes > 0) else {
        return vec![Some(number(stated)); periods.len()];
    };
    let last = periods.len().saturating_sub(1);
    let part = |(place, period): (usize, &&str)| {
        let length = lengths.get(&(school, *period)).copied().map(u64::from);
        let taken = length.filter(|_| place < last).map_or(left, |length| length.min(left));
        left -= taken;
        (taken > 0).then(|| taken.to_string())
    };
    periods.iter().enumerate().map(part).collect()
}

/// The periods of a mark in a section: its own, else those of the section, else the section stands for one, so that
/// nobody takes the mark for one of the whole day.
fn periods_of<'d>(
    of: &'d SectionReference,
    own: &'d [InPeriod],
    known: &HashMap<String, &'d [InPeriod]>,
) -> Vec<&'d str> {
    let of_section = || known.get(&section_key(of)).copied().unwrap_or_default();
    let periods = if own.is_empty() { of_section() } else { own };
    let names = periods.iter().map(|period| period.class_period_reference.class_period_name.as_str());
    let names: Vec<&str> = names.filter(|name| !name.is_empty()).collect();
    if names.is_empty() { vec![of.section_identifier.as_str()] } else { names }
}

fn contacts(
    district: &District,
    people: &People<'_>,
    today: Date,
    stage: &mut Stage,
) -> Result<(), FetchError> {
    let by_id: HashMap<&str, _> =
        district.contacts.iter().map(|contact| (contact.unique_id(), contact)).collect();
    let said = |truth: Option<bool>| truth.map(|truth| truth.to_string()).unwrap_or_default();
    let hidden = district.links.iter().filter(|link| !by_id.contains_key(link.contact())).count();
    if hidden > 0 {
        stage.note(format!("links to contacts whom the server does not show: {hidden}; left out"));
    }
    let rows = district.links.iter().filter_map(|link| {
        let (contact, named) = (by_id.get(link.contact())?, people.contact(link)?);
        let home = home(&contact.addresses, today);
        Some(vec![
            link.student_reference.student_unique_id.clone(),
            named.id.clone(),
            contact.first_name.clone(),
            contact.last_surname.clone(),
            code(&link.relation_descriptor).to_owned(),
            said(link.primary_contact_status),
            said(link.lives_with),
            said(link.emergency_contact_status),
            [home.street_number_name.as_str(), &home.apartment_room_suite_number].join(" ").trim().to_owned(),
            home.city.clone(),
            code(&home.state_abbreviation_descriptor).to_owned(),
            home.postal_code.clone(),
            phone(&contact.telephones),
            mail(&contact.electronic_mails),
            language(&contact.languages),
            link.contact_restrictions.clone(),
        ])
    });
    let header = [
        "student_id",
        "contact_id",
        "given_name",
        "family_name",
        "relation",
        "primary",
        "lives_with",
        "emergency",
        "street",
        "city",
        "state",
        "postal_code",
        "phone",
        "email",
        "language",
        "legal_restriction",
    ];
    stage.write("contacts.csv", &header, rows)
}

/// The home address of today, else the first of today, else an empty one: nothing is sent to where somebody lived once.
fn home(addresses: &[Address], today: Date) -> Address {
    let mut current = addresses.iter().filter(|address| is_now(&address.periods, today));
    let first = current.clone().next();
    let home = current.find(|a| code(&a.address_type_descriptor).eq_ignore_ascii_case("home"));
    home.or(first).cloned().unwrap_or_default()
}

/// Whether a day lies in one of some spans, or there are none.
fn is_now(periods: &[Period], today: Date) -> bool {
    periods.is_empty() || periods.iter().any(|period| within(today, &period.begin_date, &period.end_date))
}

/// The number that is to be called first; a fax is none.
fn phone(numbers: &[Telephone]) -> String {
    let spoken = numbers
        .iter()
        .filter(|number| !code(&number.telephone_number_type_descriptor).to_lowercase().contains("fax"));
    let first = spoken.min_by_key(|number| number.order_of_priority.unwrap_or(i64::MAX));
    first.map(|number| number.telephone_number.clone()).unwrap_or_default()
}

/// The language spoken at home, else the first.
fn language(languages: &[Language]) -> String {
    let at_home = |language: &&Language| {
        language
            .uses
            .iter()
            .any(|used| code(&used.language_use_descriptor).eq_ignore_ascii_case("home language"))
    };
    let chosen = languages.iter().find(at_home).or(languages.first());
    chosen.map(|language| code(&language.language_descriptor).to_owned()).unwrap_or_default()
}

/// Writes `students.csv`, where the server shows what organizations say of students, or who is in a program.
fn students(district: &District, today: Date, stage: &mut Stage) -> Result<(), FetchError> {
    let programs =
        [&district.special_education, &district.plans, &district.homeless, &district.language_instruction];
    if district.traits.is_none() && programs.iter().all(|program| program.is_none()) {
        return Ok(());
    }
    // A district that writes no characteristic of anybody, or no English proficiency, says nothing by it.
    let of_all = || district.traits.iter().flatten();
    let characterises = of_all().any(|each| !each.student_characteristics.is_empty());
    let speaks = of_all().any(|each| !each.limited_english_proficiency_descriptor.is_empty());
    let unknown: BTreeSet<&str> = of_all()
        .map(|each| code(&each.limited_english_proficiency_descriptor))
        .filter(|said| !said.is_empty() && is_limited(said).is_none())
        .collect();
    if !unknown.is_empty() {
        let unknown: Vec<&str> = unknown.into_iter().collect();
        stage.note(format!("words for English proficiency that are not known: {}", unknown.join("; ")));
    }
    let traits = traits_of(district);
    let special = in_program(&district.special_education, today);
    let plans = in_program(&district.plans, today);
    let homeless = in_program(&district.homeless, today);
    let english = in_program(&district.language_instruction, today);
    let rows = district.students.iter().map(|student| {
        let id = student.student_unique_id.as_str();
        let known = traits.get(id).map(Vec::as_slice);
        // Nothing is known of a student of whom no organization says anything.
        let has =
            |trait_of: &dyn Fn(&Traits) -> bool| known.map(|known| known.iter().any(|each| trait_of(each)));
        let is = |names: &'static [&'static str]| {
            has(&|each: &Traits| is_characterised(each, names, today)).filter(|_| characterises)
        };
        let in_ = |program: &Option<HashSet<&str>>| program.as_ref().map(|program| program.contains(id));
        let limited = known
            .unwrap_or_default()
            .iter()
            .filter_map(|each| match code(&each.limited_english_proficiency_descriptor) {
                "" => speaks.then_some(false),
                said => is_limited(said),
            })
            .reduce(|a, b| a || b);
        let language = known.unwrap_or_default().iter().map(|each| language(&each.languages));
        vec![
            id.to_owned(),
            birth_date(&student.birth_date).to_owned(),
            language.into_iter().find(|text| !text.is_empty()).unwrap_or_default(),
            truth(in_(&special), None),
            truth(in_(&plans), None),
            truth(limited, in_(&english)),
            truth(is(&["homeless"]), in_(&homeless)),
            truth(is(&["foster care"]), None),
            truth(is(&["economic disadvantaged", "economically disadvantaged"]), None),
        ]
    });
    let header = [
        "student_id",
        "birth_date",
        "language",
        "special_education",
        "plan_504",
        "english_learner",
        "homeless",
        "foster",
        "low_income",
    ];
    stage.write("students.csv", &header, rows)
}

/// Whether a word for English proficiency is one for an English learner; nothing where it is empty or not known. Who is
/// monitored has left the program (20 USC 6841(a)(4)(B)).
fn is_limited(said: &str) -> Option<bool> {
    match said.to_lowercase().replace([' ', '-'], "").as_str() {
        "limited" | "englishlearner" | "el" | "ell" | "lep" => Some(true),
        "notlimited" | "limitedmonitored1" | "limitedmonitored2" => Some(false),
        _ => None,
    }
}

/// Who is in a program today.
fn in_program(program: &Option<Vec<InProgram>>, today: Date) -> Option<HashSet<&str>> {
    let program = program.as_ref()?;
    let now = program.iter().filter(|each| {
        let (begin, end, exit) = (&each.begin_date, &each.end_date, &each.special_education_exit_date);
        within(today, begin, end) && within(today, begin, exit)
    });
    Some(now.map(|each| each.student_reference.student_unique_id.as_str()).collect())
}

/// Whether a student has one of these characteristics today.
fn is_characterised(traits: &Traits, names: &[&str], today: Date) -> bool {
    traits.student_characteristics.iter().any(|each| {
        let said = code(&each.student_characteristic_descriptor).to_lowercase();
        is_now(&each.periods, today) && names.contains(&said.as_str())
    })
}

/// Yes where one source says so, no where one says no and none says yes, nothing where none says anything.
fn truth(one: Option<bool>, other: Option<bool>) -> String {
    let said = match (one, other) {
        (Some(one), Some(other)) => Some(one || other),
        (one, other) => one.or(other),
    };
    said.map(|said| said.to_string()).unwrap_or_default()
}

/// Writes `bells.csv`, where class periods have times. The length of a school day is the sum of the bells where the
/// calendar does not say it, so a school whose periods do not follow one another in one day (two schedules, two times of
/// one period) has bells only where its schedules say how long each day is.
fn bells(
    district: &District,
    instructional: &HashMap<i64, BTreeSet<&str>>,
    lengths: &Lengths<'_>,
    stage: &mut Stage,
) -> Result<(), FetchError> {
    let mut schools: BTreeMap<i64, Vec<(&str, &str, &str)>> = BTreeMap::new();
    let mut unclear = BTreeSet::new();
    let mut several = 0;
    for period in district.periods.iter().flatten() {
        let school = period.school_reference.school_id;
        let times: BTreeSet<(&str, &str)> = period.meeting_times.iter().map(times).collect();
        match (times.len(), times.first()) {
            (1, Some((start, end))) => {
                schools.entry(school).or_default().push((start, end, &period.class_period_name));
            }
            (0, _) => {}
            _ => {
                several += 1;
                unclear.insert(school);
            }
        }
    }
    for (school, periods) in &mut schools {
        periods.sort_unstable();
        if periods.windows(2).any(|two| clock(two[1].0) < clock(two[0].1)) {
            unclear.insert(*school);
        }
    }
    let has_length = |school: i64, date: &str| lengths.get(&(school, date)).copied().flatten().is_some();
    let known = |school: &i64| {
        instructional.get(school).is_some_and(|dates| dates.iter().all(|date| has_length(*school, date)))
    };
    unclear.retain(|school| !known(school));
    schools.retain(|school, _| !unclear.contains(school));
    if several > 0 {
        stage.note(format!("class periods at several times: {several}; their length is not known"));
    }
    if !unclear.is_empty() {
        stage.note(format!(
            "schools whose class periods overlap or have several times, without a bell schedule for each day: {}; how \
             long their days and periods are is not known",
            unclear.len()
        ));
    }
    if schools.is_empty() {
        return Ok(());
    }
    let rows = schools.into_iter().flat_map(|(school, periods)| {
        periods.into_iter().map(move |(start, end, name)| {
            vec![school.to_string(), name.to_owned(), start.to_owned(), end.to_owned()]
        })
    });
    stage.write("bells.csv", &["school_id", "period", "start", "end"], rows)
}

/// Writes `roll.csv`, where teachers say that they took roll. It was not taken on instructional days from a school's first
/// such word to its last word or mark, on which nobody took it and nobody has a mark.
fn roll(
    district: &District,
    instructional: &HashMap<i64, BTreeSet<&str>>,
    stage: &mut Stage,
) -> Result<(), FetchError> {
    let mut taken: BTreeMap<i64, BTreeSet<&str>> = BTreeMap::new();
    for event in district.roll.iter().flatten() {
        let date = &event.calendar_date_reference.date;
        let date = if date.is_empty() { &event.event_date } else { date };
        taken.entry(event.section_reference.school_id).or_default().insert(date);
    }
    let mut marked: HashMap<i64, HashSet<&str>> = HashMap::new();
    for event in &district.events {
        marked.entry(event.school_reference.school_id).or_default().insert(&event.event_date);
    }
    for event in district.section_events.iter().flatten() {
        marked.entry(event.section_reference.school_id).or_default().insert(&event.event_date);
    }
    if taken.is_empty() {
        return Ok(());
    }
    let mut rows = Vec::new();
    for (school, dates) in &taken {
        let (Some(first), Some(last)) = (dates.first(), dates.last()) else { continue };
        let marked = marked.get(school);
        let has_mark = |date: &&str| marked.is_some_and(|marked| marked.contains(date));
        let last = marked.into_iter().flatten().copied().fold(*last, Ord::max);
        let not_taken = instructional.get(school).into_iter().flat_map(|known| known.range(*first..=last));
        let not_taken = not_taken.filter(|date| !dates.contains(*date) && !has_mark(date));
        let row = |date: &str, taken: &str| vec![school.to_string(), date.to_owned(), taken.to_owned()];
        rows.extend(dates.iter().map(|date| row(date, "1")));
        rows.extend(not_taken.map(|date| row(date, "0")));
    }
    stage.write("roll.csv", &["school_id", "date", "taken"], rows)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops where it cannot go on")]

    use super::super::rows::{Address, InProgram, SectionEvent, Telephone, Traits};
    use super::{
        home, in_program, is_characterised, is_limited, periods_of, phone, section_key, spread, truth,
    };
    use model::time::Date;
    use serde_json::json;
    use std::collections::HashMap;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn a_mark_of_a_section_is_of_its_periods_and_never_of_the_whole_day() {
        let event = |periods: serde_json::Value| -> SectionEvent {
            serde_json::from_value(json!({
                "id": "a", "eventDate": "2022-01-04", "classPeriods": periods,
                "sectionReference": { "localCourseCode": "RD", "schoolId": 91, "schoolYear": 2022,
                    "sectionIdentifier": "RD-1", "sessionName": "Fall" },
            }))
            .unwrap()
        };
        let period =
            |name: &str| json!({ "classPeriodReference": { "classPeriodName": name, "schoolId": 91 } });
        let own = event(json!([period("3")]));
        let silent = event(json!(null));
        let of_section = event(json!([period("1"), period("2")])).class_periods;
        let known = HashMap::from([(section_key(&own.section_reference), of_section.as_slice())]);
        assert_eq!(periods_of(&own.section_reference, &own.class_periods, &known), ["3"]);
        assert_eq!(periods_of(&silent.section_reference, &silent.class_periods, &known), ["1", "2"]);
        assert_eq!(periods_of(&silent.section_reference, &silent.class_periods, &HashMap::new()), ["RD-1"]);
    }

    #[test]
    fn the_minutes_of_an_event_are_its_own_and_not_those_of_each_period() {
        let lengths = HashMap::from([((91, "1"), 45), ((91, "2"), 45)]);
        let parts = |stated: u64, periods: &[&str]| {
            let parts = spread(&Some(stated.into()), 91, periods, &lengths);
            parts.into_iter().map(|part| part.unwrap_or_else(|| "-".to_owned())).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(parts(90, &["1", "2"]), "45 45");
        assert_eq!(parts(40, &["1", "2"]), "40 -");
        assert_eq!(parts(100, &["1", "2"]), "45 55");
        assert_eq!(parts(50, &["1"]), "50");
        assert_eq!(parts(50, &["without a bell", "2"]), "50 -");
        assert_eq!(parts(0, &["1", "2"]), "0 0");
        assert_eq!(spread(&None, 91, &["1", "2"], &lengths), [Some(String::new()), Some(String::new())]);
    }

    #[test]
    fn nothing_is_sent_to_where_somebody_lived_once_and_nobody_calls_a_fax() {
        let address = |kind: &str, city: &str, end: Option<&str>| -> Address {
            serde_json::from_value(json!({
                "addressTypeDescriptor": format!("uri://ed-fi.org/AddressTypeDescriptor#{kind}"), "city": city,
                "periods": [{ "beginDate": "2020-01-01", "endDate": end }],
            }))
            .unwrap()
        };
        let once = address("Home", "Once", Some("2021-12-31"));
        let (now, work) = (address("Home", "Now", None), address("Work", "Work", None));
        let today = day("2022-01-04");
        assert_eq!(home(&[once.clone(), work.clone(), now], today).city, "Now");
        assert_eq!(home(&[once.clone(), work], today).city, "Work");
        assert_eq!(home(&[once], today).city, "");
        let number = |kind: &str, number: &str| -> Telephone {
            let kind = format!("uri://ed-fi.org/TelephoneNumberTypeDescriptor#{kind}");
            serde_json::from_value(
                json!({ "telephoneNumberTypeDescriptor": kind, "telephoneNumber": number }),
            )
            .unwrap()
        };
        assert_eq!(phone(&[number("Fax", "1"), number("Home", "2")]), "2");
        assert_eq!(phone(&[number("Fax", "1")]), "");
    }

    #[test]
    fn an_english_learner_is_one_by_a_word_that_is_known() {
        assert_eq!(["Limited", "EL", "English Learner"].map(is_limited), [Some(true); 3]);
        assert_eq!(["NotLimited", "Limited Monitored 1"].map(is_limited), [Some(false); 2]);
        assert_eq!(["", "A word of the district's"].map(is_limited), [None; 2]);
    }

    #[test]
    fn a_program_counts_from_its_first_day_to_its_last() {
        let row = |student: &str, end: Option<&str>| -> InProgram {
            serde_json::from_value(json!({
                "id": student, "beginDate": "2021-09-01", "endDate": end,
                "studentReference": { "studentUniqueId": student },
            }))
            .unwrap()
        };
        let program = Some(vec![row("1", None), row("2", Some("2021-12-01")), row("3", Some("2022-06-01"))]);
        let mut now: Vec<&str> = in_program(&program, day("2022-01-04")).unwrap().into_iter().collect();
        now.sort_unstable();
        assert_eq!(now, ["1", "3"]);
        assert!(in_program(&program, day("2021-08-31")).unwrap().is_empty());
        // Special education has a day of its own on which it stops.
        let exited: InProgram = serde_json::from_value(json!({
            "id": "4", "beginDate": "2021-09-01", "specialEducationExitDate": "2021-12-01",
            "studentReference": { "studentUniqueId": "4" },
        }))
        .unwrap();
        assert!(in_program(&Some(vec![exited]), day("2022-01-04")).unwrap().is_empty());
        assert!(in_program(&None, day("2022-01-04")).is_none());
    }

    #[test]
    fn a_characteristic_counts_within_its_periods() {
        let traits: Traits = serde_json::from_value(json!({
            "id": "a", "studentCharacteristics": [
                { "studentCharacteristicDescriptor": "uri://ed-fi.org/StudentCharacteristicDescriptor#Homeless",
                  "periods": [{ "beginDate": "2021-09-01", "endDate": "2021-10-01" }, { "beginDate": "2022-01-01" }] },
                { "studentCharacteristicDescriptor": "uri://ed-fi.org/StudentCharacteristicDescriptor#Foster Care" },
            ],
        }))
        .unwrap();
        let homeless = |text| is_characterised(&traits, &["homeless"], day(text));
        assert!(homeless("2021-10-01") && !homeless("2021-11-01") && homeless("2022-03-01"));
        assert!(is_characterised(&traits, &["foster care"], day("2021-11-01")));
    }

    #[test]
    fn what_no_source_says_is_not_known() {
        assert_eq!(truth(None, None), "");
        assert_eq!(truth(None, Some(false)), "false");
        assert_eq!(truth(Some(false), Some(true)), "true");
    }
}
