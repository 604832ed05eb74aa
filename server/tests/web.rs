//! What the web server promises whoever asks: sessions and their ends, headers, forms from elsewhere, logs, files.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "what is not as expected fails the test")]

mod common;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use chrono::TimeDelta;
use common::{Answer, Browser, Reached, World, demo, other, ours, today};
use demo::people::why;
use model::role::Role;
use std::io::Write;
use std::sync::{Arc, Mutex};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

async fn principal(world: &World) -> Browser {
    let id = world.delivered.demo.who(why::PRINCIPAL);
    world.invited(&demo(), Role::SchoolAdministrator, id).await
}

async fn guardian(world: &World) -> Browser {
    let id = world.delivered.demo.who(why::PARENT_OF_SEVERAL);
    world.invited(&demo(), Role::Guardian, id).await
}

/// A student of the school whose principal [`principal`] is: the roster's id, given and family name.
fn student_of_theirs(world: &World) -> (String, String, String) {
    let roster = &world.delivered.demo;
    let school = roster.led_by(roster.who(why::PRINCIPAL));
    let id = roster.names.keys().find(|id| roster.school_of(id) == Some(school)).unwrap();
    let (given, family) = roster.names[id].clone();
    (id.clone(), given, family)
}

fn sent_to_sign_in(answer: &Answer) -> bool {
    answer.status == StatusCode::FOUND && answer.location() == Some("/sign-in")
}

async fn is_signed_in(browser: &Browser) -> bool {
    let answer = browser.clone().get("/").await;
    assert!(answer.status == StatusCode::OK || sent_to_sign_in(&answer), "{answer:?}");
    answer.status == StatusCode::OK
}

async fn invitation(world: &World) -> String {
    let id = world.delivered.demo.who(why::PRINCIPAL).to_owned();
    let made = services::invite::make(&world.context, &demo(), Role::SchoolAdministrator, Some(&id)).await;
    format!("/invitation/{}", made.unwrap().reveal())
}

// Pages

#[tokio::test]
async fn every_script_of_a_page_carries_the_nonce_of_its_policy() {
    let world = World::new().await;
    let mut principal = principal(&world).await;
    let mut seen = std::collections::BTreeSet::new();
    for address in ["/", "/students", "/data"] {
        let answer = principal.get(address).await;
        let policy = answer.header("content-security-policy").unwrap();
        let nonce = policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).unwrap();
        assert!(!policy.contains("unsafe-inline") && policy.contains("default-src 'none'"), "{policy}");
        let scripts: Vec<&str> = answer.body.split("<script").skip(1).collect();
        assert!(!scripts.is_empty(), "{address} is taken over by script");
        for script in scripts {
            let tag = script.split('>').next().unwrap();
            assert!(
                tag.contains(&format!("nonce=\"{nonce}\"")),
                "{address}: <script{tag}> has another nonce or none"
            );
        }
        assert!(
            !answer.body.contains(" style=\"") && !answer.body.contains("<style"),
            "{address}: no inline style"
        );
        assert!(seen.insert(nonce.to_owned()), "a nonce serves once");
    }
}

#[tokio::test]
async fn pages_of_families_and_sign_in_go_out_without_script() {
    let world = World::new().await;
    let mut guardian = guardian(&world).await;
    let mut pages = vec![world.browser().get("/sign-in").await];
    for address in ["/", "/family", "/family?language=es"] {
        pages.push(guardian.get(address).await);
    }
    for answer in pages {
        assert_eq!(answer.status, StatusCode::OK);
        assert!(!answer.body.contains("<script") && !answer.body.contains(".wasm"), "{}", answer.body);
        assert!(answer.body.ends_with("</html>"), "the document is whole");
        assert!(answer.header("content-security-policy").unwrap().contains("script-src 'none'"));
    }
}

