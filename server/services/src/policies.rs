//! Rules of a district's own: read by its staff, made and changed by its administrators, version by version.

use crate::context::local;
use crate::judge::{self, school_name};
use crate::packs::{self, Chosen};
use crate::{Error, Visit, freshness};
use ::audit::Event;
use access::Scope;
use model::ids::{SchoolId, StudentId};
use model::page::Failure;
use model::policy::{
    Codes, LawPack, LawRule, PoliciesPage, PolicyDraft, PolicyLine, PolicyPage, PolicyPreview, PolicyProblem,
    PolicyStudent, PolicyVersion,
};
use model::role::Capability;
use model::time::Date;
use rules::pack::{Pack, Rule, Version};
use rules::setting::Setting;
use std::collections::{BTreeSet, HashMap, HashSet};
use store::KnownHistory;
use store::editions::{Kept, PackEdition};
use store::pages::Rows;

/// Students shown of a preview.
const SHOWN: usize = 100;
/// The most letters of a line, and of a letter.
const LINE: usize = 300;
const LETTER: usize = 4_000;
/// The years ahead for which a version may be made.
const DAYS_AHEAD: i64 = 400;

/// All rules in force.
///
/// # Errors
/// [`Failure::Refused`] for people who have no students' list.
pub async fn list(visit: &Visit) -> Result<PoliciesPage, Failure> {
    reader(visit)?;
    all(visit).await.map_err(Error::into_failure)
}

async fn all(visit: &Visit) -> Result<PoliciesPage, Error> {
    let (district, today) = (&visit.district, visit.scope.today());
    let chosen = Chosen::of(district).await?;
    let (mut own, mut law) = (Vec::new(), Vec::new());
    for pack in chosen.refs() {
        if rules::packs::find(&pack.id).is_some() {
            law.push(law_pack(pack, today));
        } else {
            own.push(line(visit, pack, today).await?);
        }
    }
    own.sort_by(|a, b| a.title.cmp(&b.title).then_with(|| a.id.cmp(&b.id)));
    Ok(PoliciesPage {
        freshness: freshness::of(visit).await?,
        may_change: visit.scope.may(Capability::Policies),
        own,
        law,
    })
}

fn law_pack(pack: &Pack, today: Date) -> LawPack {
    let in_force = pack.versions.iter().filter(|version| version.in_force(today));
    let rules = in_force.flat_map(|version| &version.rules).filter(|rule| rule.in_force(today));
    LawPack {
        id: pack.id.clone(),
        title: pack.title.clone(),
        source: pack.source.clone(),
        reviewed_on: pack.reviewed_on,
        rules: rules
            .map(|rule| LawRule {
                id: rule.id.clone(),
                title: rule.title.clone(),
                citation: rule.citation.clone(),
                reading: rule.reading.clone(),
                to_verify: rule.to_verify.clone(),
            })
            .collect(),
    }
}

async fn line(visit: &Visit, pack: &Pack, today: Date) -> Result<PolicyLine, Error> {
    let now = pack.versions.iter().find(|version| version.in_force(today));
    let version = now.or(pack.versions.last());
    let rule = version.and_then(|version| version.rules.first());
    let ids: Vec<String> =
        version.map(|version| version.rules.iter().map(|rule| rule.id.clone()).collect()).unwrap_or_default();
    let mut on_list = 0;
    for id in ids {
        let filter =
            model::page::WorklistFilter { rule: Some(id), page: 1, ..model::page::WorklistFilter::default() };
        on_list += visit.district.worklist(&visit.scope, &filter, Rows::Page).await?.total;
    }
    Ok(PolicyLine {
        id: pack.id.clone(),
        title: rule.map_or_else(|| pack.title.clone(), |rule| rule.title.clone()),
        codes: rule.map(codes).unwrap_or_default(),
        version: version.map(|version| version.version.clone()).unwrap_or_default(),
        from: version.and_then(|version| version.effective_from),
        in_force: now.is_some(),
        on_list,
    })
}

fn codes(rule: &Rule) -> Codes {
    let setting = Setting::of(rule);
    let codes = setting.map(|setting| setting.codes()).unwrap_or_default();
    codes.into_iter().map(|(key, code)| (key.to_owned(), code)).collect()
}

/// The page of one rule (its pack's id), or of a new one; `sent` is the form, where one was sent to be looked at.
///
/// # Errors
/// [`Failure::NotFound`] for a rule there is not; [`Failure::Refused`] for people who may not read it, or may not make
/// a new one.
pub async fn page(visit: &Visit, id: &str, sent: Option<PolicyDraft>) -> Result<PolicyPage, Failure> {
    reader(visit)?;
    if (id.is_empty() || sent.is_some()) && !visit.scope.may(Capability::Policies) {
        return Err(Failure::Refused);
    }
    one(visit, id, sent).await.map_err(Error::into_failure)?
}

