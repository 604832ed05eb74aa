//! The document at an Ed-Fi server's base address: which version it is, what it can do, and where everything is.
//! Spec: Ed-Fi Discovery API 2.0; ODS/API 5.3 to 7.x and the Data Management Service send the same members.

use crate::remote::http::{Ask, Http, address, at};
use crate::remote::oneroster::below;
use crate::remote::{FetchError, RemoteSource, Tools, Why};
use serde::Deserialize;
use url::Url;

/// Where a server keeps what, and what it can do.
pub(super) struct Discovery {
    /// Under which the resources of Ed-Fi are.
    pub(super) data: Url,
    /// Where tokens are given.
    pub(super) token: Url,
    /// Under which `availableChangeVersions` is, where change queries are on.
    pub(super) changes: Option<Url>,
    /// Whether guardians are `contacts` (Data Standard 5.0 and later) and not `parents`.
    pub(super) has_contacts: bool,
    /// Whether Section 504 plans may be a resource (Data Standard 5.2 has them; some had them before).
    pub(super) has_plans: bool,
    /// Whether pages have tokens (ODS/API 7.3 and later).
    pub(super) has_cursor: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    #[serde(default)]
    version: String,
    #[serde(default)]
    data_models: Vec<DataModel>,
    urls: Urls,
}

