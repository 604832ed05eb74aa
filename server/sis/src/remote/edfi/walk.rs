//! Reads a resource of Ed-Fi to its end, though rows come and go meanwhile.
//!
//! By page tokens where the server gives them (ODS/API 7.3), else by offset from the end: there the rows behind which
//! others are deleted move towards what is still to be read, and none is missed.

use super::rows::{Deleted, Row};
use crate::remote::http::{Answer, at};
use crate::remote::oneroster::below;
use crate::remote::paging::{READINGS, Walk};
use crate::remote::token::Session;
use crate::remote::{FetchError, Fetched, Why};
use serde::de::IgnoredAny;
use std::collections::{HashMap, HashSet};
use url::Url;

/// The most rows that Ed-Fi gives at a time.
const LARGEST_PAGE: u32 = 500;
/// How often the same page token may bring nothing.
const EMPTY_PAGES: u32 = 8;

/// Reads resources.
pub(super) struct Reader<'r, 'a> {
    pub(super) session: Session<'a>,
    pub(super) data: Url,
    pub(super) has_cursor: bool,
    /// Rows asked for at a time.
    pub(super) page: u32,
    pub(super) progress: &'r mut (dyn FnMut(Fetched) + Send),
}

/// The rows of one reading, each once.
struct Rows<T> {
    rows: Vec<T>,
    places: HashMap<String, usize>,
}

impl<T: Row> Rows<T> {
    fn new() -> Self {
        Self { rows: Vec::new(), places: HashMap::new() }
    }

    /// Adds a page. `false` where a row says something else than before: it changed while it was read.
    fn add(&mut self, page: Vec<T>) -> bool {
        for row in page {
            match self.places.get(row.id()) {
                Some(&place) if self.rows[place] == row => {}
                Some(_) => return false,
                None => {
                    self.places.insert(row.id().to_owned(), self.rows.len());
                    self.rows.push(row);
                }
            }
        }
        true
    }
}

/// A page and what its headers say.
struct Page<T> {
    rows: Vec<T>,
    next: Option<String>,
    total: Option<usize>,
}

impl Reader<'_, '_> {
    /// Reads all rows of a resource.
    ///
    /// # Errors
    /// Where the resource is not there ([`Why::Missing`]) or not shown ([`Why::Forbidden`]), or changed at every
    /// reading.
    pub(super) async fn read<T: Row>(&mut self, resource: &'static str) -> Result<Vec<T>, FetchError> {
        let url = below(&self.data, resource)?;
        self.steady(resource, &url, self.has_cursor).await
    }

    /// Brings rows to what they are now by what changed since a change version; nothing where they do not come to as
    /// many as the server counts. Deletes are hidden of what came again under its key, and of what one may no longer
    /// see, so the count is what tells.
    ///
    /// Rows are known by the server's id, which they keep when their key changes: a new key is a changed row. A new
    /// unique id of a person is none, in the rows that name the person: who asks has looked for that before.
    pub(super) async fn renew<T: Row>(
        &mut self,
        resource: &'static str,
        mut rows: Vec<T>,
        since: i64,
    ) -> Result<Option<Vec<T>>, FetchError> {
        let url = below(&self.data, resource)?;
        let changed: Vec<T> = self.changed(resource, since).await?;
        // Deletes have no page tokens.
        let deleted: Vec<Deleted> =
            match self.steady(resource, &after(below(&url, "deletes")?, since), false).await {
                Err(FetchError { why: Why::Missing(_) | Why::Forbidden(_), .. }) => return Ok(None),
                deleted => deleted?,
            };
        let deleted: HashSet<&str> = deleted.iter().map(Row::id).collect();
        let newer: HashSet<&str> = changed.iter().map(Row::id).collect();
        rows.retain(|row| !deleted.contains(row.id()) && !newer.contains(row.id()));
        rows.extend(changed.into_iter().filter(|row| !deleted.contains(row.id())));
        let query =
            [("limit", "1".to_owned()), ("offset", "0".to_owned()), ("totalCount", "true".to_owned())];
        let counted = self.page::<IgnoredAny>(&url, &query).await?.total;
        Ok((counted == Some(rows.len())).then_some(rows))
    }

    /// The rows of a resource that changed since a change version.
    pub(super) async fn changed<T: Row>(
        &mut self,
        resource: &'static str,
        since: i64,
    ) -> Result<Vec<T>, FetchError> {
        let url = after(below(&self.data, resource)?, since);
        self.steady(resource, &url, self.has_cursor).await
    }

    /// Reads what an address has until a reading is steady.
    async fn steady<T: Row>(
        &mut self,
        resource: &'static str,
        url: &Url,
        by_token: bool,
    ) -> Result<Vec<T>, FetchError> {
        for _ in 0..READINGS {
            let read = match by_token {
                true => self.by_token(resource, url).await?,
                false => self.by_offset(resource, url).await?,
            };
            if let Some(rows) = read {
                return Ok(rows);
            }
        }
        Err(at(url, Why::Unsteady))
    }