async fn one(
    visit: &Visit,
    id: &str,
    sent: Option<PolicyDraft>,
) -> Result<Result<PolicyPage, Failure>, Error> {
    let district = &visit.district;
    let editions: Vec<PackEdition> =
        district.pack_editions().await?.into_iter().filter(|edition| edition.pack == id).collect();
    let newest = match editions.last() {
        Some(edition) => Some(packs::of_edition(edition)?),
        None if id.is_empty() => None,
        None => return Ok(Err(Failure::NotFound)),
    };
    let versions = versions(visit, &editions)?;
    let preview = match &sent {
        Some(draft) => Some(preview(visit, &setting_of(&draft.codes)).await?),
        None => None,
    };
    let problems = match &sent {
        Some(draft) => problems(visit, draft, newest.as_ref()),
        None => Vec::new(),
    };
    let mut draft = sent.unwrap_or_else(|| draft_of(newest.as_ref(), visit.scope.today()));
    if draft.token.is_empty() {
        draft.token = format!("{:016x}{:016x}", visit.context.chance().bits(), visit.context.chance().bits());
    }
    Ok(Ok(PolicyPage {
        id: id.to_owned(),
        title: versions.first().map(|version| version.title.clone()).unwrap_or_default(),
        may_change: visit.scope.may(Capability::Policies),
        versions,
        draft,
        problems,
        preview,
        grades: grades(visit).await?,
        today: visit.scope.today(),
        saved: false,
    }))
}

/// Grades of the district, as CEDS codes, in order.
async fn grades(visit: &Visit) -> Result<Vec<String>, Error> {
    let filter = model::page::StudentFilter { page: 1, ..model::page::StudentFilter::default() };
    Ok(visit.district.students(&visit.scope, &filter, "", Rows::Page).await?.grades)
}

/// Keeps the rule of a form as a new version. The page that comes back says what is wrong, or that it is kept.
///
/// # Errors
/// As [`page`].
pub async fn save(visit: &Visit, id: &str, draft: PolicyDraft) -> Result<PolicyPage, Failure> {
    reader(visit)?;
    if !visit.scope.may(Capability::Policies) {
        return Err(Failure::Refused);
    }
    kept(visit, id, draft).await.map_err(Error::into_failure)?
}

async fn kept(visit: &Visit, id: &str, draft: PolicyDraft) -> Result<Result<PolicyPage, Failure>, Error> {
    let (district, context) = (&visit.district, &visit.context);
    let mut write = district.write().await?;
    let editions = write.pack_editions().await?;
    let of_pack: Vec<&PackEdition> = editions.iter().filter(|edition| edition.pack == id).collect();
    let newest = match of_pack.last() {
        Some(edition) => Some(packs::of_edition(edition)?),
        None if id.is_empty() => None,
        None => return Ok(Err(Failure::NotFound)),
    };
    if let Some(before) = editions.iter().find(|edition| edition.draft == draft.token) {
        // The same form, sent twice: kept once.
        drop(write);
        return saved(visit, &before.pack.clone()).await;
    }
    let wrong = problems(visit, &draft, newest.as_ref());
    let setting = setting_of(&draft.codes);
    let (Some(from), Ok(rule)) = (draft.from.trim().parse::<Date>().ok(), setting.rule("")) else {
        drop(write);
        return with_problems(visit, id, draft, wrong).await;
    };
    if !wrong.is_empty() {
        drop(write);
        return with_problems(visit, id, draft, wrong).await;
    }
    let pack_id = match &newest {
        Some(pack) => pack.id.clone(),
        None => next_id(&editions),
    };
    let pack = pack_of(&pack_id, newest, &draft, rule, from, visit.scope.today());
    let text =
        rules::packs::text(&pack).map_err(|why| Error::Place { place: format!("pack {pack_id}"), why })?;
    let edition = PackEdition {
        pack: pack_id.clone(),
        edition: of_pack.last().map_or(0, |edition| edition.edition) + 1,
        text,
        reason: draft.reason.trim().to_owned(),
        made_by: visit.scope.person(),
        maker: String::new(),
        made_at: context.now(),
        draft: draft.token.clone(),
    };
    // What cannot be read again must not be kept.
    packs::of_edition(&edition)?;
    match write.keep_edition(&edition).await? {
        Kept::New => {}
        Kept::Before(pack, _) => {
            drop(write);
            return saved(visit, &pack).await;
        }
        Kept::Overtaken => {
            drop(write);
            return with_problems(visit, id, draft, vec![PolicyProblem::Overtaken]).await;
        }
    }
    let event = Event::PackKept { pack: pack_id.clone(), edition: edition.edition };
    ::audit::append(&mut write, visit.scope.person(), context.now(), &event).await?;
    let write = crate::sync::judge_again(context, district, write).await?;
    write.commit().await?;
    saved(visit, &pack_id).await
}

