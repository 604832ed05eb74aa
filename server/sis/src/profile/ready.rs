//! The profiles that come with the program: one a system, with the columns that its makers or users document.

/// A profile that comes with the program.
#[derive(Debug, Clone, Copy)]
pub struct Ready {
    /// Its name: `aspen`.
    pub name: &'static str,
    /// Its file, to be read as it is or to be copied and changed.
    pub text: &'static str,
}

/// Every one, by name.
pub const ALL: [Ready; 6] = [
    Ready { name: "aeries", text: include_str!("../../profiles/aeries.toml") },
    Ready { name: "aspen", text: include_str!("../../profiles/aspen.toml") },
    Ready { name: "clever", text: include_str!("../../profiles/clever.toml") },
    Ready { name: "infinite-campus", text: include_str!("../../profiles/infinite-campus.toml") },
    Ready { name: "powerschool", text: include_str!("../../profiles/powerschool.toml") },
    Ready { name: "skyward", text: include_str!("../../profiles/skyward.toml") },
];

impl Ready {
    /// What it is for, in a sentence: the first line of its file.
    pub fn title(&self) -> &'static str {
        self.text.lines().next().unwrap_or_default().trim_start_matches(['#', ' '])
    }
}

/// The profile of that name.
pub fn find(name: &str) -> Option<&'static Ready> {
    ALL.iter().find(|ready| ready.name == name)
}

/// Their names, in a row.
pub fn names() -> String {
    ALL.map(|ready| ready.name).join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Profile;
    use std::collections::BTreeSet;

    #[test]
    fn every_profile_that_comes_with_the_program_can_be_read_and_says_what_it_is_for() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("profiles");
        let files: BTreeSet<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap().replace(".toml", ""))
            .collect();
        assert_eq!(files, ALL.map(|ready| ready.name.to_owned()).into_iter().collect());
        for ready in ALL {
            let profile = Profile::from_toml(ready.name, ready.text).unwrap();
            assert!(profile.files.contains_key("attendance"), "{}", ready.name);
            assert!(ready.title().ends_with('.'), "{}: {}", ready.name, ready.title());
        }
    }
}
