//! Rule packs, read and tested.

use crate::{Context, Error};
use ::audit::Event;
use model::attendance::CodeMap;
use model::ids::DistrictId;
use model::signal::RuleRef;
use rules::pack::{Pack, Rule, Version};
use rules::packs::{self, ExampleOutcome};
use sis::Profile;
use std::borrow::Cow;
use std::fs;
use std::io::Write;
use std::path::Path;
use store::District;
use store::editions::{Kept, PackEdition};

/// One line a pack: id, title, when it was last gone through with its source, and how much nobody has checked yet.
pub fn list() -> Vec<String> {
    let line = |pack: &Pack| {
        let rules = pack.versions.iter().flat_map(|version| &version.rules);
        let open = rules.map(|rule| rule.to_verify.len()).sum::<usize>()
            + pack.codes.iter().map(|code| code.to_verify.len()).sum::<usize>();
        let open = match open {
            0 => String::new(),
            1 => "; 1 point not checked yet".to_owned(),
            open => format!("; {open} points not checked yet"),
        };
        format!("{:12} {} (last gone through {}{open})", pack.id, pack.title, pack.reviewed_on)
    };
    packs::builtin().iter().map(line).collect()
}

/// A pack as a person would read it.
///
/// # Errors
/// [`Error::NoSuchPack`].
pub fn show(id: &str) -> Result<String, Error> {
    Ok(packs::show(find(id)?))
}

/// What the worked examples of every pack gave.
#[derive(Debug, Clone)]
pub struct TestReport {
    /// A line for each example.
    pub lines: Vec<String>,
    /// Examples that gave what they promise.
    pub passed: usize,
    /// Examples that did not.
    pub failed: usize,
}

impl TestReport {
    fn of(outcomes: &[ExampleOutcome]) -> Self {
        let failed = outcomes.iter().filter(|outcome| !outcome.passed()).count();
        Self {
            lines: outcomes.iter().map(ToString::to_string).collect(),
            passed: outcomes.len() - failed,
            failed,
        }
    }
}

/// Runs every worked example of every pack.
pub fn test() -> TestReport {
    TestReport::of(&packs::builtin().iter().flat_map(packs::run_examples).collect::<Vec<_>>())
}

/// Runs every worked example of a pack that is not (yet) among those that come with the program.
///
/// # Errors
/// [`Error::Place`] where the file cannot be read, [`Error::Pack`] where the pack makes no sense. Examples that do not
/// hold are in the report; [`accept`] says on which line.
pub fn test_file(file: &Path) -> Result<TestReport, Error> {
    let (name, text) = read(file)?;
    Ok(TestReport::of(&packs::run_examples(&packs::parse(&name, &text)?)))
}

/// Whether a pack in a file may be used: it makes sense, and every worked example holds.
///
/// # Errors
/// As [`test_file`]; [`Error::Pack`] also where an example does not hold.
pub fn accept(file: &Path) -> Result<(), Error> {
    let (name, text) = read(file)?;
    packs::load(&name, &text)?;
    Ok(())
}

fn read(file: &Path) -> Result<(String, String), Error> {
    let name = file.display().to_string();
    let text =
        fs::read_to_string(file).map_err(|why| Error::Place { place: name.clone(), why: why.to_string() })?;
    Ok((name, text))
}

/// The beginning of a new pack, for a person to fill in.
///
/// # Errors
/// [`Error::Pack`] where the id or the title cannot be one, [`Error::PackExists`] where a pack has this id.
pub fn skeleton(id: &str, title: &str) -> Result<String, Error> {
    if packs::find(id).is_some() {
        return Err(Error::PackExists(id.to_owned()));
    }
    Ok(packs::skeleton(id, title)?)
}

/// Writes the beginning of a new pack to a file that does not exist yet.
///
/// # Errors
/// As [`skeleton`]; [`Error::Place`] where the file exists or cannot be written.
pub fn skeleton_file(id: &str, title: &str, file: &Path) -> Result<(), Error> {
    let text = skeleton(id, title)?;
    let refuse =
        |why: std::io::Error| Error::Place { place: file.display().to_string(), why: why.to_string() };
    let mut new = fs::File::create_new(file).map_err(|why| match why.kind() {
        std::io::ErrorKind::AlreadyExists => Error::Place {
            place: file.display().to_string(),
            why: "there is such a file already; nothing was written".to_owned(),
        },
        _ => refuse(why),
    })?;
    new.write_all(text.as_bytes()).map_err(refuse)
}