async fn saved(visit: &Visit, id: &str) -> Result<Result<PolicyPage, Failure>, Error> {
    Ok(one(visit, id, None).await?.map(|page| PolicyPage { saved: true, ..page }))
}

async fn with_problems(
    visit: &Visit,
    id: &str,
    draft: PolicyDraft,
    wrong: Vec<PolicyProblem>,
) -> Result<Result<PolicyPage, Failure>, Error> {
    Ok(one(visit, id, Some(draft)).await?.map(|mut page| {
        for problem in wrong {
            if !page.problems.contains(&problem) {
                page.problems.push(problem);
            }
        }
        page
    }))
}

/// Staff read rules; families do not know the page.
fn reader(visit: &Visit) -> Result<(), Failure> {
    if visit.scope.may(Capability::Worklist) {
        Ok(())
    } else if visit.is_staff() {
        Err(Failure::Refused)
    } else {
        Err(Failure::NotFound)
    }
}

fn setting_of(codes: &Codes) -> Setting {
    Setting::from_codes(|key| codes.iter().find(|(k, _)| k == key).map(|(_, code)| code.clone()))
}

fn problems(visit: &Visit, draft: &PolicyDraft, newest: Option<&Pack>) -> Vec<PolicyProblem> {
    let good = |text: &str, most: usize| !text.trim().is_empty() && text.chars().count() <= most;
    let mut found = Vec::new();
    let mut note = |wrong: bool, problem: PolicyProblem| {
        if wrong {
            found.push(problem);
        }
    };
    note(!good(&draft.title, LINE), PolicyProblem::Title);
    note(!good(&draft.action, LINE), PolicyProblem::Action);
    note(draft.letter.chars().count() > LETTER, PolicyProblem::Letter);
    note(!good(&draft.reason, LINE), PolicyProblem::Reason);
    let today = visit.scope.today();
    match draft.from.trim().parse::<Date>() {
        Ok(from) => {
            let before = newest.and_then(|pack| pack.versions.last()).and_then(|v| v.effective_from);
            note((from - today).num_days().abs() > DAYS_AHEAD, PolicyProblem::From);
            note(before.is_some_and(|before| from < before), PolicyProblem::FromTooEarly);
        }
        Err(_) => note(true, PolicyProblem::From),
    }
    found
}

/// `policy-1`, `policy-2` …
fn next_id(editions: &[PackEdition]) -> String {
    let used: BTreeSet<&str> = editions.iter().map(|edition| edition.pack.as_str()).collect();
    let number = (1..).find(|n| !used.contains(format!("policy-{n}").as_str())).unwrap_or(1);
    format!("policy-{number}")
}

/// The pack with a new version behind those it had; the one before ends the day before the new one begins.
fn pack_of(id: &str, newest: Option<Pack>, draft: &PolicyDraft, rule: Rule, from: Date, today: Date) -> Pack {
    let mut versions = newest.as_ref().map(|pack| pack.versions.clone()).unwrap_or_default();
    let number = versions.len() + 1;
    // A version that would be in force on no day is replaced: the edition before still tells of it.
    versions.retain(|version| version.effective_from.is_some_and(|begun| begun < from));
    if let Some(last) = versions.last_mut() {
        last.effective_to = from.pred_opt();
    }
    let version = newest.as_ref().map_or(1, |pack| next_version(pack, number));
    let lines = draft.letter.lines().map(str::trim).filter(|line| !line.is_empty());
    versions.push(Version {
        version: version.to_string(),
        effective_from: Some(from),
        effective_to: None,
        rules: vec![Rule {
            id: id.to_uppercase(),
            title: draft.title.trim().to_owned(),
            citation: format!("Policy of the district, version {version}, in force from {from}"),
            action: draft.action.trim().to_owned(),
            clauses: lines.map(str::to_owned).collect(),
            ..rule
        }],
    });
    Pack {
        id: id.to_owned(),
        title: draft.title.trim().to_owned(),
        jurisdiction: "The district".to_owned(),
        source: "Policy of the district".to_owned(),
        reviewed_on: today,
        year_begins: newest.as_ref().map_or(7, |pack| pack.year_begins),
        sessions: newest.as_ref().map_or(1, |pack| pack.sessions),
        codes: Vec::new(),
        versions,
    }
}

