//! Reads a collection of OneRoster: by what changed since the last fetch where that adds up, else in full; of a server that
//! refuses to sort, until two readings agree.

use super::below;
use crate::remote::kept::{Keeping, Kept};
use crate::remote::paging::Walk;
use crate::remote::token::Session;
use crate::remote::{FetchError, Fetched, Why};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use url::Url;

/// By how much what is asked for overlaps what is known: rows come to a server's tables some time after the time that they
/// bear, out of transactions and nightly copies.
const OVERLAP: TimeDelta = TimeDelta::days(1);

/// The rows of a collection, as they are kept. Those to be deleted are among them, by their ids alone: servers count them.
#[derive(Serialize, Deserialize)]
struct Collection {
    /// From when on to ask for changes, or why that is of no use.
    since: Result<DateTime<Utc>, String>,
    /// None where they are of no use.
    rows: Vec<Value>,
}

const REFUSED: &str = "the server refuses to say what changed since a time";
const NOT_HEEDED: &str = "the server, asked for what changed, sends what did not";
const NO_TIMES: &str = "rows, or the server, do not say the time";
const NOT_ADDED_UP: &str = "changes did not add up";

/// Reads collections.
pub(super) struct Reader<'r, 'a> {
    pub(super) session: Session<'a>,
    pub(super) base: Url,
    /// Rows asked for at a time.
    pub(super) page: u32,
    pub(super) progress: &'r mut (dyn FnMut(Fetched) + Send),
    /// The rows of the last fetch that were not asked for yet.
    pub(super) kept: Option<Kept>,
    /// Where the rows of this fetch go.
    pub(super) keeping: Option<Keeping<'r>>,
    found: Found,
}

/// What a fetch finds out about its server.
#[derive(Default)]
struct Found {
    /// It refuses to sort.
    unsorted: bool,
    /// It refuses to say what changed.
    refused: bool,
    /// Why which collections had to be read in full though a fetch before had them.
    in_full: BTreeMap<String, Vec<&'static str>>,
}

/// What a server says beside the rows.
struct Told {
    /// How many rows there are.
    count: Option<usize>,
    /// What its clock says, to the second that has begun.
    at: Option<DateTime<Utc>>,
}

impl<'r, 'a> Reader<'r, 'a> {
    /// Reads from `base`, `page` rows at a time; nothing is kept to begin with.
    pub(super) fn new(
        session: Session<'a>,
        base: Url,
        page: u32,
        progress: &'r mut (dyn FnMut(Fetched) + Send),
    ) -> Self {
        Self { session, base, page, progress, kept: None, keeping: None, found: Found::default() }
    }

    /// What a person should know of how collections were read.
    pub(super) fn notes(&self) -> Vec<String> {
        let unsorted = "the server refuses to sort, so its rows were read until two readings agreed";
        let unsorted = self.found.unsorted.then(|| unsorted.to_owned());
        let in_full = self.found.in_full.iter();
        let in_full = in_full.map(|(why, names)| format!("read in full, for {why}: {}", names.join(", ")));
        unsorted.into_iter().chain(in_full).collect()
    }

