//! The rooms of the house and the one direction of their doors, as README.md draws them.

#![allow(clippy::expect_used, reason = "what is not as expected fails the test")]

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Which room may know which. A new crate gets a line here, with as few names as it can live with.
const DOORS: &str = "
model    ->
rules    -> model
sis      -> model
demo     -> model
access   -> model
store    -> access model
audit    -> model store
services -> access audit demo model rules sis store
app      -> model rules services
browser  -> app
server   -> app model services
";

/// Libraries that would bring I/O or pages into a room that has none, by the first words of their names.
const FORBIDDEN: [(&str, &[&str]); 6] = [
    ("model", &["leptos", "axum", "tokio", "sqlx", "hyper"]),
    ("rules", &["leptos", "axum", "tokio", "sqlx", "hyper"]),
    // It asks servers, and keeps nothing.
    ("sis", &["leptos", "axum", "sqlx"]),
    ("demo", &["leptos", "axum", "tokio", "sqlx", "hyper"]),
    ("access", &["leptos", "axum", "tokio", "sqlx", "hyper"]),
    ("services", &["leptos", "axum"]),
];

/// What must not reach the browser. (Its size is kept by `make bench`, which weighs what is sent.)
const NOT_IN_THE_BROWSER: [&str; 7] = ["axum", "tokio", "sqlx", "hyper", "services", "store", "access"];

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// What cargo says, run in the workspace.
fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()))
        .args(arguments)
        .current_dir(workspace())
        .output()
        .expect("cargo can be run");
    assert!(
        output.status.success(),
        "cargo {}: {}",
        arguments.join(" "),
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("cargo writes UTF-8")
}

fn metadata() -> Value {
    serde_json::from_str(&cargo(&["metadata", "--no-deps", "--format-version", "1"]))
        .expect("cargo writes JSON")
}

fn packages(metadata: &Value) -> &[Value] {
    metadata["packages"].as_array().expect("packages")
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

fn doors() -> BTreeMap<&'static str, BTreeSet<&'static str>> {
    let lines = DOORS.lines().filter_map(|line| line.split_once("->"));
    lines.map(|(room, known)| (room.trim(), known.split_whitespace().collect())).collect()
}

/// Every library that a crate is built with, by name; tests and build scripts aside.
fn built_with(package: &str, more: &[&str]) -> BTreeSet<String> {
    let mut arguments = vec!["tree", "--package", package, "--edges", "normal", "--prefix", "none"];
    arguments.extend(more);
    let tree = cargo(&arguments);
    tree.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

#[test]
fn each_room_knows_only_the_rooms_it_may() {
    let metadata = metadata();
    let doors = doors();
    let rooms: BTreeSet<&str> = packages(&metadata).iter().map(|p| text(&p["name"])).collect();
    assert_eq!(
        rooms,
        doors.keys().copied().collect(),
        "every crate has its line in DOORS, and no line is left over"
    );
    for package in packages(&metadata) {
        let room = text(&package["name"]);
        // Tests may open other doors, to prepare what they look at.
        let known = package["dependencies"].as_array().expect("dependencies").iter();
        let known = known.filter(|d| d["kind"] != "dev").map(|d| text(&d["name"]));
        let known: BTreeSet<&str> = known.filter(|name| rooms.contains(name)).collect();
        let beyond: Vec<_> = known.difference(&doors[room]).collect();
        assert!(beyond.is_empty(), "`{room}` may not know {beyond:?}: the arrow would point the wrong way");
    }
}

#[test]
fn only_the_browser_crate_is_loaded_by_a_browser() {
    for package in packages(&metadata()) {
        let targets = package["targets"].as_array().expect("targets");
        let dynamic = targets
            .iter()
            .flat_map(|t| t["crate_types"].as_array().expect("crate types"))
            .any(|t| t == "cdylib");
        assert_eq!(dynamic, text(&package["name"]) == "browser", "{}", package["name"]);
    }
}

#[test]
fn a_plain_build_never_mixes_the_two_sides_of_the_pages() {
    let metadata = metadata();
    let browser = packages(&metadata).iter().find(|p| p["name"] == "browser").expect("browser");
    let defaults = metadata["workspace_default_members"].as_array().expect("default members");
    assert!(
        !defaults.contains(&browser["id"]),
        "`browser` in default-members would turn on `hydrate` beside `ssr`"
    );

    let app = packages(&metadata).iter().find(|p| p["name"] == "app").expect("app");
    let services =
        app["dependencies"].as_array().expect("dependencies").iter().find(|d| d["name"] == "services");
    assert_eq!(
        services.expect("app -> services")["optional"],
        true,
        "only `ssr` may bring `services` into the pages"
    );
}

#[test]
fn pure_rooms_are_free_of_pages_and_of_io() {
    for (room, forbidden) in FORBIDDEN {
        for library in built_with(room, &[]) {
            let found = forbidden.iter().any(|prefix| library.starts_with(prefix));
            assert!(!found, "`{room}` is built with `{library}`");
        }
    }
}

#[test]
fn the_browser_gets_no_room_and_no_library_of_the_server() {
    let libraries = built_with("browser", &["--target", "wasm32-unknown-unknown"]);
    for library in NOT_IN_THE_BROWSER {
        assert!(!libraries.contains(library), "`{library}` would be sent to every browser");
    }
}

#[test]
fn each_room_says_at_its_door_what_it_is_for() {
    for package in packages(&metadata()) {
        let folder = Path::new(text(&package["manifest_path"])).parent().expect("a folder").to_owned();
        let door =
            [folder.join("src/lib.rs"), folder.join("src/main.rs")].into_iter().find(|path| path.exists());
        let door = std::fs::read_to_string(door.expect("a lib.rs or a main.rs")).expect("it can be read");
        assert!(
            door.starts_with("//! ") || folder.join("README.md").exists(),
            "{}: begin with `//!` and what the crate is for",
            folder.display()
        );
        assert!(package["description"].is_string(), "{}: Cargo.toml lacks its description", folder.display());
    }
}

#[test]
fn what_cargo_leptos_is_told_is_there() {
    let metadata = metadata();
    let told = &metadata["metadata"]["leptos"][0];
    let text = |key: &str| told[key].as_str().unwrap_or_else(|| panic!("`{key}` is missing"));
    let package = |name: &str| {
        let mut found = packages(&metadata).iter();
        found.find(|of| of["name"] == name).unwrap_or_else(|| panic!("there is no package `{name}`"))
    };
    let targets = package(text("bin-package"))["targets"].as_array().expect("targets");
    assert!(targets.iter().any(|target| target["name"] == text("bin-target")), "{targets:?}");
    package(text("lib-package"));
    let watched = told["watch-additional-files"].as_array().expect("folders to watch");
    let watched = watched.iter().map(|path| path.as_str().expect("a path"));
    for path in watched.chain([text("style-file"), text("assets-dir")]) {
        assert!(workspace().join(path).exists(), "there is no {path}");
    }
    let manifest = std::fs::read_to_string(workspace().join("Cargo.toml")).expect("the manifest");
    let profile = format!("[profile.{}]", text("lib-profile-release"));
    assert!(manifest.contains(&profile), "there is no {profile}");
}