/// One more than the highest number so far.
fn next_version(pack: &Pack, at_least: usize) -> usize {
    let highest = pack.versions.iter().filter_map(|v| v.version.parse::<usize>().ok()).max().unwrap_or(0);
    at_least.max(highest + 1)
}

fn draft_of(newest: Option<&Pack>, today: Date) -> PolicyDraft {
    let rule = newest.and_then(|pack| pack.versions.last()).and_then(|version| version.rules.first());
    let own = |setting: Setting| -> Codes {
        setting.codes().into_iter().map(|(key, code)| (key.to_owned(), code)).collect()
    };
    PolicyDraft {
        token: String::new(),
        title: rule.map(|rule| rule.title.clone()).unwrap_or_default(),
        codes: rule.map(codes).unwrap_or_else(|| own(Setting::default())),
        action: rule.map(|rule| rule.action.clone()).unwrap_or_default(),
        letter: rule.map(|rule| rule.clauses.join("\n")).unwrap_or_default(),
        from: today.to_string(),
        reason: String::new(),
    }
}

/// Every version that any edition had, newest first; a version's own edition tells who made it and why.
fn versions(visit: &Visit, editions: &[PackEdition]) -> Result<Vec<PolicyVersion>, Error> {
    let mut found: Vec<PolicyVersion> = Vec::new();
    for edition in editions {
        let pack = packs::of_edition(edition)?;
        for version in &pack.versions {
            let Some(rule) = version.rules.first() else { continue };
            if let Some(known) = found.iter_mut().find(|v| v.version == version.version) {
                known.to = version.effective_to;
                continue;
            }
            found.push(PolicyVersion {
                version: version.version.clone(),
                from: version.effective_from,
                to: version.effective_to,
                title: rule.title.clone(),
                codes: codes(rule),
                action: rule.action.clone(),
                letter: rule.clauses.clone(),
                reason: edition.reason.clone(),
                made_by: edition.maker.clone(),
                made_at: local(&visit.district, edition.made_at),
            });
        }
    }
    found.reverse();
    Ok(found)
}

/// Whom a setting would flag this year, of the students the reader may see.
async fn preview(visit: &Visit, setting: &Setting) -> Result<PolicyPreview, Error> {
    let (district, scope) = (&visit.district, &visit.scope);
    let system = Scope::system("policy preview", scope.today(), scope.school_day());
    let known = district.history(&system).await?;
    let visible: HashSet<StudentId> =
        district.visible_students(scope, Capability::Policies).await?.into_iter().collect();
    let names: HashMap<SchoolId, String> =
        district.schools(scope).await?.into_iter().map(|s| (s.id, s.name)).collect();
    let mut preview = flagged(&known, &visible, &names, setting, scope.today());
    for of in &mut preview.students {
        if let Some(seen) = district.see(scope, of.student).await? {
            let identity = district.identity(&seen).await?;
            of.name = format!("{}, {}", identity.family_name, identity.given_name);
        }
    }
    preview.students.sort_by(|a, b| (&a.school, &a.name).cmp(&(&b.school, &b.name)));
    Ok(preview)
}

/// The same, without names.
fn flagged(
    known: &KnownHistory,
    visible: &HashSet<StudentId>,
    names: &HashMap<SchoolId, String>,
    setting: &Setting,
    today: Date,
) -> PolicyPreview {
    let reaches = judge::Reaches::of(&known.history, today);
    let as_of = reaches.district().as_of;
    let mut preview = PolicyPreview { as_of, standing: 0, met: 0, students: Vec::new() };
    let Ok(rule) = setting.rule("PREVIEW") else { return preview };
    let pack = pack_of("preview", None, &PolicyDraft::default(), rule, Date::MIN, as_of);
    let judges = judge::Judges::new(&known.history, &[&pack], reaches);
    for (place, student) in known.students.iter().enumerate().filter(|(_, id)| visible.contains(id)) {
        let mut met = Vec::new();
        judges.verdicts(place, |_, verdict, _| met.extend(verdict.met.map(|met| (*verdict, met.since))));
        preview.met += u32::from(!met.is_empty());
        if let Some((verdict, since)) = met.into_iter().find(|(_, since)| since.is_some()) {
            preview.standing += 1;
            let spans = known.history.students[place].spans.as_slice();
            let school = judges
                .reaches()
                .own_span(spans)
                .map(|span| school_name(known, names, span.school))
                .unwrap_or_default();
            preview.students.push(PolicyStudent {
                student: *student,
                name: String::new(),
                school,
                since,
                numerator: verdict.counted,
                denominator: verdict.of,
            });
        }
    }
    preview.students.sort_by(|a, b| (&a.school, a.since, a.student).cmp(&(&b.school, b.since, b.student)));
    preview.students.truncate(SHOWN);
    preview
}
