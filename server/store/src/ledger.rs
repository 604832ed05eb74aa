//! The ledger of marks, and what can be rebuilt from it.

use crate::db::{Link, Value, args, statements};
use crate::district::District;
use crate::error::Error;
use crate::known::known_then;
use crate::sync::StripKey;
use model::attendance::{
    CodeMap, Mark, Meaning, Session, Shape, ShapeId, Shapes, Strip, day_date, day_number,
};
use model::ids::{SchoolId, StudentId};
use model::time::{Date, SchoolYear};
use std::collections::{BTreeMap, HashMap};

/// More marks than this of one student's year that come (or go) in one run are one row: a first load would otherwise
/// make millions.
const SINGLE_ROWS: usize = 3;
/// The number of no shape: the row holds many marks.
const MANY: u32 = 0;

/// A mark, and the days between it and the next equal one, and so on.
type Equal = (Mark, Vec<u16>);

/// One row of the ledger: marks that came (1) or went (-1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Entry {
    /// One mark.
    One(i64, Mark),
    /// Many, in the column `more`; the row's date is the first one's, its shape is 0.
    Many(i64, Vec<Equal>),
}

statements! {
    SHAPES = "SELECT number, category, reason, fraction, minutes, session, period, unusable FROM shape ORDER BY number";
    CODES = "SELECT category, meaning FROM code_map ORDER BY category";
    CODES_THEN = concat!("SELECT category, meaning FROM ", known_then!("code_map", "category, meaning"), " k
        ORDER BY category");
    LEDGER = "SELECT student_id, school_id, school_year, date, op, shape, arrival, departure, more FROM ledger
        ORDER BY student_id, seq";
    LEDGER_AFTER = "SELECT student_id, school_id, school_year, date, op, shape, arrival, departure, more FROM ledger
        WHERE seq > $1";
    STRIPS = "SELECT student_id, school_id, school_year, strip FROM strip";
}

impl Entry {
    /// Marks as rows, in order.
    pub(crate) fn pack(op: i64, marks: Vec<Mark>) -> Vec<Self> {
        if marks.len() <= SINGLE_ROWS {
            return marks.into_iter().map(|mark| Self::One(op, mark)).collect();
        }
        let mut equal: Vec<Equal> = Vec::new();
        let mut runs: HashMap<ShapeId, (usize, u16)> = HashMap::new();
        for mark in marks {
            let plain = mark.arrival.is_none() && mark.departure.is_none();
            match runs.get_mut(&mark.shape) {
                Some((at, last)) if plain => {
                    equal[*at].1.push(mark.day - *last);
                    *last = mark.day;
                }
                _ => {
                    if plain {
                        runs.insert(mark.shape, (equal.len(), mark.day));
                    }
                    equal.push((mark, Vec::new()));
                }
            }
        }
        vec![Self::Many(op, equal)]
    }

    /// The values of the columns behind `seq` and `run_id`.
    pub(crate) fn values(&self, (student, school, year): StripKey) -> Result<Vec<Value>, Error> {
        let date = |mark: &Mark| day_date(SchoolYear(year as i16), mark.day);
        Ok(match self {
            Self::One(op, mark) => {
                let Mark { shape, arrival, departure, .. } = *mark;
                args![student, school, year, date(mark), *op, shape.0, arrival, departure, None::<Vec<u8>>]
            }
            Self::Many(op, equal) => {
                let first =
                    equal.first().ok_or_else(|| Error::damaged("a row of the ledger without a mark"))?;
                let more =
                    postcard::to_stdvec(equal).map_err(|e| Error::damaged(format!("ledger.more: {e}")))?;
                args![student, school, year, date(&first.0), *op, MANY, None::<i64>, None::<i64>, more]
            }
        })
    }
}

/// The columns of an entry: student, school, year, date, op, shape, arrival, departure, more.
type EntryColumns = (i64, i64, i64, Date, i64, i64, Option<i64>, Option<i64>, Option<Vec<u8>>);

/// Marks with how often they came, less how often they went.
type Balance = BTreeMap<StripKey, BTreeMap<Mark, i64>>;

/// Adds rows of the ledger to a balance, or takes them back.
fn post(balance: &mut Balance, rows: Vec<EntryColumns>, take_back: bool) -> Result<(), Error> {
    for (student, school, year, date, op, shape, arrival, departure, more) in rows {
        let bad = |what: &str| Error::damaged(format!("ledger of student {student}: {what}"));
        let op = if take_back { -op } else { op };
        let of_strip = balance.entry((student, school, year)).or_default();
        let mut note = |(mut mark, steps): Equal| {
            *of_strip.entry(mark).or_default() += op;
            for step in steps {
                mark.day = mark.day.checked_add(step).ok_or_else(|| bad("further days"))?;
                *of_strip.entry(mark).or_default() += op;
            }
            Ok::<_, Error>(())
        };
        let shape = u32::try_from(shape).map_err(|_| bad("a shape"))?;
        if shape == MANY {
            let equal: Vec<Equal> =
                postcard::from_bytes(&more.unwrap_or_default()).map_err(|_| bad("marks"))?;
            for one in equal {
                note(one)?;
            }
            continue;
        }
        let minute = |v: Option<i64>| v.map(u16::try_from).transpose().map_err(|_| bad("a clock time"));
        let day = day_number(SchoolYear(year as i16), date).ok_or_else(|| bad("a date"))?;
        let mark =
            Mark { day, shape: ShapeId(shape), arrival: minute(arrival)?, departure: minute(departure)? };
        // Rows written before there were rows of many marks hold further days of equal marks.
        let steps: Vec<u16> = match more {
            Some(bytes) => postcard::from_bytes(&bytes).map_err(|_| bad("further days"))?,
            None => Vec::new(),
        };
        note((mark, steps))?;
    }
    Ok(())
}

/// The strip of a balance; empty where every mark went.
fn strip_of(student: i64, marks: BTreeMap<Mark, i64>) -> Result<Strip, Error> {
    let mut list = Vec::new();
    for (mark, times) in marks {
        if times < 0 {
            return Err(Error::damaged(format!("ledger of student {student}: a mark went that never came")));
        }
        list.extend(std::iter::repeat_n(mark, times as usize));
    }
    Ok(Strip::from_marks(list))
}

fn replay(rows: Vec<EntryColumns>) -> Result<BTreeMap<StripKey, Strip>, Error> {
    let mut balance = Balance::new();
    post(&mut balance, rows, false)?;
    let mut strips = BTreeMap::new();
    for (key, marks) in balance {
        let strip = strip_of(key.0, marks)?;
        if !strip.is_empty() {
            strips.insert(key, strip);
        }
    }
    Ok(strips)
}

/// Strips as they were before the ledger's rows behind `ledger_end`, made out of the strips of now. `list` is an `IN`
/// list of the students asked for; all where there is none. Costs as much as was changed since.
pub(crate) async fn rewind(
    link: &mut Link<'_>,
    strips: Vec<(StripKey, Strip)>,
    ledger_end: i64,
    list: Option<&str>,
) -> Result<Vec<(StripKey, Strip)>, Error> {
    let rows = match list {
        None => link.all(LEDGER_AFTER, args![ledger_end]).await?,
        Some(list) => {
            link.all_built(format!("{LEDGER_AFTER} AND student_id IN {list}"), args![ledger_end]).await?
        }
    };
    let mut balance = Balance::new();
    post(&mut balance, rows, true)?;
    let mut out = Vec::with_capacity(strips.len());
    for (key, strip) in strips {
        match balance.remove(&key) {
            None => out.push((key, strip)),
            Some(mut marks) => {
                for mark in strip.marks() {
                    *marks.entry(mark).or_default() += 1;
                }
                out.push((key, strip_of(key.0, marks)?));
            }
        }
    }
    for (key, marks) in balance {
        out.push((key, strip_of(key.0, marks)?));
    }
    out.retain(|(_, strip)| !strip.is_empty());
    // As the strips of now are read: by student, year and school.
    out.sort_unstable_by_key(|((student, school, year), _)| (*student, *year, *school));
    Ok(out)
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
    for (key, strip) in replay(link.all(LEDGER, args![]).await?)? {
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
        codes_of(&mut self.read().await?.link(), None).await
    }
}

/// Writes strips that are new, or over those there are.
pub(crate) async fn insert_strips(
    link: &mut Link<'_>,
    strips: impl IntoIterator<Item = (StripKey, Vec<u8>), IntoIter: Send>,
    over: bool,
) -> Result<(), Error> {
    let rows = strips.into_iter().map(|((student, school, year), strip)| args![student, school, year, strip]);
    let tail = if over {
        "ON CONFLICT (student_id, school_id, school_year) DO UPDATE SET strip = excluded.strip"
    } else {
        ""
    };
    link.insert("strip", &["student_id", "school_id", "school_year", "strip"], tail, rows).await
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

/// What the district's categories mean, or meant after a run.
pub(crate) async fn codes_of(link: &mut Link<'_>, after_run: Option<i64>) -> Result<CodeMap, Error> {
    let rows: Vec<(String, String)> = match after_run {
        None => link.all(CODES, args![]).await?,
        Some(number) => link.all(CODES_THEN, args![number]).await?,
    };
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
