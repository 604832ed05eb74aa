//! The files of a delivery: which kind each is, and how it is opened.

use crate::oneroster::{Manifest, Version};
use crate::plain;
use crate::profile::{Form, Profile, is_named};
use crate::sheet::{Report, Sheet};
use crate::source::{Entry, Source};
use crate::translate::{Explained, Tally, Translated};
use model::canonical::Carries;
use model::report::Refusal;
use std::collections::HashMap;
use std::sync::Arc;

/// A kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Kind {
    Manifest,
    Orgs,
    Terms,
    Courses,
    Classes,
    Users,
    Roles,
    SectionRosters,
    Demographics,
    Calendar,
    Enrollments,
    Attendance,
    Contacts,
    Characteristics,
    Caseload,
    Bells,
    Roll,
}

/// How a kind of file is recognised: its usual name, whether it belongs to OneRoster, and the columns that no other
/// kind has together.
pub(crate) const KINDS: &[(Kind, &str, bool, &[&str])] = &[
    (Kind::Manifest, "manifest", true, &["propertyName", "value"]),
    (Kind::SectionRosters, "enrollments", true, &["sourcedId", "classSourcedId", "userSourcedId", "role"]),
    (Kind::Roles, "roles", true, &["sourcedId", "userSourcedId", "roleType", "orgSourcedId"]),
    (Kind::Classes, "classes", true, &["sourcedId", "courseSourcedId", "classType", "schoolSourcedId"]),
    (Kind::Users, "users", true, &["sourcedId", "username", "givenName", "familyName"]),
    (Kind::Demographics, "demographics", true, &["sourcedId", "birthDate", "hispanicOrLatinoEthnicity"]),
    (Kind::Terms, "academicSessions", true, &["sourcedId", "title", "startDate", "endDate", "schoolYear"]),
    (Kind::Courses, "courses", true, &["sourcedId", "title", "courseCode", "orgSourcedId"]),
    (Kind::Orgs, "orgs", true, &["sourcedId", "name", "type", "parentSourcedId"]),
    (Kind::Attendance, "attendance", false, plain::ATTENDANCE),
    (Kind::Enrollments, "enrollments", false, &["student_id", "school_id", "entry_date", "exit_date"]),
    (Kind::Calendar, "calendar", false, plain::CALENDAR),
    (Kind::Contacts, "contacts", false, &["student_id", "contact_id", "relation"]),
    (Kind::Caseload, "caseload", false, plain::CASELOAD),
    (Kind::Bells, "bells", false, plain::BELLS),
    (Kind::Roll, "roll", false, plain::ROLL),
    (Kind::Characteristics, "students", false, &["student_id", "birth_date", "homeless"]),
];

/// The files of a delivery, recognised.
pub(crate) struct Files {
    pub(crate) source: Source,
    by_kind: HashMap<Kind, Entry>,
    forms: HashMap<Kind, Form>,
    /// Files that explain what stands in the attendance, in the order in which the profile names them.
    explaining: Vec<Option<Entry>>,
}

/// The form of each kind of file. Of OneRoster's a profile says nothing that it does not say of all.
fn forms(profile: &Profile) -> HashMap<Kind, Form> {
    let form = |name: &str, oneroster: bool| Form::of(profile, if oneroster { "" } else { name });
    KINDS.iter().map(|(kind, name, oneroster, _)| (*kind, form(name, *oneroster))).collect()
}

/// What a file is: by the name that the profile has for it; else by its header; or else by its usual name, so that a file
/// with a column missing is still known. Of what the profile says something the usual name comes first.
fn recognise(
    source: &mut Source,
    entry: &Entry,
    profile: &Profile,
    forms: &HashMap<Kind, Form>,
) -> Result<Option<Kind>, Refusal> {
    let said = |kind: &Kind| forms.get(kind).and_then(|form| form.own.name.as_deref());
    let has_own = |name: &str, oneroster: bool| !oneroster && profile.files.contains_key(name);
    let by_profile = KINDS.iter().find(|(kind, name, oneroster, _)| match said(kind) {
        Some(said) => is_named(said, entry.own()),
        None => has_own(name, *oneroster) && *name == entry.stem,
    });
    if let Some((kind, ..)) = by_profile {
        return Ok(Some(*kind));
    }
    let header = Sheet::open(&entry.name, source.read(entry)?, profile)?.header;
    let others = || KINDS.iter().filter(|(kind, ..)| said(kind).is_none());
    for (kind, name, oneroster, columns) in others() {
        let is_it = match forms.get(kind).filter(|_| has_own(name, *oneroster)) {
            None => header.has_all(columns, profile),
            Some(Form { header: Some(_), .. }) => false,
            Some(form) => {
                let sheet = Sheet::open_as(&entry.name, source.read(entry)?, form);
                // What a category is made of has other names.
                let made = |column: &str| column == "category" && !form.own.category.is_unsaid();
                let columns: Vec<&str> = columns.iter().filter(|c| !made(c)).copied().collect();
                sheet.is_ok_and(|sheet| sheet.header.has_all(&columns, &form.profile))
            }
        };
        if is_it {
            return Ok(Some(*kind));
        }
    }
    let has_key = header.has_all(&["sourcedId"], profile);
    let by_name = others().find(|(kind, name, oneroster, _)| {
        name.eq_ignore_ascii_case(&entry.stem)
            && (*kind == Kind::Manifest || !*oneroster || entry.beside_manifest)
            && (*kind != Kind::SectionRosters || has_key || entry.name.contains('/'))
    });
    Ok(by_name.map(|(kind, ..)| *kind))
}