#[tokio::test]
async fn a_family_who_asks_for_students_gets_no_name_with_the_refusal() {
    let world = World::new().await;
    let mut guardian = guardian(&world).await;
    let roster = &world.delivered.demo;
    let child = roster.children_of(roster.who(why::PARENT_OF_SEVERAL)).into_iter().next().unwrap();
    let child = world.student(&demo(), &child).await;
    for address in ["/students".to_owned(), format!("/students/{child}")] {
        let answer = guardian.get(&address).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{address}");
        // The rail shows the reader's own name; a student's full name stands nowhere.
        for (given, family) in roster.names.values() {
            for name in [format!("{family}, {given}"), format!("{given} {family}")] {
                assert!(!answer.body.contains(&name), "{address} names {name}");
            }
        }
    }
}

#[tokio::test]
async fn an_address_that_leads_nowhere_is_a_page_with_404() {
    let world = World::new().await;
    let mut principal = principal(&world).await;
    for address in ["/nowhere", "/students/1/2", "/api/nothing", "/schools", "/pkg/nothing.js"] {
        let answer = principal.get(address).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{address}");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{address}");
        assert!(answer.body.contains("<html"), "{address}");
    }
}

#[tokio::test]
async fn a_search_leaves_no_trace_in_an_address_and_finds_by_plain_letters_and_by_id() {
    let world = World::new().await;
    let (id, given, family) = student_of_theirs(&world);
    let opaque = world.student(&demo(), &id).await;
    let mut principal = principal(&world).await;
    let plain = |text: &str| store::fold::fold(text).replace(' ', "+");
    let roster = &world.delivered.demo;
    let school = roster.led_by(roster.who(why::PRINCIPAL));
    let accented = roster
        .names
        .iter()
        .find(|(id, (_, family))| roster.school_of(id) == Some(school) && !family.is_ascii())
        .map(|(id, _)| id.clone());
    let mut searches =
        vec![(plain(&family), opaque), (id.clone(), opaque), (plain(&given).to_uppercase(), opaque)];
    let accented = accented.expect("a student with an accent in the family name");
    searches.push((plain(&roster.names[&accented].1), world.student(&demo(), &accented).await));
    for (text, wanted) in searches {
        assert!(text.is_ascii(), "{text}");
        let answer = principal.post("/students", &format!("text={text}")).await;
        assert_eq!((answer.status, answer.location()), (StatusCode::OK, None));
        assert!(answer.body.contains(&format!("/students/{wanted}")), "found by {text}");
        for address in answer.body.split(['"', '\'']).filter(|part| part.starts_with('/')) {
            assert!(!address.contains(&format!("text={text}")) && !address.contains("text="), "{address}");
        }
    }
    let answer = principal.post("/students", "text=zzzzqqqq").await;
    assert!(!answer.body.contains("href=\"/students/"), "nobody is called so");
}

#[tokio::test]
async fn whoever_chooses_a_language_keeps_it_and_stays_where_they_were() {
    let world = World::new().await;
    let mut browser = guardian(&world).await;
    let session = browser.cookie.clone().unwrap();
    let english = browser.get("/family").await;
    assert!(english.body.contains("<html lang=\"en\""));
    let mut request = ours(Method::POST, "/language", "application/x-www-form-urlencoded", "language=es");
    request.headers_mut().insert(header::HOST, "everpresent.example".parse().unwrap());
    request.headers_mut().insert(header::REFERER, "https://everpresent.example/family".parse().unwrap());
    let answer = browser.send(request).await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, Some("/family")));
    let kept = browser.cookie.clone().unwrap();
    assert_eq!(kept, "language=es");
    browser.cookie = Some(format!("{session}; {kept}"));
    assert!(
        browser.get("/family").await.body.contains("<html lang=\"es\""),
        "still signed in, and in Spanish"
    );
    let nothing = world.browser().post("/language", "language=tlh").await;
    assert_eq!((nothing.status, nothing.header("set-cookie")), (StatusCode::UNPROCESSABLE_ENTITY, None));
}

#[tokio::test]
async fn sign_in_says_why_somebody_is_back_and_repeats_nothing_of_the_address() {
    let world = World::new().await;
    let mut anyone = world.browser();
    assert!(!anyone.get("/sign-in").await.body.contains("role=\"alert\""));
    for notice in ["invitation", "no-access"] {
        let page = anyone.get(&format!("/sign-in?notice={notice}")).await;
        assert!(page.body.contains("role=\"alert\""), "{notice}");
    }
    let page = anyone.get("/sign-in?notice=call-0900-now").await;
    assert!(page.status.is_success() && !page.body.contains("call-0900-now"));
}

