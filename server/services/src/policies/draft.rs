//! The form of a rule, and the pack that is made of it. The form writes packs of one rule and takes no others: a pack
//! that came from a file may say what no field shows, and saving the form would drop it.

use crate::packs::Year;
use model::policy::{Codes, PolicyDraft, PolicyNumber};
use model::time::Date;
use rules::pack::{Pack, Rule, Version};
use rules::setting::Setting;
use std::collections::BTreeSet;
use store::editions::PackEdition;

/// The setting that the codes of a form make.
pub(super) fn setting_of(codes: &Codes) -> Setting {
    Setting::from_codes(|key| codes.iter().find(|(k, _)| k == key).map(|(_, code)| code.clone()))
}

/// The numbers of a form that are others in the setting made of it: they were none, or out of their range.
pub(super) fn changed_numbers(codes: &Codes, setting: &Setting) -> impl Iterator<Item = PolicyNumber> {
    PolicyNumber::ALL.into_iter().filter(|number| {
        let (key, may_be_empty) = (number.field(), *number == PolicyNumber::Least);
        let sent = codes.iter().find(|(k, _)| k == key).map(|(_, text)| text.trim());
        // A field that the setting has no use for may hold anything; an empty least enrollment is none.
        let used = setting.code(key).or_else(|| may_be_empty.then(String::new));
        sent.zip(used.as_deref()).is_some_and(|(sent, used)| {
            let number = |text: &str| {
                if text.is_empty() && may_be_empty { Some(0) } else { text.parse::<u64>().ok() }
            };
            number(sent).is_none() || number(sent) != number(used)
        })
    })
}

/// A setting as codes.
pub(super) fn codes_of(setting: &Setting) -> Codes {
    setting.codes().into_iter().map(|(key, code)| (key.to_owned(), code)).collect()
}

/// A rule's setting as codes; none for a rule that is more than a setting.
pub(super) fn codes(rule: &Rule) -> Codes {
    Setting::of(rule).map(|setting| codes_of(&setting)).unwrap_or_default()
}

/// The name of what a preview showed; a save repeats it.
pub(super) fn shown(setting: &Setting) -> String {
    setting.codes().iter().map(|(key, code)| format!("{key}={code}")).collect::<Vec<_>>().join("&")
}

/// Whether the form can show the newest version of a pack and write it back as it is.
pub(super) fn takes(pack: &Pack) -> bool {
    let Some(last) = pack.versions.last() else { return false };
    let ([rule], Some(from)) = (last.rules.as_slice(), last.effective_from) else { return false };
    let Some(Ok(plain)) = Setting::of(rule).map(|setting| setting.rule("")) else { return false };
    let year = Year { begins: pack.year_begins, sessions: pack.sessions };
    let mut again = empty(&pack.id, year, pack.reviewed_on);
    add_version(&mut again, &last.version, &draft_of(Some(pack), pack.reviewed_on), plain, from);
    again.versions.last().is_some_and(|version| version.rules == last.rules)
        && Pack { versions: pack.versions.clone(), ..again } == *pack
}

/// `policy-1`, `policy-2` …
pub(super) fn next_id(editions: &[PackEdition]) -> String {
    let used: BTreeSet<&str> = editions.iter().map(|edition| edition.pack.as_str()).collect();
    let number = (1..).find(|n| !used.contains(format!("policy-{n}").as_str())).unwrap_or(1);
    format!("policy-{number}")
}

/// A pack of the district's own, before its first version.
pub(super) fn empty(id: &str, year: Year, today: Date) -> Pack {
    Pack {
        id: id.to_owned(),
        title: String::new(),
        jurisdiction: "The district".to_owned(),
        source: "Policy of the district".to_owned(),
        reviewed_on: today,
        year_begins: year.begins,
        sessions: year.sessions,
        codes: Vec::new(),
        versions: Vec::new(),
    }
}

/// Puts a new version behind those the pack had; the one before ends the day before the new one begins.
pub(super) fn change(pack: &mut Pack, draft: &PolicyDraft, rule: Rule, from: Date) {
    let highest = pack.versions.iter().filter_map(|v| v.version.parse::<usize>().ok()).max().unwrap_or(0);
    let version = (highest + 1).max(pack.versions.len() + 1).to_string();
    // A version that would be in force on no day is replaced: the edition before still tells of it.
    pack.versions.retain(|version| version.effective_from.is_none_or(|begun| begun < from));
    if let Some(last) = pack.versions.last_mut() {
        last.effective_to = from.pred_opt();
    }
    add_version(pack, &version, draft, rule, from);
}

fn add_version(pack: &mut Pack, version: &str, draft: &PolicyDraft, rule: Rule, from: Date) {
    let lines = draft.letter.lines().map(str::trim).filter(|line| !line.is_empty());
    pack.title = draft.title.trim().to_owned();
    pack.versions.push(Version {
        version: version.to_owned(),
        effective_from: Some(from),
        effective_to: None,
        rules: vec![Rule {
            id: pack.id.to_uppercase(),
            title: pack.title.clone(),
            citation: format!("Policy of the district, version {version}, in force from {from}"),
            action: draft.action.trim().to_owned(),
            clauses: lines.map(str::to_owned).collect(),
            ..rule
        }],
    });
}

/// The form as the newest version of a pack has it; an empty one where there is none.
pub(super) fn draft_of(newest: Option<&Pack>, today: Date) -> PolicyDraft {
    let rule = newest.and_then(|pack| pack.versions.last()).and_then(|version| version.rules.first());
    PolicyDraft {
        title: rule.map(|rule| rule.title.clone()).unwrap_or_default(),
        codes: rule.map_or_else(|| codes_of(&Setting::default()), codes),
        action: rule.map(|rule| rule.action.clone()).unwrap_or_default(),
        letter: rule.map(|rule| rule.clauses.join("\n")).unwrap_or_default(),
        from: today.to_string(),
        ..PolicyDraft::default()
    }
}