/// Of these packs those that come with the program, with their text.
pub(crate) fn of_the_program<'p>(packs: &[&'p Pack]) -> Result<Vec<(&'p str, String)>, Error> {
    let of_program = packs.iter().filter(|pack| packs::find(&pack.id).is_some());
    let with_text = |pack: &&'p Pack| {
        let text = packs::text(pack);
        Ok((pack.id.as_str(), text.map_err(|why| Error::Place { place: format!("pack {}", pack.id), why })?))
    };
    of_program.map(with_text).collect()
}

/// The packs with these ids.
pub(crate) fn find_all(ids: &[String]) -> Result<Vec<&'static Pack>, Error> {
    ids.iter().map(|id| find(id)).collect()
}

/// The packs a district goes by: those it has chosen of the program's, and its own in their newest edition.
pub(crate) struct Chosen(Vec<Cow<'static, Pack>>);

impl Chosen {
    /// The packs of a district.
    pub(crate) async fn of(district: &District) -> Result<Self, Error> {
        Self::with(&district.settings().packs, &district.pack_editions().await?)
    }

    /// The packs of a district as the rules were asked by them at a moment, in the words of then; as it has them where
    /// none is given, or where no record of that time is kept.
    pub(crate) async fn known_at(
        district: &District,
        moment: Option<chrono::DateTime<chrono::Utc>>,
    ) -> Result<Self, Error> {
        let Some(moment) = moment else { return Self::of(district).await };
        let mut editions = district.pack_editions().await?;
        editions.retain(|edition| edition.made_at <= moment);
        let used = district.packs_used_at(moment).await?;
        if used.is_empty() {
            return Self::with(&district.settings().packs, &editions);
        }
        let then =
            used.iter().map(|(pack, text)| packs::parse(&format!("pack {pack}, as it was used"), text));
        let then = then.map(|pack| Ok(Cow::Owned(pack?))).collect::<Result<Vec<_>, packs::PackError>>()?;
        let own = Self::with(&[], &editions)?;
        Ok(Self(then.into_iter().chain(own.0).collect()))
    }

    /// The packs with these ids, and the newest of these editions (by pack, oldest first).
    pub(crate) fn with(ids: &[String], editions: &[PackEdition]) -> Result<Self, Error> {
        let mut packs: Vec<Cow<'static, Pack>> = find_all(ids)?.into_iter().map(Cow::Borrowed).collect();
        for of_pack in editions.chunk_by(|a, b| a.pack == b.pack) {
            if let Some(newest) = of_pack.last() {
                packs.push(Cow::Owned(of_edition(newest)?));
            }
        }
        Ok(Self(packs))
    }

    /// Of these, the packs with the ids, else the program's own of that id.
    pub(crate) fn only(self, ids: &[String]) -> Result<Self, Error> {
        let mut packs = Vec::new();
        for id in ids {
            packs.push(match self.0.iter().find(|pack| pack.id == *id) {
                Some(pack) => pack.clone(),
                None => Cow::Borrowed(find(id)?),
            });
        }
        Ok(Self(packs))
    }

    /// The packs.
    pub(crate) fn refs(&self) -> Vec<&Pack> {
        self.0.iter().map(AsRef::as_ref).collect()
    }
}

/// The pack of an edition.
pub(crate) fn of_edition(edition: &PackEdition) -> Result<Pack, Error> {
    let file = format!("pack {}, edition {}", edition.pack, edition.edition);
    packs::parse(&file, &edition.text).map_err(Error::Pack)
}

/// The pack and rule a finding names, in the version that judged it.
pub(crate) fn rule_of<'p>(packs: &[&'p Pack], rule: &RuleRef) -> Option<(&'p Pack, &'p Rule)> {
    let pack = packs.iter().find(|pack| pack.id == rule.pack)?;
    let version = pack.versions.iter().find(|version| version.version == rule.pack_version)?;
    Some((pack, version.rules.iter().find(|r| r.id == rule.rule)?))
}