// Forms and methods

#[tokio::test]
async fn a_form_from_elsewhere_changes_nothing() {
    let world = World::new().await;
    let person = &world.made.people[0];
    let form = format!("person={}", person.person);
    let signed_in = principal(&world).await;
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("sec-fetch-site", "none"),
        ("origin", "https://elsewhere.example"),
        ("x-nothing", "said"),
    ] {
        for (address, form) in [
            ("/demo/sign-in", form.as_str()),
            ("/sign-out", ""),
            ("/students", "text=a"),
            ("/api/viewer", "{}"),
        ] {
            let mut request = ours(Method::POST, address, "application/x-www-form-urlencoded", form);
            request.headers_mut().remove("sec-fetch-site");
            request.headers_mut().insert(header::HOST, "everpresent.example".parse().unwrap());
            request.headers_mut().insert(name, value.parse().unwrap());
            let answer = signed_in.clone().send(request).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{address} with {name}: {value}");
            assert_eq!(answer.header("set-cookie"), None);
        }
    }
    assert!(is_signed_in(&signed_in).await, "no form from elsewhere signed them out");
    let mut browser = world.browser();
    let mut request = ours(Method::POST, "/demo/sign-in", "application/x-www-form-urlencoded", &form);
    request.headers_mut().remove("sec-fetch-site");
    request.headers_mut().insert(header::HOST, "everpresent.example".parse().unwrap());
    request.headers_mut().insert(header::ORIGIN, "https://everpresent.example".parse().unwrap());
    assert_eq!(browser.send(request).await.location(), Some("/"), "an older browser names its origin");
    assert!(is_signed_in(&browser).await);
}

#[tokio::test]
async fn an_address_that_is_only_opened_changes_nothing() {
    let world = World::new().await;
    let browser = principal(&world).await;
    let person = world.made.people[0].person;
    for address in
        ["/sign-out".to_owned(), format!("/demo/sign-in?person={person}"), "/api/viewer".to_owned()]
    {
        for method in [Method::GET, Method::HEAD] {
            let request = Request::builder().method(method).uri(&address).body(Body::empty()).unwrap();
            let answer = browser.clone().send(request).await;
            assert!(answer.status.is_client_error(), "{address}: {}", answer.status);
            assert_eq!(answer.header("set-cookie"), None, "{address}");
        }
    }
    assert!(is_signed_in(&browser).await);
}

#[tokio::test]
async fn a_body_that_is_too_long_is_refused() {
    let world = World::new().await;
    let mut principal = principal(&world).await;
    let long = format!("text={}", "a".repeat(64 * 1024));
    let declared = principal.post("/students", &long).await;
    assert_eq!(declared.status, StatusCode::PAYLOAD_TOO_LARGE);
    let mut request = ours(Method::POST, "/students", "application/x-www-form-urlencoded", &long);
    request.headers_mut().remove(header::CONTENT_LENGTH);
    let undeclared = principal.send(request).await;
    assert!(undeclared.status.is_client_error(), "{}", undeclared.status);
    assert!(!undeclared.body.contains("/students/"), "nothing was searched");
}

// Sessions

#[tokio::test]
async fn the_session_cookie_is_out_of_reach_of_scripts_and_other_sites() {
    for (reached, name) in [(Reached::Plainly, "everpresent="), (Reached::OverTls, "__Host-everpresent=")] {
        let world = World::reached(reached).await;
        let link = invitation(&world).await;
        let answer = world.browser().get(&link).await;
        let cookie = answer.header("set-cookie").unwrap();
        assert!(cookie.starts_with(name), "{cookie}");
        for part in ["HttpOnly", "SameSite=Lax", "Path=/"] {
            assert!(cookie.split("; ").any(|p| p == part), "{cookie} has {part}");
        }
        let over_tls = reached == Reached::OverTls;
        assert_eq!(cookie.split("; ").any(|p| p == "Secure"), over_tls, "{cookie}");
        assert!(!cookie.contains("Domain"), "{cookie}");
        assert_eq!(answer.header("strict-transport-security").is_some(), over_tls);
    }
}