    /// The rows of a collection that are not to be deleted. `members` are those that are used.
    ///
    /// # Errors
    /// Where the collection is not there ([`Why::Missing`]) or not shown ([`Why::Forbidden`]), or changed at every reading.
    pub(super) async fn read(
        &mut self,
        name: &'static str,
        members: &[&str],
    ) -> Result<Vec<Value>, FetchError> {
        let kept = self.kept.as_mut().and_then(|kept| kept.take::<Collection>(name));
        let renewed = match kept {
            None => None,
            Some(Collection { since: Err(why), .. }) => Some(Err(why)),
            Some(Collection { since: Ok(since), rows }) => {
                Some(self.renew(name, members, rows, since).await?)
            }
        };
        let (mut rows, why): (Vec<Value>, _) = match renewed {
            Some(Ok(rows)) => (rows, None),
            in_full => {
                let url = below(&self.base, name)?;
                let rows = self.rows(name, &url).await?.into_iter().map(|row| used(row, members));
                (rows.collect(), in_full.and_then(Result::err))
            }
        };
        if let Some(why) = why.clone().filter(|_| !rows.is_empty()) {
            self.found.in_full.entry(why).or_default().push(name);
        }
        if self.keeping.is_some() {
            let told = self.told(name).await?;
            let since = match why {
                // It is tried again when everything is read, within a week.
                Some(why) if [REFUSED, NOT_HEEDED].contains(&why.as_str()) => Err(why),
                _ => since(&rows, told.at).ok_or_else(|| NO_TIMES.to_owned()),
            };
            let kept = if since.is_ok() { rows.clone() } else { Vec::new() };
            if let Some(keeping) = &mut self.keeping {
                keeping.add(name, &Collection { since, rows: kept })?;
            }
        }
        rows.retain(|row| !is_deleted(row));
        Ok(rows)
    }

    /// Brings rows to what they are now by what changed since a time; why not, where that cannot be trusted.
    ///
    /// What bears a time that was asked for must come, so that a filter that finds nothing is not taken for a quiet night.
    /// Deletes may vanish without a word, so there must be as many rows afterwards as the server counts, if it counts.
    async fn renew(
        &mut self,
        name: &'static str,
        members: &[&str],
        mut rows: Vec<Value>,
        since: DateTime<Utc>,
    ) -> Result<Result<Vec<Value>, String>, FetchError> {
        let no = |why: &str| Ok(Err(why.to_owned()));
        if self.found.refused {
            return no(REFUSED);
        }
        let mut url = below(&self.base, name)?;
        let text = since.format("%Y-%m-%dT%H:%M:%S%.3fZ");
        url.query_pairs_mut().append_pair("filter", &format!("dateLastModified>='{text}'"));
        let changed = match self.rows(name, &url).await {
            Ok(changed) => changed,
            // Whatever it says to this, it may say more when it is asked for everything.
            Err(FetchError {
                why:
                    Why::Missing(_)
                    | Why::Forbidden(_)
                    | Why::SignIn(_)
                    | Why::Status(_)
                    | Why::Busy(_)
                    | Why::Unreadable(_)
                    | Why::Unsteady,
                ..
            }) => {
                self.found.refused = true;
                return no(REFUSED);
            }
            Err(error) => return Err(error),
        };
        let Some(times) = changed.iter().map(time).collect::<Option<Vec<_>>>() else { return no(NO_TIMES) };
        if times.iter().any(|time| *time < since) {
            return no(NOT_HEEDED);
        }
        let mut changed: HashMap<String, Value> =
            changed.into_iter().map(|row| (id(&row).to_owned(), used(row, members))).collect();
        for row in &mut rows {
            match changed.remove(id(row)) {
                Some(newer) => *row = newer,
                None if is_deleted(row) => {}
                None if time(row).is_some_and(|time| time < since) => {}
                None => return no(NOT_ADDED_UP),
            }
        }
        let mut new: Vec<Value> = changed.into_values().collect();
        new.sort_by(|a, b| id(a).cmp(id(b)));
        rows.extend(new);
        match self.told(name).await?.count {
            Some(count) if count != rows.len() => no(NOT_ADDED_UP),
            _ => Ok(Ok(rows)),
        }
    }

    /// All rows at an address, in the order of their ids, or read until two readings agree.
    async fn rows(&mut self, resource: &'static str, url: &Url) -> Result<Vec<Value>, FetchError> {
        let walk = |url| Walk { resource, url, key: "sourcedId", member: Some(resource), page: self.page };
        if !self.found.unsorted {
            let mut sorted = url.clone();
            sorted.query_pairs_mut().append_pair("sort", "sourcedId").append_pair("orderBy", "asc");
            match walk(sorted).read(&mut self.session, &mut *self.progress).await {
                // Some fail where they should refuse.
                Err(FetchError { why: Why::Status(_) | Why::Busy(500), .. }) => {}
                read => return read,
            }
        }
        let read = walk(url.clone()).read_in_any_order(&mut self.session, &mut *self.progress).await;
        self.found.unsorted |= read.is_ok();
        read
    }

