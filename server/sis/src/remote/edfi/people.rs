//! Who is who: one id for each person across students, staff and guardians, and who may act as a guardian.

use super::rows::{Link, code};
use super::{District, key};
use crate::remote::stage::Stage;
use std::collections::{HashMap, HashSet};

/// A person as the files name them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Named {
    /// `sourcedId`.
    pub(super) key: String,
    /// The unique id, unless a person of another kind has it: Ed-Fi's unique ids are unique only within a kind.
    pub(super) id: String,
}

/// A contact of students, as what they are to each.
#[derive(Debug, Default)]
pub(super) struct ContactNames {
    /// To those whose parent or guardian they are.
    pub(super) guardian: Option<Named>,
    /// To all others. It is another person in the files: a parent of one student who is the emergency contact of
    /// another may see the one and not the other.
    pub(super) relative: Option<Named>,
}

/// Everybody, by unique id.
pub(super) struct People<'d> {
    pub(super) students: HashMap<&'d str, Named>,
    pub(super) staff: HashMap<&'d str, Named>,
    pub(super) contacts: HashMap<&'d str, ContactNames>,
}

impl<'d> People<'d> {
    pub(super) fn of(district: &'d District, stage: &mut Stage) -> Self {
        let mut taken: HashSet<String> = HashSet::new();
        let mut shared = 0;
        let mut named = |kind: &str, unique: &str, own_id: bool| {
            let key = key(kind, [unique]);
            let free = own_id && taken.insert(unique.to_owned());
            shared += usize::from(own_id && !free);
            Named { id: if free { unique.to_owned() } else { key.clone() }, key }
        };
        let mut students = HashMap::new();
        for student in &district.students {
            let unique = student.student_unique_id.as_str();
            students.entry(unique).or_insert_with(|| named("student", unique, true));
        }
        let mut staff = HashMap::new();
        for each in &district.staffs {
            let unique = each.staff_unique_id.as_str();
            staff.entry(unique).or_insert_with(|| named("staff", unique, true));
        }
        let mut known: HashMap<&str, (bool, bool)> =
            district.contacts.iter().map(|contact| (contact.unique_id(), (false, false))).collect();
        for link in &district.links {
            if let Some((guardian, relative)) = known.get_mut(link.contact()) {
                *guardian |= is_guardian(link);
                *relative |= !is_guardian(link);
            }
        }
        let mut contacts = HashMap::new();
        for contact in &district.contacts {
            let unique = contact.unique_id();
            let Some((guardian, relative)) = known.remove(unique) else { continue };
            let names = ContactNames {
                guardian: guardian.then(|| named("contact", unique, true)),
                relative: (relative || !guardian).then(|| named("relative", unique, !guardian)),
            };
            contacts.insert(unique, names);
        }
        if shared > 0 {
            stage.note(format!(
                "unique ids that a student and a staff member or contact share: {shared}; the other is named by kind and id"
            ));
        }
        Self { students, staff, contacts }
    }

    /// The contact of a link as what they are to this student.
    pub(super) fn contact(&self, link: &Link) -> Option<&Named> {
        let names = self.contacts.get(link.contact())?;
        if is_guardian(link) { names.guardian.as_ref() } else { names.relative.as_ref() }
    }
}

impl super::rows::Contact {
    /// The unique id, under the name of either standard.
    pub(super) fn unique_id(&self) -> &str {
        if self.contact_unique_id.is_empty() { &self.parent_unique_id } else { &self.contact_unique_id }
    }
}

impl Link {
    /// The contact's unique id, under the name of either standard.
    pub(super) fn contact(&self) -> &str {
        let contact = &self.contact_reference.contact_unique_id;
        if contact.is_empty() { &self.parent_reference.parent_unique_id } else { contact }
    }
}

/// Whether a link makes the contact the student's parent or guardian, who may see the child's record. Whatever else the
/// relation says (a grandmother, a neighbour, nothing) gives no such right, unless the link says legal guardian. That
/// somebody is no legal guardian takes the right from all but a mother or father, who keep it until a document on file
/// says otherwise (34 CFR 99.4).
pub(super) fn is_guardian(link: &Link) -> bool {
    const YES: &[&str] =
        &["mother", "father", "parent", "guardian", "stepmother", "stepfather", "stepparent"];
    const NO: &[&str] = &["s", "law", "grand", "great", "god", "former", "friend", "partner", "other"];
    let words = words(code(&link.relation_descriptor));
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    let is_parent = has(&["mother", "father", "parent"]) && !has(&["step", "foster"]);
    match link.legal_guardian {
        Some(true) => true,
        Some(false) => is_parent && !has(NO),
        None => has(YES) && !has(NO),
    }
}

/// The words of a code value in lower case: Ed-Fi writes `Father, step` and `CourtAppointedGuardian`.
fn words(code: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_lower = false;
    for c in code.chars() {
        if !c.is_alphabetic() || (was_lower && c.is_uppercase()) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| c.is_alphabetic()) {
            word.extend(c.to_lowercase());
        }
        was_lower = c.is_lowercase();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::super::rows::Link;
    use super::is_guardian;

    #[test]
    fn only_a_parent_or_guardian_may_see_the_child_s_record() {
        let link = |relation: &str, legal: Option<bool>| Link {
            relation_descriptor: format!("uri://ed-fi.org/RelationDescriptor#{relation}"),
            legal_guardian: legal,
            ..Link::default()
        };
        // What the Alliance's own list has, and how districts write it.
        for relation in [
            "Mother",
            "Father, step",
            "Parent",
            "Foster parent",
            "Guardian",
            "CourtAppointedGuardian",
            "MOTHER",
            "Stepfather",
            "Legal Guardian",
        ] {
            assert!(is_guardian(&link(relation, None)), "{relation}");
        }
        for relation in [
            "Grandmother",
            "Great Grandparent",
            "Godparent",
            "FatherInLaw",
            "FathersSignificantOther",
            "MothersCivilPartner",
            "Mother's significant other",
            "Neighbor",
            "Emergency",
            "Unknown",
            "",
        ] {
            assert!(!is_guardian(&link(relation, None)), "{relation}");
            assert!(is_guardian(&link(relation, Some(true))), "{relation}");
            assert!(!is_guardian(&link(relation, Some(false))), "{relation}");
        }
        // A parent's right ends by a document, anybody else's with the guardianship.
        for (relation, still) in [
            ("Mother", true),
            ("Father", true),
            ("Father, step", false),
            ("Stepfather", false),
            ("Foster parent", false),
            ("Guardian", false),
        ] {
            assert_eq!(is_guardian(&link(relation, Some(false))), still, "{relation}");
        }
    }
}
