//! The ledger of marks, and what can be rebuilt from it.

use crate::db::{Link, Value, args, statements};
use crate::district::{District, WriteTx};
use crate::error::Error;
use crate::sync::StripKey;
use access::Scope;
use model::attendance::{
    CodeMap, Mark, Meaning, Session, Shape, ShapeId, Shapes, Strip, day_date, day_number,
};
use model::ids::{RunId, SchoolId, StudentId};
use model::time::{Date, SchoolYear};
use std::collections::{BTreeMap, HashMap};

/// More equal marks than this of one student in one run are one row: sources that send every present day would
/// otherwise make millions.
const SINGLE_ROWS: usize = 31;

/// One row of the ledger: a mark that came (1) or went (-1), with further days of equal marks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) op: i64,
    pub(crate) mark: Mark,
    /// Days between one equal mark and the next, beginning with the first.
    pub(crate) more: Vec<u16>,
}

statements! {
    SHAPES = "SELECT number, category, reason, fraction, minutes, session, period, unusable FROM shape ORDER BY number";
    CODES = "SELECT category, meaning FROM code_map ORDER BY category";
    CLEAR_CODES = "DELETE FROM code_map";
    LEDGER = "SELECT student_id, school_id, school_year, date, op, shape, arrival, departure, more FROM ledger
        WHERE seq <= $1 ORDER BY student_id, seq";
    LEDGER_OF = "SELECT student_id, school_id, school_year, date, op, shape, arrival, departure, more FROM ledger
        WHERE student_id = $2 AND seq <= $1 ORDER BY seq";
    LEDGER_END = "SELECT ledger_end FROM sync_run WHERE id = $1";
    STRIPS = "SELECT student_id, school_id, school_year, strip FROM strip";
    CLEAR_STRIPS = "DELETE FROM strip";
}

impl Entry {
    /// Marks as rows, in order.
    pub(crate) fn pack(op: i64, marks: Vec<Mark>) -> Vec<Self> {
        let mut counts: HashMap<ShapeId, usize> = HashMap::new();
        let plain = |m: &Mark| m.arrival.is_none() && m.departure.is_none();
        for mark in marks.iter().filter(|m| plain(m)) {
            *counts.entry(mark.shape).or_default() += 1;
        }
        let mut out: Vec<Self> = Vec::new();
        let mut runs: HashMap<ShapeId, (usize, u16)> = HashMap::new();
        for mark in marks {
            let many = plain(&mark) && counts.get(&mark.shape).is_some_and(|n| *n > SINGLE_ROWS);
            match runs.get_mut(&mark.shape) {
                Some((row, last)) if many => {
                    out[*row].more.push(mark.day - *last);
                    *last = mark.day;
                }
                _ => {
                    if many {
                        runs.insert(mark.shape, (out.len(), mark.day));
                    }
                    out.push(Self { op, mark, more: Vec::new() });
                }
            }
        }
        out
    }

    /// The values of the columns behind `seq` and `run_id`.
    pub(crate) fn values(&self, (student, school, year): StripKey) -> Result<Vec<Value>, Error> {
        let more = if self.more.is_empty() {
            None
        } else {
            let bytes =
                postcard::to_stdvec(&self.more).map_err(|e| Error::damaged(format!("ledger.more: {e}")))?;
            Some(bytes)
        };
        let date = day_date(SchoolYear(year as i16), self.mark.day);
        let Mark { shape, arrival, departure, .. } = self.mark;
        Ok(args![student, school, year, date, self.op, shape.0, arrival, departure, more])
    }
}

/// The columns of an entry: student, school, year, date, op, shape, arrival, departure, more.
type EntryColumns = (i64, i64, i64, Date, i64, i64, Option<i64>, Option<i64>, Option<Vec<u8>>);

/// Marks with how often they came, less how often they went.
type Balance = BTreeMap<StripKey, BTreeMap<Mark, i64>>;

