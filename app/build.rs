//! Turns `translations/*.toml` into one typed function per sentence, so that a missing or misspelt key, a missing
//! plural form or a missing language is an error of the compiler.
//!
//! A value is a text, a list of texts, or `{ one = …, other = … }`. `{name}` stands for a text, `{#name}` for a
//! number; `{#count}` chooses the plural form.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

const LANGUAGES: [(&str, &str); 2] = [("En", "en"), ("Es", "es")];

/// What a key says in one language.
enum Entry {
    Text(String),
    List(Vec<String>),
    Plural { one: String, other: String },
}

fn entries(path: &Path) -> Result<BTreeMap<String, Entry>, String> {
    let name = path.display();
    let text = fs::read_to_string(path).map_err(|e| format!("{name}: {e}"))?;
    let table: toml::Table = toml::from_str(&text).map_err(|e| format!("{name}: {e}"))?;
    let mut found = BTreeMap::new();
    for (section, keys) in table {
        let keys = keys.as_table().ok_or_else(|| format!("{name}: `{section}` is not a section"))?.clone();
        for (key, value) in keys {
            let id = format!("{section}_{key}");
            let entry = read_entry(&value).ok_or_else(|| {
                format!("{name}: `{section}.{key}`: a text, a list of texts, or one and other, are expected")
            })?;
            found.insert(id, entry);
        }
    }
    Ok(found)
}

fn read_entry(value: &toml::Value) -> Option<Entry> {
    match value {
        toml::Value::String(text) => Some(Entry::Text(text.clone())),
        toml::Value::Array(items) => {
            items.iter().map(|i| i.as_str().map(str::to_owned)).collect::<Option<_>>().map(Entry::List)
        }
        toml::Value::Table(forms) if forms.len() == 2 => Some(Entry::Plural {
            one: forms.get("one")?.as_str()?.to_owned(),
            other: forms.get("other")?.as_str()?.to_owned(),
        }),
        _ => None,
    }
}

/// The placeholders of a text, in order of appearance, `#` kept.
fn placeholders(text: &str) -> Vec<String> {
    text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name.to_owned()).collect()
}

fn parameters(entry: &Entry) -> Vec<String> {
    let mut names = match entry {
        Entry::Text(text) => placeholders(text),
        Entry::List(_) => Vec::new(),
        Entry::Plural { one, other } => {
            let mut names = vec!["#count".to_owned()];
            names.extend(placeholders(other));
            names.extend(placeholders(one));
            names
        }
    };
    let mut seen = Vec::new();
    names.retain(|n| {
        !seen.contains(n) && {
            seen.push(n.clone());
            true
        }
    });
    names
}

fn body(entry: &Entry) -> String {
    let text = |text: &str| {
        if placeholders(text).is_empty() {
            format!("{text:?}.to_owned()")
        } else {
            let mut format = text.to_owned();
            let mut arguments = String::new();
            for name in placeholders(text) {
                if let Some(number) = name.strip_prefix('#') {
                    format = format.replace(&format!("{{#{number}}}"), &format!("{{{number}}}"));
                    if !arguments.contains(&format!(" {number} =")) {
                        let _ = write!(arguments, ", {number} = number({number})");
                    }
                }
            }
            format!("format!({format:?}{arguments})")
        }
    };
    match entry {
        Entry::Text(only) if placeholders(only).is_empty() => format!("{only:?}"),
        Entry::Text(only) => text(only),
        Entry::List(items) => format!("{items:?}"),
        Entry::Plural { one, other } if one == other => text(other),
        Entry::Plural { one, other } => {
            format!("if count == 1 {{ {} }} else {{ {} }}", text(one), text(other))
        }
    }
}

fn generate() -> Result<String, String> {
    let mut languages = Vec::new();
    for (variant, file) in LANGUAGES {
        let path = format!("translations/{file}.toml");
        println!("cargo::rerun-if-changed={path}");
        languages.push((variant, file, entries(Path::new(&path))?));
    }
    let (_, _, english) = &languages[0];
    let mut code = String::from("impl super::Language {\n");
    for (id, entry) in english {
        let names = parameters(entry);
        let mut arms = String::new();
        for (variant, file, keys) in &languages {
            let translated = keys.get(id).ok_or_else(|| format!("{file}.toml lacks `{id}`"))?;
            let mut theirs = parameters(translated);
            let mut ours = names.clone();
            theirs.sort();
            ours.sort();
            if theirs != ours || std::mem::discriminant(entry) != std::mem::discriminant(translated) {
                return Err(format!("{file}.toml: `{id}` has other placeholders or forms than en.toml"));
            }
            if let (Entry::List(a), Entry::List(b)) = (entry, translated)
                && a.len() != b.len()
            {
                return Err(format!("{file}.toml: `{id}` has another length than in en.toml"));
            }
            let _ = writeln!(arms, "            Self::{variant} => {{ {} }}", body(translated));
        }
        let mut arguments = String::new();
        for name in &names {
            match name.strip_prefix('#') {
                Some(number) => write!(arguments, ", {number}: u64"),
                None => write!(arguments, ", {name}: &str"),
            }
            .map_err(|e| e.to_string())?;
        }
        let (kind, returns) = match entry {
            Entry::List(items) => ("const ", format!("[&'static str; {}]", items.len())),
            Entry::Text(_) if names.is_empty() => ("const ", "&'static str".to_owned()),
            _ => ("", "String".to_owned()),
        };
        let _ = writeln!(
            code,
            "    /// `{id}`.\n    pub {kind}fn {id}(self{arguments}) -> {returns} {{\n        match self {{\n{arms}        }}\n    }}"
        );
    }
    code.push_str("}\n");
    for (_, file, keys) in &languages[1..] {
        if let Some(extra) = keys.keys().find(|k| !english.contains_key(*k)) {
            return Err(format!("en.toml lacks `{extra}` of {file}.toml"));
        }
    }
    Ok(code)
}

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let written = generate().and_then(|code| {
        let folder = env::var("OUT_DIR").map_err(|e| e.to_string())?;
        fs::write(Path::new(&folder).join("translations.rs"), code).map_err(|e| e.to_string())
    });
    if let Err(message) = written {
        println!("cargo::error={message}");
    }
}