#[tokio::test]
async fn over_tls_a_cookie_without_its_prefix_is_nobodys() {
    let world = World::reached(Reached::OverTls).await;
    let link = invitation(&world).await;
    let mut browser = world.browser();
    browser.get(&link).await;
    assert!(is_signed_in(&browser).await);
    browser.cookie = browser.cookie.map(|cookie| cookie.replace("__Host-", ""));
    assert!(!is_signed_in(&browser).await);
}

#[tokio::test]
async fn signing_out_ends_the_session_on_the_server_too() {
    let world = World::new().await;
    let mut browser = principal(&world).await;
    let kept = browser.clone();
    let answer = browser.post("/sign-out", "").await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, Some("/sign-in")));
    assert!(answer.header("clear-site-data").unwrap().contains("cache"));
    assert_eq!(browser.cookie, None, "the browser forgets the cookie");
    assert!(!is_signed_in(&kept).await, "and a copy of it opens nothing");
}

#[tokio::test]
async fn a_session_ends_after_half_an_hour_without_a_request() {
    let world = World::new().await;
    let browser = principal(&world).await;
    for _ in 0..3 {
        world.clock.pass(TimeDelta::minutes(29));
        assert!(is_signed_in(&browser).await, "a request every 29 minutes keeps it");
    }
    world.clock.pass(TimeDelta::minutes(31));
    assert!(!is_signed_in(&browser).await);
    let call = browser.clone().call("/api/viewer", &serde_json::json!({})).await;
    assert_eq!(call.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_session_ends_after_half_a_day_whatever_is_done() {
    let world = World::new().await;
    let browser = principal(&world).await;
    for _ in 0..35 {
        world.clock.pass(TimeDelta::minutes(20));
        assert!(is_signed_in(&browser).await);
    }
    world.clock.pass(TimeDelta::minutes(20));
    assert!(!is_signed_in(&browser).await, "12 hours are over");
}

#[tokio::test]
async fn a_session_goes_with_the_persons_role_at_the_next_sync() {
    let world = World::new().await;
    let roster = &world.delivered.demo;
    let parent = roster.who(why::UNRESTRICTED_PARENT);
    let browser = world.invited(&demo(), Role::Guardian, parent).await;
    let bystander = principal(&world).await;
    assert!(is_signed_in(&browser).await);

    let folder = tempfile::tempdir().unwrap();
    common::write_demo_export(folder.path());
    let contacts = std::fs::read_to_string(folder.path().join("contacts.csv")).unwrap();
    let restricted: Vec<String> = contacts
        .lines()
        .map(
            |line| {
                if line.split(',').nth(1) == Some(parent) { format!("{line}true") } else { line.to_owned() }
            },
        )
        .collect();
    std::fs::write(folder.path().join("contacts.csv"), restricted.join("\n") + "\n").unwrap();
    common::sync(&world.context, &demo(), folder.path()).await;
    assert!(!is_signed_in(&browser).await, "a court order reached the school");
    assert!(is_signed_in(&bystander).await, "nobody else is disturbed");

    std::fs::write(folder.path().join("contacts.csv"), contacts).unwrap();
    common::sync(&world.context, &demo(), folder.path()).await;
    assert!(!is_signed_in(&browser).await, "the old session stays ended when the order is lifted");
    let again = world.invited(&demo(), Role::Guardian, parent).await;
    assert!(is_signed_in(&again).await);
}

#[tokio::test]
async fn a_cookie_opens_nothing_in_another_district() {
    let world = World::new().await;
    let mut browser = principal(&world).await;
    let cookie = browser.cookie.clone().unwrap();
    assert!(cookie.starts_with("everpresent=demo."), "a token says where it belongs");
    let secret = cookie.split_once('.').unwrap().1.to_owned();
    for district in ["other", "nowhere", "../demo", "Demo", ""] {
        browser.cookie = Some(format!("everpresent={district}.{secret}"));
        assert!(!is_signed_in(&browser).await, "{district}");
    }
    for cookie in
        ["everpresent=", "everpresent=demo", "everpresent=demo.", "everpresent=demo.x'; DROP TABLE session"]
    {
        browser.cookie = Some(cookie.to_owned());
        assert!(!is_signed_in(&browser).await, "{cookie}");
    }
    let elsewhere = world.delivered.other.who(why::PRINCIPAL).to_owned();
    let there = world.invited(&other(), Role::SchoolAdministrator, &elsewhere).await;
    assert!(is_signed_in(&there).await, "the other district has sessions of its own");
}

#[tokio::test]
async fn an_invitation_opens_one_session_once() {
    let world = World::new().await;
    let link = invitation(&world).await;
    let mut first = world.browser();
    assert_eq!(first.get(&link).await.location(), Some("/"));
    assert!(is_signed_in(&first).await);

    let mut second = world.browser();
    let answer = second.get(&link).await;
    assert_eq!(answer.location(), Some("/sign-in?notice=invitation"));
    assert_eq!(second.cookie, None);
    assert!(is_signed_in(&first).await, "whoever came first stays");
}

#[tokio::test]
async fn an_invitation_that_has_expired_opens_nothing() {
    let world = World::new().await;
    let (in_time, late) = (invitation(&world).await, invitation(&world).await);
    world.clock.pass(TimeDelta::hours(24) - TimeDelta::seconds(1));
    assert_eq!(world.browser().get(&in_time).await.location(), Some("/"));
    world.clock.pass(TimeDelta::seconds(1));
    let answer = world.browser().get(&late).await;
    assert_eq!(answer.location(), Some("/sign-in?notice=invitation"));
    assert_eq!(answer.header("set-cookie"), None);
}

#[tokio::test]
async fn a_look_ahead_does_not_use_an_invitation_up() {
    let world = World::new().await;
    let link = invitation(&world).await;
    let look = |method: Method, name: &'static str, value: &'static str| {
        Request::builder().method(method).uri(&link).header(name, value).body(Body::empty()).unwrap()
    };
    for request in [
        look(Method::HEAD, "accept", "*/*"),
        look(Method::GET, "sec-purpose", "prefetch"),
        look(Method::GET, "sec-purpose", "prefetch;prerender"),
        look(Method::GET, "purpose", "prefetch"),
    ] {
        let answer = world.browser().send(request).await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT);
        assert_eq!(answer.header("set-cookie"), None);
    }
    let mut browser = world.browser();
    assert_eq!(browser.get(&link).await.location(), Some("/"));
    assert!(is_signed_in(&browser).await);
}

#[tokio::test]
async fn a_new_session_does_not_take_over_a_cookie_it_was_given() {
    let world = World::new().await;
    let mut browser = world.browser();
    let planted = format!("everpresent=demo.{}", "a".repeat(64));
    browser.cookie = Some(planted.clone());
    let link = invitation(&world).await;
    browser.get(&link).await;
    assert_ne!(browser.cookie.as_deref(), Some(planted.as_str()));
    browser.cookie = Some(planted);
    assert!(!is_signed_in(&browser).await);
}

#[tokio::test]
async fn only_the_demo_lets_people_step_in_and_only_into_those_it_lists() {
    let world = World::new().await;
    let listed = world.made.people.iter().find(|p| p.why == "principal").unwrap();
    let mut browser = world.browser();
    assert!(browser.get("/sign-in").await.body.contains(&listed.name));
    let answer = browser.post("/demo/sign-in", &format!("person={}", listed.person)).await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, Some("/")));
    assert!(is_signed_in(&browser).await);

    for why in ["restricted-parent", "parent-of-adult"] {
        let without = world.made.people.iter().find(|p| p.why == why).unwrap();
        let answer = world.browser().post("/demo/sign-in", &format!("person={}", without.person)).await;
        assert_eq!(answer.location(), Some("/sign-in?notice=no-access"), "{why}");
        assert_eq!(answer.header("set-cookie"), None, "{why}");
    }
    let (id, _, _) = student_of_theirs(&world);
    let unlisted = world.student(&demo(), &id).await;
    let elsewhere = world.delivered.other.who(why::PRINCIPAL).to_owned();
    let elsewhere = world.person(&other(), &elsewhere).await;
    for person in [unlisted.person(), elsewhere] {
        let answer = world.browser().post("/demo/sign-in", &format!("person={person}")).await;
        assert_eq!(answer.location(), Some("/sign-in?notice=no-access"));
        assert_eq!(answer.header("set-cookie"), None);
    }

    let real = world.without_demo().await;
    let mut browser = Browser { router: real, cookie: None };
    let answer = browser.post("/demo/sign-in", &format!("person={}", listed.person)).await;
    assert_eq!((answer.status, answer.header("set-cookie")), (StatusCode::NOT_FOUND, None));
    let page = browser.get("/sign-in").await;
    assert!(
        page.status.is_success() && !page.body.contains("/demo/sign-in") && !page.body.contains(&listed.name)
    );
}