fn replay(rows: Vec<EntryColumns>) -> Result<BTreeMap<StripKey, Strip>, Error> {
    let mut balance = Balance::new();
    for (student, school, year, date, op, shape, arrival, departure, more) in rows {
        let bad = |what: &str| Error::damaged(format!("ledger of student {student}: {what}"));
        let minute = |v: Option<i64>| v.map(u16::try_from).transpose().map_err(|_| bad("a clock time"));
        let day = day_number(SchoolYear(year as i16), date).ok_or_else(|| bad("a date"))?;
        let shape = ShapeId(u32::try_from(shape).map_err(|_| bad("a shape"))?);
        let mut mark = Mark { day, shape, arrival: minute(arrival)?, departure: minute(departure)? };
        let of_strip = balance.entry((student, school, year)).or_default();
        *of_strip.entry(mark).or_default() += op;
        let steps: Vec<u16> = match more {
            Some(bytes) => postcard::from_bytes(&bytes).map_err(|_| bad("further days"))?,
            None => Vec::new(),
        };
        for step in steps {
            mark.day = mark.day.checked_add(step).ok_or_else(|| bad("further days"))?;
            *of_strip.entry(mark).or_default() += op;
        }
    }
    let mut strips = BTreeMap::new();
    for (key, marks) in balance {
        let mut list = Vec::new();
        for (mark, times) in marks {
            if times < 0 {
                return Err(Error::damaged(format!(
                    "ledger of student {}: a mark went that never came",
                    key.0
                )));
            }
            list.extend(std::iter::repeat_n(mark, times as usize));
        }
        let strip = Strip::from_marks(list);
        if !strip.is_empty() {
            strips.insert(key, strip);
        }
    }
    Ok(strips)
}

/// The strips as the ledger says, up to a sequence number.
pub(crate) async fn strips_from_ledger(
    link: &mut Link<'_>,
    up_to: i64,
) -> Result<BTreeMap<StripKey, Strip>, Error> {
    replay(link.all(LEDGER, args![up_to]).await?)
}

/// The strips as they are kept.
pub(crate) async fn strips_kept(link: &mut Link<'_>) -> Result<BTreeMap<StripKey, Vec<u8>>, Error> {
    let rows: Vec<(i64, i64, i64, Vec<u8>)> = link.all(STRIPS, args![]).await?;
    Ok(rows.into_iter().map(|(student, school, year, strip)| ((student, school, year), strip)).collect())
}

/// A strip that is not what the ledger says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct StripDifference {
    /// The student.
    pub student: StudentId,
    /// The school.
    pub school: SchoolId,
    /// The school year.
    pub year: SchoolYear,
}

pub(crate) async fn compare(link: &mut Link<'_>) -> Result<Vec<StripDifference>, Error> {
    let mut kept = strips_kept(link).await?;
    let mut differing: Vec<StripKey> = Vec::new();
    for (key, strip) in strips_from_ledger(link, i64::MAX).await? {
        if kept.remove(&key).as_deref() != Some(&strip.to_bytes()) {
            differing.push(key);
        }
    }
    differing.extend(kept.into_keys());
    differing.sort_unstable();
    Ok(differing
        .into_iter()
        .map(|(student, school, year)| StripDifference {
            student: StudentId(student),
            school: SchoolId(school),
            year: SchoolYear(year as i16),
        })
        .collect())
}

impl District {
    /// Replays the ledger and compares it with the strips; empty where they agree.
    ///
    /// # Errors
    /// [`Error::Damaged`] where the ledger does not add up.
    pub async fn compare_strips(&self) -> Result<Vec<StripDifference>, Error> {
        let mut snapshot = self.db().snapshot().await?;
        compare(&mut snapshot.link()).await
    }

    /// A student's marks as they were known when a run had ended, by school and year; for jobs and commands, and none for
    /// a person's scope.
    ///
    /// # Errors
    /// [`Error::Damaged`] where the ledger does not add up, or there was no such run.
    pub async fn strips_as_known_after(
        &self,
        scope: &Scope,
        run: RunId,
        student: StudentId,
    ) -> Result<Vec<(SchoolId, SchoolYear, Strip)>, Error> {
        if scope.job().is_none() {
            return Ok(Vec::new());
        }
        let mut snapshot = self.db().snapshot().await?;
        let mut link = snapshot.link();
        let end: Option<(i64,)> = link.optional(LEDGER_END, args![run]).await?;
        let (end,) = end.ok_or_else(|| Error::damaged(format!("there is no run {run}")))?;
        let strips = replay(link.all(LEDGER_OF, args![end, student]).await?)?;
        Ok(strips
            .into_iter()
            .map(|((_, school, year), strip)| (SchoolId(school), SchoolYear(year as i16), strip))
            .collect())
    }

