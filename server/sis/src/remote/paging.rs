//! Reads collections to their end by limit and offset, whatever counts, links and limits a server sends.

use super::http::{Answer, at};
use super::token::Session;
use super::{FetchError, Fetched, Why};
use serde_json::Value;
use std::collections::{HashMap, HashSet};
use url::Url;

/// How often a collection is read from its start, where its rows change meanwhile.
pub(crate) const READINGS: u32 = 4;

/// A collection and how to read it.
pub(crate) struct Walk<'a> {
    /// Its name in the protocol.
    pub(crate) resource: &'static str,
    /// Its address, with the query that every page repeats.
    pub(crate) url: Url,
    /// The member of a row that identifies it.
    pub(crate) key: &'static str,
    /// The member of the body that holds the rows; nothing where the body is their list.
    pub(crate) member: Option<&'a str>,
    /// Rows asked for at a time.
    pub(crate) page: u32,
}

/// The rows of an answer; nothing where it says that there is no such collection.
fn rows_of(url: &Url, answer: &Answer, member: Option<&str>) -> Result<Option<Vec<Value>>, FetchError> {
    match answer.status {
        200 => {}
        204 | 404 => return Ok(None),
        403 => return Err(at(url, Why::Forbidden(403))),
        other => return Err(at(url, Why::Status(other))),
    }
    let bad = |what| at(url, Why::Unreadable(what));
    let body: Value = serde_json::from_slice(&answer.body).map_err(|_| bad("it is no JSON"))?;
    let list = match (body, member) {
        (Value::Object(mut members), Some(member)) => members.remove(member),
        (body, None) => Some(body),
        _ => None,
    };
    match list {
        Some(Value::Array(rows)) => Ok(Some(rows)),
        _ => Err(bad("the list of rows is missing")),
    }
}

/// What one reading of a collection came to.
enum Reading {
    Whole {
        rows: Vec<Value>,
        /// How many came with the first page.
        step: usize,
    },
    Absent(u16),
    /// Rows moved while they were read.
    Moved,
}

impl Walk<'_> {
    /// Reads the collection until a page brings nothing new, each page beginning with the last row of the one before:
    /// where that row has moved, something before it was removed or added, and all is read again.
    ///
    /// A server's count, its links and a page shorter than what was asked for say nothing about the end.
    ///
    /// # Errors
    /// Where the collection is not there ([`Why::Missing`]), or changed at every reading.
    pub(crate) async fn read(
        &self,
        session: &mut Session<'_>,
        progress: &mut (dyn FnMut(Fetched) + Send),
    ) -> Result<Vec<Value>, FetchError> {
        for _ in 0..READINGS {
            match self.reading(session, self.page, progress).await? {
                Reading::Whole { rows, .. } => return self.unique(rows),
                Reading::Absent(status) => return Err(at(&self.url, Why::Missing(status))),
                Reading::Moved => {}
            }
        }
        Err(at(&self.url, Why::Unsteady))
    }

    /// Reads a collection whose rows come in no order that was agreed upon, as [`Walk::read`] does, until two readings in a
    /// row hold the same ids, each once.
    ///
    /// A reading to the end has had every place of the collection. Where no id came twice, there were as many rows as
    /// places, and none was missed, if the collection stayed as it was. Whether it did shows the next reading, by pages of
    /// another size: an order that depends on the page, and is the same each time, falls apart elsewhere then.
    ///
    /// # Errors
    /// Where the collection is not there ([`Why::Missing`]), or no two readings agreed.
    pub(crate) async fn read_in_any_order(
        &self,
        session: &mut Session<'_>,
        progress: &mut (dyn FnMut(Fetched) + Send),
    ) -> Result<Vec<Value>, FetchError> {
        let mut before: Option<HashSet<String>> = None;
        let mut limit = self.page;
        for turn in 1..=READINGS {
            let read = self.reading(session, limit, progress).await?;
            let (rows, step) = match read {
                Reading::Whole { rows, step } => (rows, step),
                Reading::Absent(status) => return Err(at(&self.url, Why::Missing(status))),
                Reading::Moved => {
                    before = None;
                    continue;
                }
            };
            let came = rows.len();
            let rows = self.unique(rows)?;
            let once = rows.len() == came;
            let ids = rows.iter().filter_map(|row| row[self.key].as_str().map(str::to_owned)).collect();
            if once && before.as_ref() == Some(&ids) {
                return Ok(rows);
            }
            before = once.then_some(ids);
            // By what the server really gives at a time.
            let shorter = u32::try_from(step - step / 3).unwrap_or(self.page);
            limit = if turn % 2 == 1 { shorter } else { self.page };
        }
        Err(at(&self.url, Why::Unsteady))
    }

    async fn reading(
        &self,
        session: &mut Session<'_>,
        limit: u32,
        progress: &mut (dyn FnMut(Fetched) + Send),
    ) -> Result<Reading, FetchError> {
        let (mut rows, mut step): (Vec<Value>, usize) = (Vec::new(), 0);
        // Two at least: the row that is known already and one that is not.
        let limit = limit.max(2);
        loop {
            let page = match self.page(session, limit, rows.len().saturating_sub(1)).await? {
                Ok(page) => page,
                Err(status) if rows.is_empty() => return Ok(Reading::Absent(status)),
                // Beyond the first page this can only mean that rows went.
                Err(_) => return Ok(Reading::Moved),
            };
            let Some(last) = rows.last() else {
                if page.is_empty() {
                    return Ok(Reading::Whole { rows, step });
                }
                step = page.len();
                rows = page;
                progress(Fetched { resource: self.resource, rows: rows.len() as u64 });
                continue;
            };
            if page.first().map(|row| &row[self.key]) != Some(&last[self.key]) {
                return Ok(Reading::Moved);
            }
            if page.len() == 1 {
                // The end, unless the server sends one row a page: then there is another after it.
                let after = self.page(session, limit, rows.len()).await?.unwrap_or_default();
                let why = Why::Unreadable("a page holds one row, though more were asked for and are there");
                return if after.is_empty() {
                    Ok(Reading::Whole { rows, step })
                } else {
                    Err(at(&self.url, why))
                };
            }
            rows.extend(page.into_iter().skip(1));
            progress(Fetched { resource: self.resource, rows: rows.len() as u64 });
        }
    }

    /// A page, or the status that says that there is none.
    async fn page(
        &self,
        session: &mut Session<'_>,
        limit: u32,
        offset: usize,
    ) -> Result<Result<Vec<Value>, u16>, FetchError> {
        let mut url = self.url.clone();
        url.query_pairs_mut()
            .append_pair("limit", &limit.to_string())
            .append_pair("offset", &offset.to_string());
        let answer = session.get(&url).await?;
        Ok(rows_of(&url, &answer, self.member)?.ok_or(answer.status))
    }

    /// Each row once, the last of those with one key.
    fn unique(&self, rows: Vec<Value>) -> Result<Vec<Value>, FetchError> {
        let mut places: HashMap<String, usize> = HashMap::new();
        let mut kept: Vec<Value> = Vec::new();
        for row in rows {
            let Some(key) = row[self.key].as_str() else {
                return Err(at(&self.url, Why::Unreadable("a row has no id")));
            };
            match places.get(key) {
                Some(&place) => kept[place] = row,
                None => {
                    places.insert(key.to_owned(), kept.len());
                    kept.push(row);
                }
            }
        }
        Ok(kept)
    }
}