/// Reads a pack of a district's own from a file and keeps it as its newest edition, which is in force from now on; the
/// lists are made anew. A file that is refused changes nothing: the last good edition stays in force. What a version
/// says never changes: an edition may only end it.
///
/// # Errors
/// Where the file cannot be read or is refused, its id is one of the program's packs, or it changes a version that is
/// kept.
pub async fn add(context: &Context, id: &DistrictId, file: &Path, reason: &str) -> Result<i64, Error> {
    let place =
        |error: std::io::Error| Error::Place { place: file.display().to_string(), why: error.to_string() };
    let text = std::fs::read_to_string(file).map_err(place)?;
    let pack = packs::load(&file.display().to_string(), &text).map_err(Error::Pack)?;
    if packs::find(&pack.id).is_some() {
        return Err(Error::Place {
            place: file.display().to_string(),
            why: format!(
                "`{}` is the id of a pack that comes with the program; give the pack its own",
                pack.id
            ),
        });
    }
    let district = context.district(id).await?;
    let mut write = district.write().await?;
    let editions = write.pack_editions().await?;
    for before in editions.iter().filter(|before| before.pack == pack.id) {
        if let Some(version) = changed_in_place(&of_edition(before)?, &pack) {
            return Err(Error::Place {
                place: file.display().to_string(),
                why: format!(
                    "version {version} says something else than in edition {}, and letters may have been written \
                     under it; leave it as it is (it may end), and write the change as a new version",
                    before.edition
                ),
            });
        }
    }
    let edition = editions.iter().filter(|e| e.pack == pack.id).map(|e| e.edition).max().unwrap_or(0) + 1;
    let kept = PackEdition {
        pack: pack.id.clone(),
        edition,
        text,
        reason: reason.to_owned(),
        made_by: None,
        maker: String::new(),
        made_at: context.now(),
        draft: format!("{}-{edition}", pack.id),
    };
    if write.keep_edition(&kept).await? != Kept::New {
        return Err(Error::Place {
            place: file.display().to_string(),
            why: "somebody else has changed this pack meanwhile; look at it again".to_owned(),
        });
    }
    let event = Event::PackKept { pack: pack.id, edition };
    ::audit::append(&mut write, None, context.now(), &event).await?;
    let write = crate::sync::judge_again(context, &district, write).await?;
    write.commit().await?;
    Ok(edition)
}

/// A version that both packs have, and that says something else in the second. That it ends is no change of it.
fn changed_in_place<'p>(before: &Pack, after: &'p Pack) -> Option<&'p str> {
    let changed = |version: &&Version| {
        let same_name = before.versions.iter().find(|of| of.version == version.version);
        same_name.is_some_and(|of| Version { effective_to: of.effective_to, ..(*version).clone() } != *of)
    };
    after.versions.iter().find(changed).map(|version| version.version.as_str())
}

/// Adds the categories that packs define themselves, where the map does not say what they mean.
pub(crate) fn add_codes(codes: &mut CodeMap, packs: &[&Pack]) {
    for code in packs.iter().flat_map(|pack| &pack.codes) {
        if codes.meaning(&code.category).is_none() {
            codes.set(&code.category, code.meaning);
        }
    }
}

/// What a school year is where neither source nor calendar says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Year {
    /// The month in which it begins.
    pub(crate) begins: u32,
    /// Marks a day.
    pub(crate) sessions: u8,
}

impl Year {
    /// As the first of these packs has it that differs from the usual.
    pub(crate) fn of(packs: &[&Pack]) -> Self {
        let begins = packs.iter().map(|pack| pack.year_begins).find(|month| *month != 7);
        let sessions = packs.iter().map(|pack| pack.sessions).find(|sessions| *sessions != 1);
        Self { begins: begins.unwrap_or(7), sessions: sessions.unwrap_or(1) }
    }
}

/// Says what a profile leaves open as the packs have it.
pub(crate) fn settle(profile: &mut Profile, packs: &[&Pack]) {
    let year = Year::of(packs);
    profile.first_month.get_or_insert(year.begins);
    profile.sessions.get_or_insert(year.sessions);
}

fn find(id: &str) -> Result<&'static Pack, Error> {
    packs::find(id).ok_or_else(|| Error::NoSuchPack {
        id: id.to_owned(),
        known: packs::builtin().iter().map(|pack| pack.id.as_str()).collect::<Vec<_>>().join(", "),
    })
}