#[derive(Deserialize)]
struct DataModel {
    #[serde(default)]
    name: String,
    #[serde(default)]
    version: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Urls {
    oauth: String,
    data_management_api: String,
    change_queries: Option<String>,
}

/// Asks a server for its document. Nothing secret is sent.
pub(super) async fn discover(
    of: &RemoteSource,
    school_year: Option<u16>,
    tools: &dyn Tools,
) -> Result<Discovery, FetchError> {
    let mut base = address(&of.base_url)?;
    if !base.path().ends_with('/') {
        base.set_path(&format!("{}/", base.path()));
    }
    let answer = Http::new(of, tools)?.send(&Ask::get(&base), &|_: &Ask| None).await?;
    match answer.status {
        200 => {}
        204 | 404 => return Err(at(&base, Why::Missing(answer.status))),
        401 | 403 => return Err(at(&base, Why::Forbidden(answer.status))),
        other => return Err(at(&base, Why::Status(other))),
    }
    let document: Document = serde_json::from_slice(&answer.body)
        .map_err(|_| at(&base, Why::Unreadable("it is no discovery document of Ed-Fi")))?;
    read(&base, of.token_url.is_some(), document, school_year)
}

fn read(
    base: &Url,
    token_configured: bool,
    document: Document,
    school_year: Option<u16>,
) -> Result<Discovery, FetchError> {
    let urls = document.urls;
    let data = with_year(base, &urls.data_management_api, school_year)?;
    let changes = urls.change_queries.map(|text| with_year(base, &text, school_year)).transpose()?;
    // A configured address for tokens stands above the document's, whose host it may be meant to correct.
    let token = if token_configured { base.clone() } else { filled(base, &urls.oauth, school_year)? };
    let standard = document.data_models.iter().find(|model| model.name.eq_ignore_ascii_case("ed-fi"));
    let standard = numbers(standard.map_or("", |model| &model.version));
    Ok(Discovery {
        data: below(&data, "ed-fi")?,
        token,
        changes,
        // A server that does not say its standard is newer than those that do.
        has_contacts: standard[0].is_none_or(|major| major >= 5),
        has_plans: standard >= [Some(5), Some(1)],
        has_cursor: numbers(&document.version) >= [Some(7), Some(3)],
    })
}

/// The first two numbers of a version.
fn numbers(version: &str) -> [Option<u32>; 2] {
    let mut parts = version.split('.').map(|part| part.parse().ok());
    [parts.next().flatten(), parts.next().flatten()]
}

/// An address that the document names, on the configured host and nowhere else. Behind a proxy servers name the scheme
/// and the port that they see themselves, so these are the configured ones.
fn same_host(base: &Url, text: &str) -> Result<Url, FetchError> {
    let named = base.join(text).map_err(|_| at(base, Why::Unreadable("an address in it cannot be read")))?;
    if named.host() != base.host() {
        let why = "it names another host than the configured one; write that host's address, \
                   and as the address of tokens the one it is meant to have";
        return Err(at(base, Why::Unreadable(why)));
    }
    let mut url = base.clone();
    url.set_path(named.path());
    Ok(url)
}

/// An address of the document, its place for a school year filled. No other place may be left.
fn filled(base: &Url, text: &str, school_year: Option<u16>) -> Result<Url, FetchError> {
    const OPEN: &str = "%7B";
    let mut url = same_host(base, text)?;
    let mut segments: Vec<String> = url.path().split('/').skip(1).map(str::to_owned).collect();
    if let Some(year) = school_year {
        // `{schoolYear}` or `{schoolYearFromRoute}`.
        let is_place = |segment: &&mut String| segment.to_ascii_lowercase().starts_with("%7bschoolyear");
        segments.iter_mut().filter(is_place).for_each(|segment| *segment = year.to_string());
    }
    if segments.iter().any(|segment| segment.contains(OPEN)) {
        let why = "its addresses have a place for a tenant or a school year; write the address with them";
        return Err(at(base, Why::Unreadable(why)));
    }
    url.set_path(&segments.join("/"));
    Ok(url)
}

/// The same, with the school year where the server has one in its addresses: in the place it leaves for it, in that of
/// the year that it gives as an example, or at the end.
fn with_year(base: &Url, text: &str, school_year: Option<u16>) -> Result<Url, FetchError> {
    let mut url = filled(base, text, school_year)?;
    let Some(year) = school_year.map(|year| year.to_string()) else { return Ok(url) };
    if url.path_segments().is_some_and(|mut segments| segments.any(|segment| segment == year)) {
        return Ok(url);
    }
    let last = url.path().trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_owned();
    let is_year = last.len() == 4 && last.bytes().all(|byte| byte.is_ascii_digit());
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty();
        if is_year {
            segments.pop();
        }
        segments.push(&year);
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops where it cannot go on")]

    use super::{Document, read};
    use url::Url;

    fn document(data: &str) -> Document {
        serde_json::from_value(serde_json::json!({
            "version": "6.1", "apiMode": "Year Specific",
            "dataModels": [{ "name": "Ed-Fi", "version": "4.0.0" }],
            "urls": { "oauth": "http://sis.test/api/oauth/token", "dataManagementApi": data,
                "changeQueries": "http://sis.test/api/changeQueries/v1/" }
        }))
        .unwrap()
    }

    #[test]
    fn the_school_year_stands_in_the_address_wherever_a_server_leaves_room_for_it() {
        let base = Url::parse("https://sis.test/api/").unwrap();
        for (data, expected) in [
            ("http://sis.test/api/data/v3/", "https://sis.test/api/data/v3/2022/ed-fi"),
            ("http://sis.test/api/data/v3/2019/", "https://sis.test/api/data/v3/2022/ed-fi"),
            ("http://sis.test/api/data/v3/{schoolYear}", "https://sis.test/api/data/v3/2022/ed-fi"),
        ] {
            let found = read(&base, false, document(data), Some(2022)).unwrap();
            assert_eq!(found.data.as_str(), expected);
            assert_eq!(found.changes.unwrap().as_str(), "https://sis.test/api/changeQueries/v1/2022");
            assert_eq!(found.token.as_str(), "https://sis.test/api/oauth/token");
            assert!(!found.has_contacts && !found.has_cursor);
        }
        assert!(read(&base, false, document("http://sis.test/{tenant}/data/v3/"), None).is_err());
    }

    #[test]
    fn the_school_year_may_stand_before_the_interface_and_is_never_there_twice() {
        let base = Url::parse("https://sis.test/api/").unwrap();
        let mut of = document("http://sis.test/api/{schoolYearFromRoute}/data/v3/");
        of.urls.oauth = "http://sis.test/api/{schoolYearFromRoute}/oauth/token".to_owned();
        of.urls.change_queries = Some("http://sis.test/api/2022/changeQueries/v1/".to_owned());
        let found = read(&base, false, of, Some(2022)).unwrap();
        assert_eq!(found.data.as_str(), "https://sis.test/api/2022/data/v3/ed-fi");
        assert_eq!(found.token.as_str(), "https://sis.test/api/2022/oauth/token");
        assert_eq!(found.changes.unwrap().as_str(), "https://sis.test/api/2022/changeQueries/v1/");
        // A place that nothing fills is never asked.
        for year in [None, Some(2022)] {
            let mut of = document("http://sis.test/api/data/v3/");
            of.urls.oauth = "http://sis.test/api/{tenantIdentifier}/oauth/token".to_owned();
            assert!(read(&base, false, of, year).is_err());
        }
    }

    #[test]
    fn an_address_on_another_host_is_refused() {
        let base = Url::parse("https://sis.test/api/").unwrap();
        assert!(read(&base, false, document("https://other.test/api/data/v3/"), None).is_err());
    }
}
