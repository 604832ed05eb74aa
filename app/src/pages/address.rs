//! Filters as they stand in the address: codes only. What cannot be read is left out, so an old link still opens.

use leptos_router::params::ParamsMap;
use model::ids::StudentId;
use model::page::{Standing, StudentFilter, StudentOrder, Wanted, WorklistFilter};

/// A standing's code in an address.
pub const fn standing_code(standing: Standing) -> &'static str {
    match standing {
        Standing::NewlyMet => "newly-met",
        Standing::StillOpen => "still-open",
        Standing::Close => "close",
        Standing::Recovered => "recovered",
    }
}

fn read_standing(code: &str) -> Option<Standing> {
    [Standing::NewlyMet, Standing::StillOpen, Standing::Close, Standing::Recovered]
        .into_iter()
        .find(|s| standing_code(*s) == code)
}

/// The code of the standings that a worklist is filtered for.
pub const fn wanted_code(wanted: Wanted) -> &'static str {
    match wanted {
        Wanted::Only(standing) => standing_code(standing),
        Wanted::Standing => "standing",
    }
}

fn read_wanted(code: &str) -> Option<Wanted> {
    if code == wanted_code(Wanted::Standing) {
        Some(Wanted::Standing)
    } else {
        read_standing(code).map(Wanted::Only)
    }
}

const fn order_code(order: StudentOrder) -> &'static str {
    match order {
        StudentOrder::Name => "name",
        StudentOrder::Grade => "grade",
        StudentOrder::School => "school",
        StudentOrder::Missed => "missed",
    }
}

fn read_order(code: &str) -> Option<StudentOrder> {
    [StudentOrder::Name, StudentOrder::Grade, StudentOrder::School, StudentOrder::Missed]
        .into_iter()
        .find(|o| order_code(*o) == code)
}

fn page(query: &ParamsMap) -> u32 {
    query.get("page").and_then(|p| p.parse().ok()).filter(|p| *p > 0).unwrap_or(1)
}

/// A code: letters, digits and `-`; anything else was not written by these pages.
fn code(query: &ParamsMap, key: &str) -> Option<String> {
    query.get(key).filter(|text| {
        (1..=40).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    })
}

fn join(path: &str, pairs: Vec<(&'static str, String)>) -> String {
    // Every value is a code of ours, so nothing needs escaping.
    let query = pairs.into_iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join("&");
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

/// Reads which student is open beside a list; whether there is one is for the server to say.
pub fn open_code(query: &ParamsMap) -> Option<String> {
    code(query, "open")
}

/// Reads the rule whose days a student's page is to show at once.
pub fn signal_code(query: &ParamsMap) -> Option<String> {
    code(query, "signal")
}

/// The address of a student's page with the days behind a rule's figures shown.
pub fn signal_address(student: StudentId, rule: &str) -> String {
    format!("/students/{student}?signal={rule}#{}", signal_id(rule))
}

/// The `id` of a rule's signal on a student's page.
pub fn signal_id(rule: &str) -> String {
    format!("signal-{rule}")
}

/// Where the whole worklist, as filtered, is downloaded.
pub fn worklist_download(filter: &WorklistFilter) -> String {
    join("/download/worklist", worklist_pairs(&WorklistFilter { page: 1, ..filter.clone() }))
}

/// Where the whole list of students, as filtered, is downloaded.
pub fn students_download(filter: &StudentFilter) -> String {
    join("/download/students", students_pairs(&StudentFilter { page: 1, ..filter.clone() }))
}

/// Reads the worklist's filters.
pub fn worklist_filter(query: &ParamsMap) -> WorklistFilter {
    WorklistFilter {
        school: query.get("school").and_then(|id| id.parse().ok()),
        grade: code(query, "grade"),
        rule: code(query, "rule"),
        standing: query.get("standing").and_then(|s| read_wanted(&s)),
        page: page(query),
    }
}

/// The address of a filtered worklist.
pub fn worklist_address(filter: &WorklistFilter) -> String {
    join("/", worklist_pairs(filter))
}

fn worklist_pairs(filter: &WorklistFilter) -> Vec<(&'static str, String)> {
    let mut pairs = Vec::new();
    pairs.extend(filter.school.map(|id| ("school", id.to_string())));
    pairs.extend(filter.grade.clone().map(|grade| ("grade", grade)));
    pairs.extend(filter.rule.clone().map(|rule| ("rule", rule)));
    pairs.extend(filter.standing.map(|s| ("standing", wanted_code(s).to_owned())));
    pairs.extend((filter.page > 1).then(|| ("page", filter.page.to_string())));
    pairs
}

/// Reads the filters of the students' list.
pub fn students_filter(query: &ParamsMap) -> StudentFilter {
    StudentFilter {
        school: query.get("school").and_then(|id| id.parse().ok()),
        grade: code(query, "grade"),
        standing: query.get("standing").and_then(|s| read_standing(&s)),
        rule: code(query, "rule"),
        order: query.get("order").and_then(|o| read_order(&o)).unwrap_or_default(),
        descending: query.get("down").is_some_and(|v| v == "1"),
        former: query.get("former").is_some_and(|v| v == "1"),
        page: page(query),
    }
}

/// The address of a filtered students' list.
pub fn students_address(filter: &StudentFilter) -> String {
    join("/students", students_pairs(filter))
}

fn students_pairs(filter: &StudentFilter) -> Vec<(&'static str, String)> {
    let mut pairs = Vec::new();
    pairs.extend(filter.school.map(|id| ("school", id.to_string())));
    pairs.extend(filter.grade.clone().map(|grade| ("grade", grade)));
    pairs.extend(filter.standing.map(|s| ("standing", standing_code(s).to_owned())));
    pairs.extend(filter.rule.clone().map(|rule| ("rule", rule)));
    if filter.order != StudentOrder::default() {
        pairs.push(("order", order_code(filter.order).to_owned()));
    }
    pairs.extend(filter.descending.then(|| ("down", "1".to_owned())));
    pairs.extend(filter.former.then(|| ("former", "1".to_owned())));
    pairs.extend((filter.page > 1).then(|| ("page", filter.page.to_string())));
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::ids::SchoolId;

    fn query_of(address: &str) -> ParamsMap {
        let query = address.split_once('?').map_or("", |(_, query)| query);
        query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .map(|(k, v)| (k.to_owned(), v.to_owned()))
            .collect()
    }

    #[test]
    fn filters_come_back_from_their_address() {
        for standing in [Wanted::Only(Standing::Close), Wanted::Standing] {
            let filter = WorklistFilter {
                school: Some(SchoolId(77)),
                grade: Some("03".to_owned()),
                rule: Some("US-CHRONIC".to_owned()),
                standing: Some(standing),
                page: 3,
            };
            assert_eq!(worklist_filter(&query_of(&worklist_address(&filter))), filter);
        }
        let filter = StudentFilter {
            school: Some(SchoolId(77)),
            grade: Some("KG".to_owned()),
            standing: Some(Standing::NewlyMet),
            rule: Some("US-CHRONIC".to_owned()),
            order: StudentOrder::Missed,
            descending: true,
            former: true,
            page: 2,
        };
        assert_eq!(students_filter(&query_of(&students_address(&filter))), filter);
    }

    #[test]
    fn what_an_address_says_in_no_code_of_ours_is_left_out() {
        let filter = students_filter(&query_of("/students?school=x&grade=%22&standing=bad&order=z&page=0"));
        assert_eq!(filter, StudentFilter { page: 1, ..StudentFilter::default() });
        assert_eq!(students_address(&filter), "/students");
    }
}
