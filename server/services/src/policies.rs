//! Rules of a district's own: read by its staff, made and changed by its administrators, version by version.

mod draft;
mod preview;

use crate::context::local;
use crate::packs::{self, Chosen, Year};
use crate::{Error, Visit, freshness};
use ::audit::Event;
use draft::{codes, draft_of, setting_of, shown, takes};
use model::page::{Failure, NotAsked, Wanted, WhyNotAsked, WorklistFilter};
use model::policy::{
    LawPack, LawRule, PoliciesPage, PolicyDraft, PolicyLine, PolicyPage, PolicyProblem, PolicyRule,
    PolicyRuleLine, PolicyVersion,
};
use model::role::Capability;
use model::time::Date;
use preview::preview;
use rules::pack::{Pack, Rule};
use store::editions::{Kept, PackEdition};
use store::pages::Rows;

/// The most letters of a line, and of a letter.
const LINE: usize = 300;
const LETTER: usize = 4_000;
/// The days back and ahead within which a version may begin.
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
    let not_asked = district.not_asked().await?;
    let (mut own, mut law) = (Vec::new(), Vec::new());
    for pack in chosen.refs() {
        if rules::packs::find(&pack.id).is_some() {
            law.push(law_pack(pack, today, &not_asked));
        } else {
            own.push(line(visit, pack, today, &not_asked).await?);
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

/// Why a rule could not be asked everywhere.
fn why_not_asked(not_asked: &[NotAsked], pack: &Pack, rule: &Rule) -> Vec<WhyNotAsked> {
    let of_rule = not_asked.iter().filter(|of| of.pack == pack.id && of.rule == rule.id);
    of_rule.map(|of| of.why).collect()
}

fn law_pack(pack: &Pack, today: Date, not_asked: &[NotAsked]) -> LawPack {
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
                not_asked: why_not_asked(not_asked, pack, rule),
            })
            .collect(),
    }
}

async fn line(visit: &Visit, pack: &Pack, today: Date, not_asked: &[NotAsked]) -> Result<PolicyLine, Error> {
    let now = pack.versions.iter().find(|version| version.in_force(today));
    let version = now.or(pack.versions.last());
    let mut rules = Vec::new();
    for rule in version.map(|version| version.rules.as_slice()).unwrap_or_default() {
        let (of_rule, standing) = (Some(rule.id.clone()), Some(Wanted::Standing));
        let filter = WorklistFilter { rule: of_rule, standing, page: 1, ..WorklistFilter::default() };
        rules.push(PolicyRuleLine {
            id: rule.id.clone(),
            title: rule.title.clone(),
            codes: codes(rule),
            to_verify: rule.to_verify.clone(),
            not_asked: why_not_asked(not_asked, pack, rule),
            on_list: visit.district.worklist(&visit.scope, &filter, Rows::Page).await?.total,
        });
    }
    Ok(PolicyLine {
        id: pack.id.clone(),
        title: pack.title.clone(),
        version: version.map(|version| version.version.clone()).unwrap_or_default(),
        from: version.and_then(|version| version.effective_from),
        in_force: now.is_some(),
        rules,
    })
}

/// The page of one rule (its pack's id), or of a new one; `sent` is the form, where one was sent to be looked at.
///
/// # Errors
/// [`Failure::NotFound`] for a rule there is not; [`Failure::Refused`] for people who may not read it, or may not make
/// a new one.
pub async fn page(visit: &Visit, id: &str, sent: Option<PolicyDraft>) -> Result<PolicyPage, Failure> {
    reader(visit)?;
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
    // After the search: a rule that is not there is not there for anybody, whatever they may do.
    if (id.is_empty() || sent.is_some()) && !visit.scope.may(Capability::Policies) {
        return Ok(Err(Failure::Refused));
    }
    let edition = editions.last().map_or(0, |edition| edition.edition);
    let versions = versions(visit, &editions)?;
    let as_file = newest.as_ref().is_some_and(|pack| !takes(pack));
    let sent = sent.filter(|_| !as_file);
    let (mut preview_of, mut problems_of) = (None, Vec::new());
    let draft = match sent {
        None => draft_of(newest.as_ref(), visit.scope.today()),
        Some(sent) => {
            let setting = setting_of(&sent.codes);
            preview_of = Some(preview(visit, &setting, year_of(visit, newest.as_ref()).await?).await?);
            problems_of = problems(visit, &sent, newest.as_ref(), edition);
            PolicyDraft { previewed: shown(&setting), ..sent }
        }
    };
    let token = if draft.token.is_empty() {
        format!("{:016x}{:016x}", visit.context.chance().bits(), visit.context.chance().bits())
    } else {
        draft.token.clone()
    };
    Ok(Ok(PolicyPage {
        id: id.to_owned(),
        title: newest.map(|pack| pack.title).unwrap_or_default(),
        may_change: visit.scope.may(Capability::Policies),
        as_file,
        versions,
        draft: PolicyDraft { token, edition, ..draft },
        problems: problems_of,
        preview: preview_of,
        grades: grades(visit).await?,
        today: visit.scope.today(),
        saved: false,
    }))
}