    /// What the server says of a collection beside its rows.
    async fn told(&mut self, name: &'static str) -> Result<Told, FetchError> {
        let mut url = below(&self.base, name)?;
        url.query_pairs_mut().append_pair("limit", "1").append_pair("offset", "0");
        let answer = self.session.get(&url).await?;
        // What it does not tell is not known.
        let said = Some(&answer.headers).filter(|_| answer.status == 200);
        let header = |name: &str| said?.get(name)?.to_str().ok().map(str::trim);
        Ok(Told {
            count: header("x-total-count").and_then(|text| text.parse().ok()),
            at: header("date").and_then(|text| Some(DateTime::parse_from_rfc2822(text).ok()?.to_utc())),
        })
    }
}

fn id(row: &Value) -> &str {
    row["sourcedId"].as_str().unwrap_or_default()
}

/// Whether the server calls a row deleted.
fn is_deleted(row: &Value) -> bool {
    row["status"].as_str().is_some_and(|status| status.eq_ignore_ascii_case("tobedeleted"))
}

/// When a row changed, by the server's clock.
fn time(row: &Value) -> Option<DateTime<Utc>> {
    Some(DateTime::parse_from_rfc3339(row["dateLastModified"].as_str()?).ok()?.to_utc())
}

/// A row with the members that are used; one to be deleted with none of them.
fn used(mut row: Value, members: &[&str]) -> Value {
    let deleted = is_deleted(&row);
    if let Value::Object(all) = &mut row {
        all.retain(|name, _| {
            ["sourcedId", "status", "dateLastModified"].contains(&name.as_str())
                || (!deleted && members.contains(&name.as_str()))
        });
    }
    row
}

/// From when on to ask for what changed after these rows: by the newest time that they bear, so that it does not matter
/// when rows become visible after their time, nor how the server's clock goes. A time that the server has not reached is
/// nobody's change. Nothing where a row has no time, or the server tells none.
fn since(rows: &[Value], now: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
    let now = now? + TimeDelta::seconds(1);
    let times: Vec<DateTime<Utc>> = rows.iter().map(time).collect::<Option<_>>()?;
    Some(times.into_iter().filter(|time| *time <= now).max()? - OVERLAP)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops where it cannot go on")]

    use super::{since, used};
    use chrono::{DateTime, Utc};
    use serde_json::json;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn changes_are_asked_for_from_a_day_before_the_newest_row_that_is_not_of_the_future() {
        let row = |time: &str| json!({ "sourcedId": "a", "dateLastModified": time });
        let now = Some(at("2026-02-01T00:00:00Z"));
        let rows =
            [row("2026-01-10T08:00:00.000Z"), row("2026-01-12T08:00:00+02:00"), row("2099-01-01T00:00:00Z")];
        assert_eq!(since(&rows, now), Some(at("2026-01-11T06:00:00Z")));
        assert_eq!(since(&rows, None), None);
        assert_eq!(since(&[row("2026-01-10T08:00:00.000Z"), row("")], now), None);
        assert_eq!(since(&[row("2099-01-01T00:00:00Z")], now), None);
        assert_eq!(since(&[], now), None);
    }

    #[test]
    fn nothing_is_kept_of_a_deleted_person_but_the_id() {
        let row = |status: &str| json!({ "sourcedId": "a", "status": status, "dateLastModified": "t", "givenName": "G", "phone": "P" });
        let living =
            json!({ "sourcedId": "a", "status": "active", "dateLastModified": "t", "givenName": "G" });
        assert_eq!(used(row("active"), &["givenName"]), living);
        let gone = json!({ "sourcedId": "a", "status": "tobedeleted", "dateLastModified": "t" });
        assert_eq!(used(row("tobedeleted"), &["givenName"]), gone);
    }
}