    /// The shapes of marks, to be handed to an adapter: its numbers then fit the store's.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn shapes(&self) -> Result<Shapes, Error> {
        shapes_of(&mut self.read().await?.link()).await
    }

    /// What the district's categories mean; the default where nobody has said.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn codes(&self) -> Result<CodeMap, Error> {
        codes_of(&mut self.read().await?.link()).await
    }
}

impl WriteTx {
    /// Writes what the district's categories mean.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub async fn set_codes(&mut self, codes: &CodeMap) -> Result<(), Error> {
        let mut link = self.tx.link();
        link.execute(CLEAR_CODES, args![]).await?;
        let rows: Vec<Vec<Value>> =
            codes.iter().map(|(category, meaning)| args![category, meaning.name()]).collect();
        link.insert("code_map", &["category", "meaning"], "", rows).await
    }

    /// Makes every strip anew from the ledger; how many there are.
    ///
    /// # Errors
    /// [`Error::Damaged`] where the ledger does not add up.
    pub async fn rebuild_strips(&mut self) -> Result<u64, Error> {
        let mut link = self.tx.link();
        let strips = strips_from_ledger(&mut link, i64::MAX).await?;
        link.execute(CLEAR_STRIPS, args![]).await?;
        let count = strips.len() as u64;
        insert_strips(&mut link, strips.into_iter().map(|(key, strip)| (key, strip.to_bytes()))).await?;
        Ok(count)
    }
}

/// Writes strips, over those there are.
pub(crate) async fn insert_strips(
    link: &mut Link<'_>,
    strips: impl IntoIterator<Item = (StripKey, Vec<u8>), IntoIter: Send>,
) -> Result<(), Error> {
    let rows = strips.into_iter().map(|((student, school, year), strip)| args![student, school, year, strip]);
    link.insert(
        "strip",
        &["student_id", "school_id", "school_year", "strip"],
        "ON CONFLICT (student_id, school_id, school_year) DO UPDATE SET strip = excluded.strip",
        rows,
    )
    .await
}

/// Number, category, reason, fraction, minutes, session, period, unusable.
type ShapeColumns = (i64, String, String, Option<i64>, Option<i64>, Option<String>, Option<String>, bool);

pub(crate) async fn shapes_of(link: &mut Link<'_>) -> Result<Shapes, Error> {
    let rows: Vec<ShapeColumns> = link.all(SHAPES, args![]).await?;
    let mut list = Vec::with_capacity(rows.len());
    for (number, category, reason, fraction, minutes, session, period, unusable) in rows {
        let bad = |what: &str| Error::damaged(format!("shape {number}: {what}"));
        if number != list.len() as i64 + 1 {
            return Err(bad("its number is not the next one"));
        }
        let session = match session.as_deref() {
            None => None,
            Some("AM") => Some(Session::Am),
            Some("PM") => Some(Session::Pm),
            Some(_) => return Err(bad("its session is neither AM nor PM")),
        };
        list.push(Shape {
            category,
            reason,
            fraction: fraction.map(u32::try_from).transpose().map_err(|_| bad("its fraction"))?,
            minutes: minutes.map(u16::try_from).transpose().map_err(|_| bad("its minutes"))?,
            session,
            period,
            unusable,
        });
    }
    Ok(Shapes::from_list(list))
}

pub(crate) fn shape_values(number: usize, shape: &Shape) -> Vec<Value> {
    let session = shape.session.map(|s| match s {
        Session::Am => "AM",
        Session::Pm => "PM",
    });
    args![
        number as i64,
        &shape.category,
        &shape.reason,
        shape.fraction,
        shape.minutes,
        session,
        shape.period.clone(),
        shape.unusable,
    ]
}

pub(crate) async fn codes_of(link: &mut Link<'_>) -> Result<CodeMap, Error> {
    let rows: Vec<(String, String)> = link.all(CODES, args![]).await?;
    if rows.is_empty() {
        return Ok(CodeMap::default());
    }
    let mut codes = CodeMap::empty();
    for (category, meaning) in rows {
        let meaning = Meaning::read(&meaning)
            .ok_or_else(|| Error::damaged(format!("code_map: `{category}` has no known meaning")))?;
        codes.set(&category, meaning);
    }
    Ok(codes)
}