    /// One reading by page tokens; nothing where rows changed meanwhile.
    async fn by_token<T: Row>(
        &mut self,
        resource: &'static str,
        url: &Url,
    ) -> Result<Option<Vec<T>>, FetchError> {
        let size = self.page.clamp(1, LARGEST_PAGE);
        let mut found = Rows::new();
        let mut token: Option<String> = None;
        let (mut received, mut empty) = (0, 0);
        loop {
            let mut query = vec![("pageSize", size.to_string())];
            query.extend(token.clone().map(|token| ("pageToken", token)));
            let page = self.page::<T>(url, &query).await?;
            let count = page.rows.len();
            received += count;
            if !found.add(page.rows) {
                return Ok(None);
            }
            self.heard(resource, found.rows.len());
            // The end is where no token is: a page may be empty before it.
            match page.next {
                Some(next) => {
                    empty = if count == 0 { empty + 1 } else { 0 };
                    if empty > EMPTY_PAGES {
                        return Err(at(url, Why::Unreadable("its page tokens lead nowhere")));
                    }
                    token = Some(next);
                }
                // A page without a token is the last. Where there was none at all the server may not know them, or
                // something took them away on their way here, and there may be more.
                None if token.is_some() && count < size as usize => return Ok(Some(found.rows)),
                None if !self.is_there(url, received).await? => return Ok(Some(found.rows)),
                None => return self.by_offset(resource, url).await,
            }
        }
    }

    /// Whether there is a row at an offset.
    async fn is_there(&mut self, url: &Url, offset: usize) -> Result<bool, FetchError> {
        let query = [("limit", "1".to_owned()), ("offset", offset.to_string())];
        Ok(!self.page::<IgnoredAny>(url, &query).await?.rows.is_empty())
    }

    /// One reading by offset, from the end to the start; nothing where rows changed meanwhile.
    async fn by_offset<T: Row>(
        &mut self,
        resource: &'static str,
        url: &Url,
    ) -> Result<Option<Vec<T>>, FetchError> {
        // Two at least: the row that is known already and one that is not.
        let limit = self.page.clamp(2, LARGEST_PAGE);
        let query =
            [("limit", limit.to_string()), ("offset", "0".to_owned()), ("totalCount", "true".to_owned())];
        let first = self.page::<T>(url, &query).await?;
        let Some(total) = first.total else {
            return self.forwards(resource, url, limit).await.map(Some);
        };
        // What the server really gives at a time.
        let step = first.rows.len();
        let mut found = Rows::new();
        if step >= total {
            let steady = found.add(first.rows);
            self.heard(resource, found.rows.len());
            return Ok(steady.then_some(found.rows));
        }
        if step < 2 {
            return Err(at(
                url,
                Why::Unreadable("a page holds fewer rows than were asked for and are there"),
            ));
        }
        // From one beyond the counted end, and upwards while rows are there: they came since. The first page is read
        // again at last: what was deleted before has moved into it by then.
        let (mut end, mut reached) = (total + 1, false);
        loop {
            let start = end.saturating_sub(step);
            let query = [("limit", step.to_string()), ("offset", start.to_string())];
            let page = self.page::<T>(url, &query).await?;
            let full = page.rows.len() == step;
            // Downwards each page ends with a row that is known already. Where it does not, rows came in before it.
            let joins = page.rows.last().is_none_or(|last| found.places.contains_key(last.id()));
            if (reached && full && !joins) || !found.add(page.rows) {
                return Ok(None);
            }
            self.heard(resource, found.rows.len());
            if !reached && full {
                end += step - 1;
                continue;
            }
            reached = true;
            if start == 0 {
                return Ok(Some(found.rows));
            }
            end = start + 1;
        }
    }

    /// All rows from the start to the end, for servers that do not count.
    async fn forwards<T: Row>(
        &mut self,
        resource: &'static str,
        url: &Url,
        page: u32,
    ) -> Result<Vec<T>, FetchError> {
        let walk = Walk { resource, url: url.clone(), key: "id", member: None, page };
        let rows = walk.read(&mut self.session, &mut *self.progress).await?;
        let rows = rows.into_iter().map(serde_json::from_value).collect::<Result<Vec<T>, _>>();
        rows.map_err(|_| at(url, Why::Unreadable(NOT_THE_ROWS)))
    }

    fn heard(&mut self, resource: &'static str, rows: usize) {
        (self.progress)(Fetched { resource, rows: rows as u64 });
    }

    async fn page<T: serde::de::DeserializeOwned>(
        &mut self,
        url: &Url,
        query: &[(&str, String)],
    ) -> Result<Page<T>, FetchError> {
        let mut url = url.clone();
        url.query_pairs_mut().extend_pairs(query);
        let answer = self.session.get(&url).await?;
        match answer.status {
            200 => {}
            204 | 404 => return Err(at(&url, Why::Missing(answer.status))),
            403 => return Err(at(&url, Why::Forbidden(403))),
            other => return Err(at(&url, Why::Status(other))),
        }
        let rows =
            serde_json::from_slice(&answer.body).map_err(|_| at(&url, Why::Unreadable(NOT_THE_ROWS)))?;
        let total = header(&answer, "total-count").and_then(|text| text.parse().ok());
        Ok(Page { rows, next: header(&answer, "next-page-token").map(str::to_owned), total })
    }
}

/// An address with the window after a change version; both ends of a window are in it.
fn after(mut url: Url, since: i64) -> Url {
    url.query_pairs_mut().append_pair("minChangeVersion", &(since + 1).to_string());
    url
}

const NOT_THE_ROWS: &str = "it is no list of rows as Ed-Fi has them";

fn header<'a>(answer: &'a Answer, name: &str) -> Option<&'a str> {
    answer.headers.get(name)?.to_str().ok().map(str::trim).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::super::rows::Student;
    use super::Rows;

    #[test]
    fn a_row_that_comes_twice_is_one_and_a_row_that_says_two_things_is_not_steady() {
        let row = |id: &str, name: &str| Student {
            id: id.to_owned(),
            first_name: name.to_owned(),
            ..Student::default()
        };
        let mut found = Rows::new();
        assert!(found.add(vec![row("a", "Ada"), row("b", "Bo"), row("a", "Ada")]));
        assert_eq!(found.rows.len(), 2);
        assert!(!found.add(vec![row("b", "Bob")]));
    }
}