// Around the pages

#[tokio::test]
async fn every_answer_carries_the_headers_that_protect_it() {
    let world = World::new().await;
    std::fs::write(world.site.join("pkg/everpresent.css"), "body{}").unwrap();
    let mut principal = principal(&world).await;
    let mut answers = Vec::new();
    for address in
        ["/", "/sign-in", "/students", "/nowhere", "/healthz", "/pkg/everpresent.css", "/invitation/x"]
    {
        answers.push((address, principal.get(address).await));
    }
    answers.push(("signed out", world.browser().get("/").await));
    let request = Request::post("/sign-out").body(Body::empty()).unwrap();
    answers.push(("a form from elsewhere", world.browser().send(request).await));
    for (address, answer) in answers {
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("x-robots-tag", "noindex, nofollow"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{address}");
        }
        let policy = answer.header("content-security-policy").unwrap();
        assert!(
            policy.contains("frame-ancestors 'none'") && policy.contains("form-action 'self'"),
            "{address}"
        );
        assert!(
            answer.header("permissions-policy").is_some() && answer.header("x-request-id").is_some(),
            "{address}"
        );
        assert_eq!(answer.header("server"), None, "{address}");
        assert_eq!(answer.header("access-control-allow-origin"), None, "{address}");
        if !address.starts_with("/pkg/") {
            assert_eq!(answer.header("cache-control"), Some("no-store"), "{address}");
        }
    }
}

