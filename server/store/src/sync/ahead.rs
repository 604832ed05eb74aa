//! The history as it will be once a plan is applied, so that the rules can be asked before anything is written and
//! nobody waits for them. A property test holds it to what is read after the plan was applied.

use super::plan::Plan;
use super::read_strip;
use super::rows::{self, Row, Spec};
use crate::db::{Kind, Link, Value, args, statements};
use crate::error::Error;
use crate::history::{KnownHistory, Rows, assemble, strips};
use crate::ledger::{codes_of, shapes_of};
use chrono::NaiveDate;
use model::attendance::Shapes;
use std::collections::{BTreeMap, HashMap, HashSet};

statements! {
    LAST_ROWS = "SELECT school_id, date FROM school_last_row";
}

/// What the rules will read.
pub(super) async fn history(link: &mut Link<'_>, plan: &Plan) -> Result<KnownHistory, Error> {
    let mut out = Rows { shapes: shapes(link, plan).await?, ..Rows::default() };
    out.codes = match &plan.codes {
        Some(codes) => codes.clone(),
        None => codes_of(link, None).await?,
    };

    let mut last_rows: HashMap<i64, NaiveDate> =
        link.all::<(i64, NaiveDate)>(LAST_ROWS, args![]).await?.into_iter().collect();
    last_rows.extend(plan.last_rows.iter().map(|(school, date)| (school.0, *date)));
    for org in table(link, &rows::ORGS, plan).await? {
        if let [Value::Int(Some(id)), Value::Text(Some(local_id)), Value::Text(Some(kind))] = org.as_slice()
            && kind == "school"
        {
            out.schools.push((*id, local_id.clone(), last_rows.get(id).copied()));
        }
    }
    out.schools.sort_unstable();

    let mut local_ids: HashMap<i64, String> = HashMap::new();
    for person in table(link, &rows::PEOPLE, plan).await? {
        if let [Value::Int(Some(id)), Value::Text(Some(local_id))] = person.as_slice() {
            local_ids.insert(*id, local_id.clone());
        }
    }
    for span in table(link, &rows::ENROLLMENTS, plan).await? {
        if let [
            Value::Int(Some(student)),
            Value::Int(Some(school)),
            Value::Text(grade),
            Value::Date(Some(entry)),
            Value::Date(ends),
            Value::Date(presumed),
        ] = span.as_slice()
            && let Some(local_id) = local_ids.get(student)
        {
            let end = ends.or(*presumed);
            out.spans.push((*student, local_id.clone(), *school, grade.clone(), *entry, end));
        }
    }
    out.spans.sort_unstable_by_key(|(student, _, school, _, entry, _)| (*student, *entry, *school));

    let mut births: BTreeMap<i64, NaiveDate> = BTreeMap::new();
    // What `students.csv` says is believed before demographics.
    for spec in [&rows::DEMOGRAPHICS, &rows::CHARACTERISTICS] {
        for birth in table(link, spec, plan).await? {
            if let [Value::Int(Some(person)), Value::Date(Some(date))] = birth.as_slice() {
                births.insert(*person, *date);
            }
        }
    }
    out.births = births.into_iter().collect();

    for day in table(link, &rows::CALENDAR, plan).await? {
        if let [
            Value::Int(Some(school)),
            Value::Int(Some(year)),
            Value::Bool(Some(named)),
            Value::Date(Some(date)),
            Value::Bool(Some(true)),
            Value::Int(minutes),
            Value::Int(Some(sessions)),
        ] = day.as_slice()
        {
            out.days.push((*school, *year, *named, *date, *minutes, *sessions));
        }
    }
    out.days.sort_unstable_by_key(|(school, year, _, date, ..)| (*school, *year, *date));
    for roll in table(link, &rows::ROLL, plan).await? {
        if let [Value::Int(Some(school)), Value::Date(Some(date)), Value::Bool(Some(taken))] = roll.as_slice()
        {
            out.roll.push((*school, *date, *taken));
        }
    }
    for bell in table(link, &rows::BELLS, plan).await? {
        if let [
            Value::Int(Some(school)),
            Value::Text(Some(period)),
            Value::Int(Some(start)),
            Value::Int(Some(end)),
        ] = bell.as_slice()
        {
            out.bells.push((*school, period.clone(), *start, *end));
        }
    }
    out.bells.sort_unstable_by(|a, b| (a.0, a.2, &a.1).cmp(&(b.0, b.2, &b.1)));

    out.strips = strips(link, None, None).await?;
    if let Some(marks) = &plan.marks {
        let gone: HashSet<_> = marks.gone.iter().chain(marks.changed.iter().map(|(key, _)| key)).collect();
        out.strips.retain(|(key, _)| !gone.contains(key));
        for (key, bytes) in marks.new.iter().chain(&marks.changed) {
            out.strips.push((*key, read_strip(*key, bytes)?));
        }
        out.strips.sort_unstable_by_key(|((student, school, year), _)| (*student, *year, *school));
    }
    assemble(out)
}