/// When the school years of a pack begin; of a new one as the packs have it by which the district goes.
async fn year_of(visit: &Visit, newest: Option<&Pack>) -> Result<Year, Error> {
    Ok(match newest {
        Some(pack) => Year { begins: pack.year_begins, sessions: pack.sessions },
        None => Year::of(&Chosen::of(&visit.district).await?.refs()),
    })
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
        // Refused, or not there: what the page says, without waiting for whoever writes.
        return page(visit, id, Some(draft)).await;
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
    let edition = of_pack.last().map_or(0, |edition| edition.edition);
    let mut wrong = problems(visit, &draft, newest.as_ref(), edition);
    let setting = setting_of(&draft.codes);
    if draft.previewed != shown(&setting) {
        wrong.push(PolicyProblem::Unseen);
    }
    let as_file = newest.as_ref().is_some_and(|pack| !takes(pack));
    let (true, Some(from), Ok(rule)) =
        (wrong.is_empty() && !as_file, draft.from.trim().parse::<Date>().ok(), setting.rule(""))
    else {
        drop(write);
        return with_problems(visit, id, draft, wrong).await;
    };
    let year = year_of(visit, newest.as_ref()).await?;
    let pack_id = newest.as_ref().map_or_else(|| draft::next_id(&editions), |pack| pack.id.clone());
    let today = visit.scope.today();
    let mut pack = newest.unwrap_or_else(|| draft::empty(&pack_id, year, today));
    pack.reviewed_on = today;
    draft::change(&mut pack, &draft, rule, from);
    let text =
        rules::packs::text(&pack).map_err(|why| Error::Place { place: format!("pack {pack_id}"), why })?;
    let edition = PackEdition {
        pack: pack_id.clone(),
        edition: edition + 1,
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

fn problems(visit: &Visit, draft: &PolicyDraft, newest: Option<&Pack>, edition: i64) -> Vec<PolicyProblem> {
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
    for number in draft::changed_numbers(&draft.codes, &setting_of(&draft.codes)) {
        note(true, PolicyProblem::Number(number));
    }
    note(draft.edition != edition, PolicyProblem::Overtaken);
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

/// Every version that any edition had, newest first; a version's own edition tells who made it and why.
fn versions(visit: &Visit, editions: &[PackEdition]) -> Result<Vec<PolicyVersion>, Error> {
    let mut found: Vec<PolicyVersion> = Vec::new();
    for edition in editions {
        let pack = packs::of_edition(edition)?;
        for version in pack.versions {
            if let Some(known) = found.iter_mut().find(|v| v.version == version.version) {
                known.to = version.effective_to;
                continue;
            }
            found.push(PolicyVersion {
                version: version.version,
                from: version.effective_from,
                to: version.effective_to,
                rules: version.rules.into_iter().map(policy_rule).collect(),
                reason: edition.reason.clone(),
                made_by: edition.maker.clone(),
                made_at: local(&visit.district, edition.made_at),
            });
        }
    }
    found.reverse();
    Ok(found)
}

fn policy_rule(rule: Rule) -> PolicyRule {
    PolicyRule {
        codes: codes(&rule),
        id: rule.id,
        title: rule.title,
        citation: rule.citation,
        action: rule.action,
        letter: rule.clauses,
        reading: rule.reading,
        to_verify: rule.to_verify,
    }
}