#[tokio::test]
async fn a_familys_page_comes_compressed_and_a_page_that_repeats_its_address_does_not() {
    let world = World::new().await;
    let (mut guardian, mut principal) = (guardian(&world).await, principal(&world).await);
    let asked = |address: &str| {
        Request::get(address)
            .header(header::ACCEPT_ENCODING, "gzip, deflate, br, zstd")
            .body(Body::empty())
            .unwrap()
    };
    for address in ["/", "/family", "/sign-in"] {
        let whole = guardian.get(address).await;
        assert_eq!(whole.header("content-encoding"), None, "{address}");
        let small = guardian.send(asked(address)).await;
        assert_eq!(small.header("content-encoding"), Some("gzip"), "{address}");
        assert!(small.header("vary").is_some_and(|vary| vary.contains("accept-encoding")), "{address}");
        assert_eq!(small.header("cache-control"), Some("no-store"), "{address}");
        // The way in is too short to gain as much.
        let gains = small.body.len() * 2 < whole.body.len();
        assert!(gains || address == "/sign-in", "{address}: {} bytes", small.body.len());
    }
    for address in ["/", "/students?rule=US-CHRONIC", "/data", "/nowhere"] {
        assert_eq!(principal.send(asked(address)).await.header("content-encoding"), None, "{address}");
    }
}