async fn shapes(link: &mut Link<'_>, plan: &Plan) -> Result<Shapes, Error> {
    let mut shapes = shapes_of(link).await?;
    for shape in plan.marks.iter().flat_map(|marks| &marks.new_shapes) {
        shapes.number(shape);
    }
    Ok(shapes)
}

/// A table's rows as they will be: of each, what the rules read ([`Spec::past`]).
async fn table(link: &mut Link<'_>, spec: &Spec, plan: &Plan) -> Result<Vec<Vec<Value>>, Error> {
    let sql = format!("SELECT key, {} FROM {}", spec.past_columns(), spec.table);
    let kinds: Vec<Kind> = [Kind::Text].into_iter().chain(spec.past.iter().map(|(_, kind)| *kind)).collect();
    let stored = link.values(sql, &kinds, args![]).await?;
    let write = plan.tables.iter().find(|write| write.spec.table == spec.table);
    let mut gone: HashSet<&str> = HashSet::new();
    let mut changed: HashMap<&str, &Row> = HashMap::new();
    let mut added: &[(Row, i64)] = &[];
    if let Some(write) = write {
        if !spec.keeps {
            gone.extend(write.gone.iter().map(String::as_str));
        }
        changed.extend(write.changed.iter().map(|(row, _)| (row.key.as_str(), row)));
        added = &write.added;
    }
    let presumed: HashMap<&str, Option<NaiveDate>> = if spec.table == rows::ENROLLMENTS.table {
        plan.presumed.iter().map(|(key, end)| (key.as_str(), *end)).collect()
    } else {
        HashMap::new()
    };
    let mut out = Vec::with_capacity(stored.len() + added.len());
    for mut row in stored {
        let Value::Text(Some(key)) = row.remove(0) else { continue };
        if gone.contains(key.as_str()) {
            continue;
        }
        if let Some(new) = changed.get(key.as_str()) {
            row = read_by_rules(spec, new, row.last());
        }
        if let (Some(end), Some(last)) = (presumed.get(key.as_str()), row.last_mut()) {
            *last = Value::Date(*end);
        }
        out.push(row);
    }
    out.extend(added.iter().map(|(row, _)| read_by_rules(spec, row, None)));
    Ok(out)
}

/// What the rules read of a delivered row. A presumed end is in no file: what is stored (`last`) stays.
fn read_by_rules(spec: &Spec, row: &Row, last: Option<&Value>) -> Vec<Value> {
    spec.past
        .iter()
        .map(|(name, _)| match spec.columns.iter().position(|column| column == name) {
            Some(at) => row.values[at].clone(),
            None if *name == "id" => Value::from(row.id),
            None => last.cloned().unwrap_or(Value::Date(None)),
        })
        .collect()
}
