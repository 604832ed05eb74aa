//! What no page may do, read from the sources themselves.

// A helper that cannot go on fails its test.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, extension));
        } else if path.extension().is_some_and(|e| e == extension) {
            found.push(path);
        }
    }
    found
}

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The lines of the pages' sources that hold a text, but for one allowed file.
fn lines_with(text: &str, allowed: &str) -> Vec<String> {
    let mut found = Vec::new();
    for path in files(&here("src"), "rs") {
        if path.ends_with(allowed) {
            continue;
        }
        for (i, line) in fs::read_to_string(&path).unwrap().lines().enumerate() {
            if line.contains(text) && !line.trim_start().starts_with("//") {
                found.push(format!("{}:{}: {}", path.display(), i + 1, line.trim()));
            }
        }
    }
    found
}

/// Leptos does not escape what stands inside a `<textarea>` on the server: a stored note would become script.
#[test]
fn a_textarea_stands_only_in_its_one_component() {
    assert_eq!(lines_with("<textarea", "components/text_area.rs"), Vec::<String>::new());
}

/// The content security policy lets no inline style through.
#[test]
fn no_element_carries_a_style_of_its_own() {
    assert_eq!(lines_with(" style=", ""), Vec::<String>::new());
    assert_eq!(lines_with("style:", ""), Vec::<String>::new());
    assert_eq!(lines_with("<style", ""), Vec::<String>::new());
}

/// Raw markup would carry a name's characters into the page as markup.
#[test]
fn no_page_writes_raw_markup() {
    assert_eq!(lines_with("inner_html", "components/text_area.rs"), Vec::<String>::new());
}

/// A GET that changes something, or that carries free text, would stand in histories and logs.
#[test]
fn every_server_function_travels_by_post() {
    for line in lines_with("#[server(", "") {
        assert!(line.contains("input = Json"), "{line}");
    }
}

#[test]
fn every_sentence_is_there_in_every_language() {
    let keys = |file: &str| -> BTreeSet<String> {
        let table: toml::Table =
            fs::read_to_string(here("translations").join(file)).unwrap().parse().unwrap();
        table
            .iter()
            .flat_map(|(section, keys)| {
                keys.as_table().unwrap().keys().map(move |key| format!("{section}.{key}"))
            })
            .collect()
    };
    assert_eq!(keys("en.toml"), keys("es.toml"));
}

/// Plain words: no blame, no begging, no shouting.
#[test]
fn no_sentence_blames_begs_or_shouts() {
    for path in files(&here("translations"), "toml") {
        let text = fs::read_to_string(&path).unwrap();
        for (i, line) in text.lines().enumerate().filter(|(_, line)| line.contains('=')) {
            let said = line.split_once('=').unwrap().1.to_lowercase();
            for word in ["please", "por favor", "truant", "delinquent", "offender", "dropout", "!", "¡"] {
                assert!(!said.contains(word), "{}:{}: `{word}`", path.display(), i + 1);
            }
        }
    }
}

/// The style sheet names every file of its folder, so that none is forgotten.
#[test]
fn every_style_file_is_imported() {
    let style = here("../style");
    let main = fs::read_to_string(style.join("main.css")).unwrap();
    for path in files(&style, "css") {
        let name = path.strip_prefix(&style).unwrap().to_string_lossy().into_owned();
        assert!(name == "main.css" || main.contains(&format!("\"{name}\"")), "{name} is not imported");
    }
}