/// That a file is of the kind of another.
fn one_of_a_kind(source: &mut Source, entry: &Entry, first: &Entry, profile: &Profile) -> Refusal {
    let header = source.read(entry).and_then(|input| Ok(Sheet::open(&entry.name, input, profile)?.header));
    Refusal::BadHeader {
        file: entry.name.clone(),
        expected: format!("one file of a kind, and {} is of this kind already; leave one", first.name),
        found: header.unwrap_or_default().shown(),
    }
}

impl Files {
    /// Recognises the files of a delivery.
    ///
    /// # Errors
    /// [`Refusal`] where two are of one kind, or one cannot be read.
    pub(crate) fn find(
        mut source: Source,
        profile: &Profile,
        carries: Carries,
        report: &mut Report,
    ) -> Result<Self, Refusal> {
        let forms = forms(profile);
        let joins = forms.get(&Kind::Attendance).map_or(&[][..], |form| &form.own.join);
        let mut explaining = vec![None; joins.len()];
        let mut by_kind: HashMap<Kind, Entry> = HashMap::new();
        for entry in source.entries.clone() {
            let joined = carries.plain().then(|| joins.iter().position(|j| is_named(&j.name, entry.own())));
            if let Some(place) = joined.flatten() {
                if let Some(first) = &explaining[place] {
                    return Err(one_of_a_kind(&mut source, &entry, first, profile));
                }
                explaining[place] = Some(entry);
                continue;
            }
            let Some(kind) = recognise(&mut source, &entry, profile, &forms)? else {
                report.notes.push(format!("{}: not a file that is read here; ignored", entry.name));
                continue;
            };
            let of_roster = KINDS.iter().any(|(of, _, oneroster, _)| *of == kind && *oneroster);
            if !(if of_roster { carries.roster() } else { carries.plain() }) {
                report.notes.push(format!("{}: {}; ignored", entry.name, carries.leaves_out()));
                continue;
            }
            if let Some(first) = by_kind.get(&kind) {
                return Err(one_of_a_kind(&mut source, &entry, first, profile));
            }
            by_kind.insert(kind, entry);
        }
        Ok(Self { source, by_kind, forms, explaining })
    }

    pub(crate) fn has(&self, kind: Kind) -> bool {
        self.by_kind.contains_key(&kind)
    }

    /// Leaves a file out.
    pub(crate) fn leave_out(&mut self, kind: Kind) {
        self.by_kind.remove(&kind);
    }

    /// How a kind of file is written.
    pub(crate) fn form(&self, kind: Kind) -> Option<&Form> {
        self.forms.get(&kind)
    }

    /// Opens a file that may be missing.
    pub(crate) fn open(&mut self, kind: Kind) -> Result<Option<Sheet<'_>>, Refusal> {
        let (Some(entry), Some(form)) = (self.by_kind.get(&kind), self.forms.get(&kind)) else {
            return Ok(None);
        };
        let input = self.source.read(entry)?;
        Sheet::open_as(&entry.name, input, form).map(Some)
    }

    /// Opens the attendance, in the columns of the plain file. What was met while it was put into these is in the tally
    /// once it was read.
    pub(crate) fn open_attendance(&mut self) -> Result<(Sheet<'_>, Arc<Tally>), Refusal> {
        let tally = Arc::new(Tally::default());
        let translated = self.form(Kind::Attendance).is_some_and(Form::asks_for_translation);
        if !translated {
            return Ok((self.open_required(Kind::Attendance)?, tally));
        }
        let kind = Kind::Attendance;
        let (Some(form), Some(entry)) = (self.forms.get(&kind), self.by_kind.get(&kind)) else {
            return Err(self.missing("attendance"));
        };
        let mut explained = Vec::new();
        for (join, entry) in form.own.join.iter().zip(&self.explaining) {
            let Some(entry) = entry else {
                return Err(Refusal::MissingFile {
                    place: self.source.place.clone(),
                    file: join.name.clone(),
                });
            };
            let sheet = Sheet::open(&entry.name, self.source.read(entry)?, &form.profile)?;
            explained.push(Explained::read(sheet, &join.key)?);
        }
        let sheet = Sheet::open_as(&entry.name, self.source.read(entry)?, form)?;
        let (rows, columns) = Translated::new(sheet, form, explained, Arc::clone(&tally))?;
        Ok((Sheet::headless(&entry.name, Box::new(rows), &form.translated, columns), tally))
    }

    /// That a file is missing.
    pub(crate) fn missing(&self, name: &str) -> Refusal {
        Refusal::MissingFile { place: self.source.place.clone(), file: format!("{name}.csv") }
    }

    /// Opens a file of OneRoster as the manifest says it is: all there is, or what changed. Where no file is of what changed,
    /// orgs, users and roles must be there.
    pub(crate) fn open_of(&mut self, kind: Kind, manifest: &Manifest) -> Result<Option<Sheet<'_>>, Refusal> {
        let needed = match kind {
            Kind::Orgs | Kind::Users => true,
            Kind::Roles => manifest.version == Version::V1_2,
            _ => false,
        };
        if needed && manifest.delta.is_empty() {
            return self.open_required(kind).map(Some);
        }
        let name = KINDS.iter().find(|(k, ..)| *k == kind).map_or("", |(_, name, ..)| *name);
        let changes = manifest.delta.contains(&name.to_ascii_lowercase());
        Ok(self.open(kind)?.map(|sheet| if changes { sheet.of_changes() } else { sheet }))
    }

    /// Opens a file that must be there.
    pub(crate) fn open_required(&mut self, kind: Kind) -> Result<Sheet<'_>, Refusal> {
        if !self.has(kind) {
            let name = KINDS.iter().find(|(k, ..)| *k == kind).map_or("", |(_, name, ..)| *name);
            return Err(self.missing(name));
        }
        let missing = self.missing("");
        self.open(kind)?.ok_or(missing)
    }
}