#[tokio::test]
async fn files_are_kept_for_good_and_folders_are_not_listed() {
    let world = World::new().await;
    std::fs::write(world.site.join("pkg/everpresent.0123.css"), "body{}").unwrap();
    std::fs::write(world.site.parent().unwrap().join("secret.txt"), "secret").unwrap();
    let mut anyone = world.browser();
    let file = anyone.get("/pkg/everpresent.0123.css").await;
    assert_eq!((file.status, file.body.as_str()), (StatusCode::OK, "body{}"));
    assert_eq!(file.header("cache-control"), Some("public, max-age=31536000, immutable"));
    assert_eq!(file.header("content-type"), Some("text/css"));
    let modified = file.header("last-modified").unwrap();
    let again = Request::get("/pkg/everpresent.0123.css").header(header::IF_MODIFIED_SINCE, modified);
    let again = anyone.send(again.body(Body::empty()).unwrap()).await;
    assert_eq!(again.status, StatusCode::NOT_MODIFIED);
    assert_ne!(again.header("cache-control"), Some("no-store"), "an unchanged file stays kept");
    for address in [
        "/pkg",
        "/pkg/",
        "/pkg/..",
        "/pkg/../../secret.txt",
        "/pkg/%2e%2e/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
    ] {
        let answer = anyone.get(address).await;
        assert!(answer.status != StatusCode::OK, "{address}: {}", answer.status);
        assert!(!answer.body.contains("0123.css") && answer.body != "secret", "{address}");
    }
}

#[tokio::test]
async fn a_supervisor_hears_whether_the_program_runs_and_the_store_answers() {
    let world = World::new().await;
    let mut anyone = world.browser();
    let up = anyone.get("/healthz").await;
    assert_eq!((up.status, up.body.as_str()), (StatusCode::OK, "ok\n"));
    let ready = anyone.get("/readyz").await;
    assert_eq!((ready.status, ready.body.as_str()), (StatusCode::OK, "ready\n"));
    world.context.close().await;
    assert_eq!(anyone.get("/healthz").await.status, StatusCode::OK);
    assert_eq!(anyone.get("/readyz").await.status, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn without_the_store_a_session_is_not_taken_for_nobodys() {
    let world = World::new().await;
    let mut browser = principal(&world).await;
    world.context.close().await;
    assert_eq!(browser.get("/").await.status, StatusCode::SERVICE_UNAVAILABLE);
}

/// Keeps what is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn the_log_has_a_line_for_each_request_and_nobody_in_it() {
    let world = World::new().await;
    let (id, given, family) = student_of_theirs(&world);
    let opaque = world.student(&demo(), &id).await;
    let log = Log::default();
    let (requests, token) = {
        let subscriber = tracing_subscriber::fmt()
            .with_env_filter(EnvFilter::new(server::web::LOGGED))
            .with_ansi(false)
            .with_writer(log.clone())
            .finish();
        let _quiet = tracing::subscriber::set_default(subscriber);
        let mut principal = principal(&world).await;
        let mut guardian = guardian(&world).await;
        let token = principal.cookie.clone().unwrap().split_once('.').unwrap().1.to_owned();
        let filter = format!("/students?school={opaque}&grade=05");
        for address in ["/", &format!("/students/{opaque}"), &filter, "/data", "/nowhere?name=Somebody"] {
            principal.get(address).await;
        }
        principal.post("/students", &format!("text={family}")).await;
        let of_student = serde_json::json!({ "id": opaque.to_string() });
        principal.call("/api/student", &of_student).await;
        guardian.get("/").await;
        guardian.get("/students").await;
        guardian.call("/api/student", &of_student).await;
        (12, token)
    };
    let logged = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert_eq!(logged.matches("answered").count(), requests, "{logged}");
    assert!(logged.contains("route=/students/{id}") && logged.contains("status=403"), "{logged}");
    let person = world.made.people.iter().find(|p| p.why == "principal").unwrap();
    for personal in [
        &id,
        &given,
        &family,
        &opaque.to_string(),
        &opaque.0.to_string(),
        &token,
        &person.name,
        &person.person.to_string(),
    ] {
        assert!(!logged.contains(personal.as_str()), "`{personal}` is in the log:\n{logged}");
    }
    for part in ["grade=05", "Somebody", "nowhere", "text="] {
        assert!(!logged.contains(part), "`{part}` is in the log:\n{logged}");
    }
}

#[tokio::test]
async fn the_day_is_the_one_the_demo_says() {
    let world = World::new().await;
    let mut principal = principal(&world).await;
    let data = principal.call("/api/data", &serde_json::json!({})).await;
    let through =
        serde_json::from_str::<serde_json::Value>(&data.body).unwrap()["freshness"]["data_through"].clone();
    let before = today().pred_opt().unwrap().to_string();
    assert_eq!(through, serde_json::json!(before), "this morning's roll has not been taken");
}
