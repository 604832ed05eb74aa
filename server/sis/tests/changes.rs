//! OneRoster files of what changed, laid over what is held: what comes of it is what whole files would have said.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops where it cannot go on")]

mod stub;

use model::attendance::Shapes;
use model::canonical::{Carries, Delivery, HeldRoster, Table};
use model::report::Refusal;
use model::time::Date;
use sis::{Expect, Profile, changes_in, read_delivery};
use std::collections::BTreeSet;
use std::fmt::Debug;
use std::fs;
use std::path::{Path, PathBuf};
use stub::tiny::tiny;

const WHEN: &str = "2026-02-01T00:00:00.000Z";

struct Place {
    _temp: tempfile::TempDir,
    folder: PathBuf,
}

impl Place {
    /// The tiny district in whole files.
    fn whole() -> Self {
        let temp = tempfile::tempdir().unwrap();
        let folder = temp.path().join("files");
        tiny(&folder);
        Self { _temp: temp, folder }
    }

    /// Files of what changed, by name, each line after the header with its `status` and time; all others are absent.
    fn changes(version: &str, files: &[(&str, &str)]) -> Self {
        let temp = tempfile::tempdir().unwrap();
        let folder = temp.path().join("files");
        fs::create_dir_all(folder.join("oneroster")).unwrap();
        let mut manifest = format!("propertyName,value\nmanifest.version,1.0\noneroster.version,{version}\n");
        for (name, text) in files {
            manifest += &format!("file.{name},delta\n");
            let text = text.replace("        ", "").replace("WHEN", WHEN);
            fs::write(folder.join(format!("oneroster/{name}.csv")), text).unwrap();
        }
        fs::write(folder.join("oneroster/manifest.csv"), manifest).unwrap();
        Self { _temp: temp, folder }
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.folder.join(format!("oneroster/{name}.csv"))).unwrap()
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.folder.join(format!("oneroster/{name}.csv")), text).unwrap();
    }

    fn edit(&self, name: &str, edit: impl Fn(&str) -> Option<String>) {
        let lines: Vec<String> = self.text(name).lines().filter_map(edit).collect();
        self.write(name, &(lines.join("\n") + "\n"));
    }

    fn read(&self, expect: Expect) -> Result<Delivery, Refusal> {
        let today = Date::from_ymd_opt(2026, 2, 1).unwrap();
        read_delivery(&self.folder, &Profile::default(), today, Shapes::default(), expect)
    }

    fn over(&self, held: &HeldRoster) -> Result<Delivery, Refusal> {
        assert!(changes_in(&self.folder, &Profile::default(), Carries::Roster).unwrap().is_some());
        self.read(Expect::Changes(Carries::Roster, held.clone()))
    }
}

/// What a store would hold of a delivery.
fn held(delivery: &Delivery) -> HeldRoster {
    fn rows<T: Clone>(table: &Option<Table<T>>) -> Vec<T> {
        table.iter().flat_map(|table| table.rows.clone()).collect()
    }
    HeldRoster {
        orgs: rows(&delivery.orgs),
        terms: rows(&delivery.terms),
        courses: rows(&delivery.courses),
        sections: rows(&delivery.sections),
        people: rows(&delivery.people),
        roles: rows(&delivery.roles),
        section_rosters: rows(&delivery.section_rosters),
        demographics: rows(&delivery.demographics),
    }
}

fn shown(delivery: &Delivery) -> Vec<BTreeSet<String>> {
    fn rows<T: Debug>(rows: &[T]) -> BTreeSet<String> {
        rows.iter().map(|row| format!("{row:?}")).collect()
    }
    let of = held(delivery);
    vec![
        rows(&of.orgs),
        rows(&of.terms),
        rows(&of.courses),
        rows(&of.sections),
        rows(&of.people),
        rows(&of.roles),
        rows(&of.section_rosters),
        rows(&of.demographics),
    ]
}

const USERS: &str = "sourcedId,status,dateLastModified,enabledUser,username,userIds,givenName,familyName,middleName,identifier,email,sms,phone,agentSourcedIds,grades,password\n";
const MEMBERS: &str = "sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,primary,beginDate,endDate\n";

fn night() -> Place {
    Place::changes(
        "1.2",
        &[
            (
                "users",
                &format!(
                    "{USERS}u12,active,WHEN,true,kid12,,Kid12,Married,,1012,,,,,03,
                    new,active,WHEN,true,,,New,One,,2000,,,,,04,
                    u11,tobedeleted,WHEN,,,,,,,,,,,,,\n"
                )
                .replace("                    ", ""),
            ),
            (
                "roles",
                "sourcedId,status,dateLastModified,userSourcedId,roleType,role,beginDate,endDate,orgSourcedId,userProfileSourcedId
        new-0,active,WHEN,new,primary,student,,,A,\n",
            ),
            ("enrollments", &format!("{MEMBERS}e4,tobedeleted,WHEN,K2,A,u10,student,,2026-01-12,\n")),
        ],
    )
}

#[test]
fn what_changed_laid_over_what_is_held_is_what_whole_files_would_say() {
    let whole = Place::whole();
    let first = whole.read(Expect::Roster).unwrap();
    let changed = night().over(&held(&first)).unwrap();
    // The same in whole files. Who is deleted takes along what names them.
    whole.edit("users", |line| match line {
        _ if line.starts_with("u12,") => Some("u12,,,true,kid12,,Kid12,Married,,1012,,,,,03,".to_owned()),
        _ if line.starts_with("u11,") => Some("new,,,true,,,New,One,,2000,,,,,04,".to_owned()),
        _ => Some(line.to_owned()),
    });
    whole.edit("roles", |line| {
        Some(if line.starts_with("u11-0,") {
            "new-0,,,new,primary,student,,,A,".to_owned()
        } else {
            line.to_owned()
        })
    });
    whole.edit("enrollments", |line| {
        (!line.starts_with("e4,") && !line.contains("u11")).then(|| line.to_owned())
    });
    whole.edit("demographics", |line| (!line.starts_with("u11,")).then(|| line.to_owned()));
    let second = whole.read(Expect::Roster).unwrap();
    assert_eq!(shown(&changed), shown(&second));
    assert_eq!(changed.set_aside, Vec::new());
    assert_eq!(
        changed.notes,
        [
            "oneroster/users.csv: only what changed: 2 rows, and 1 to be deleted, laid over 15 that the store holds",
            "oneroster/roles.csv: only what changed: 1 rows, and 0 to be deleted, laid over 15 that the store holds",
            "oneroster/enrollments.csv: only what changed: 0 rows, and 1 to be deleted, laid over 4 that the store holds",
        ]
    );
    // Each row that is there counts as read, as if it stood in the file.
    let people = changed.people.as_ref().unwrap();
    assert_eq!((people.read, people.rows.len(), people.set_aside), (15, 15, 0));
    // Once more it says the same.
    let again = night().over(&held(&changed)).unwrap();
    assert_eq!(shown(&again), shown(&changed));
    assert_eq!(again.set_aside, Vec::new());
}

#[test]
fn whole_files_and_files_of_what_changed_may_come_together() {
    let whole = Place::whole();
    let first = whole.read(Expect::Roster).unwrap();
    // All users anew, one of them gone; of the enrollments only what changed.
    whole.edit("users", |line| (!line.starts_with("u11,")).then(|| line.to_owned()));
    whole.edit("roles", |line| (!line.starts_with("u11-0,")).then(|| line.to_owned()));
    whole.edit("demographics", |line| (!line.starts_with("u11,")).then(|| line.to_owned()));
    let line = format!("e5,active,{WHEN},K1,A,u12,student,,2025-09-01,");
    whole.write("enrollments", &format!("{MEMBERS}{line}\n"));
    let manifest = whole.text("manifest") + "file.users,bulk\nfile.enrollments,delta\nfile.orgs,absent\n";
    whole.write("manifest", &manifest);
    fs::remove_file(whole.folder.join("oneroster/orgs.csv")).unwrap();
    let mixed = whole.over(&held(&first)).unwrap();
    let members = mixed.section_rosters.as_ref().unwrap();
    let keys: BTreeSet<&str> = members.rows.iter().map(|member| member.key.as_str()).collect();
    // The member who is no user any more went with them.
    assert_eq!(keys, BTreeSet::from(["e1", "e2", "e4", "e5"]));
    assert_eq!(mixed.people.as_ref().unwrap().rows.len(), 14);
    let orgs = mixed.orgs.as_ref().unwrap();
    assert_eq!((orgs.file.as_str(), orgs.rows.len()), ("the store", 3));
    assert_eq!(mixed.set_aside, Vec::new());
}

#[test]
fn of_1_1_a_users_row_says_all_the_roles_of_that_user() {
    let whole = Place::whole();
    let first = whole.read(Expect::Roster).unwrap();
    let header = "sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,userIds,givenName,familyName,middleName,identifier,email,sms,phone,agentSourcedIds,grades,password\n";
    let user = |role: &str, orgs: &str, status: &str| {
        let row = format!("h1,{status},WHEN,true,\"{orgs}\",{role},head,,Bo,Principal,,501,,,,,,\n");
        Place::changes("1.1", &[("users", &format!("{header}{row}"))])
    };
    // Roles with ids of their own, as 1.2 has them, are no base for this.
    let refused = user("teacher", "A", "active").over(&held(&first)).unwrap_err();
    assert_eq!(refused.code(), "missing_base");
    let mut base = held(&first);
    for role in &mut base.roles {
        role.key = format!("{} {} {}", role.person_key, role.org_key, role.role);
    }
    let roles = |delivery: &Delivery| {
        let held = &delivery.roles.as_ref().unwrap().rows;
        let of = held.iter().filter(|role| role.person_key == "h1");
        (held.len(), of.map(|role| format!("{} at {}", role.role, role.org_key)).collect::<Vec<_>>())
    };
    let demoted = user("teacher", "A,B", "active").over(&base).unwrap();
    assert_eq!(roles(&demoted), (16, vec!["teacher at A".to_owned(), "teacher at B".to_owned()]));
    let gone = user("teacher", "A", "tobedeleted").over(&base).unwrap();
    assert_eq!(roles(&gone), (14, Vec::new()));
}

#[test]
fn of_1_1_a_row_that_is_not_used_says_nothing_of_roles() {
    let mut base = held(&Place::whole().read(Expect::Roster).unwrap());
    for role in &mut base.roles {
        role.key = format!("{} {} {}", role.person_key, role.org_key, role.role);
    }
    let users = "sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,userIds,givenName,familyName,middleName,identifier,email,sms,phone,agentSourcedIds,grades,password
        t1,active,WHEN,true,A,administrator,teach,,Ada,Teacher,,1012,,,,,,
        h1,active,WHEN,true,A,administrator,head,,Bo,Principal,,501,,,,,,
        h1,tobedeleted,WHEN,,,,,,,,,,,,,,,
        new,active,WHEN,true,A,administrator,,,No,Body,,1013,,,,,,\n";
    let changed = Place::changes("1.1", &[("users", users)]).over(&base).unwrap();
    let roles = changed.roles.as_ref().unwrap();
    let of = |key: &str| {
        let of = roles.rows.iter().filter(|role| role.person_key == key);
        of.map(|role| role.role.as_str()).collect::<Vec<_>>()
    };
    // The id of another, a delete beside it, an id of another and nobody known: none of them leads a school.
    assert_eq!([of("t1"), of("h1"), of("new")], [vec!["teacher"], vec![], vec![]]);
    assert_eq!(changed.set_aside.len(), 3);
    assert_eq!((roles.read, roles.rows.len()), (14, 14));
}

#[test]
fn what_changed_without_what_it_is_laid_over_is_refused_and_says_what_to_do() {
    // Whether somebody looked what is held, or nobody did.
    for expect in [Expect::Changes(Carries::Roster, HeldRoster::default()), Expect::Roster] {
        assert_eq!(
            night().read(expect).unwrap_err().to_string(),
            "enrollments.csv holds only what changed (`delta`), and the store has no roster of its kind to lay it over. Nothing was changed. Export it as `bulk` once; after that `delta` will do"
        );
    }
    let first = Place::whole().read(Expect::Roster).unwrap();
    let base = HeldRoster { section_rosters: Vec::new(), ..held(&first) };
    let refused = night().over(&base).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "oneroster/enrollments.csv holds only what changed (`delta`), and the store has no enrollments of its kind to lay it over. Nothing was changed. Export it as `bulk` once; after that `delta` will do"
    );
}

#[test]
fn a_changed_row_that_cannot_be_used_leaves_what_is_held_as_it_is() {
    let first = Place::whole().read(Expect::Roster).unwrap();
    let place = Place::changes(
        "1.2",
        &[(
            "users",
            // A truth value that is none, the id of another person, and a row that is deleted too.
            &format!(
                "{USERS}u12,active,WHEN,perhaps,,,Kid12,Bad,,1012,,,,,03,\nu13,active,WHEN,true,,,Kid13,Twin,,1014,,,,,03,\nu15,active,WHEN,true,,,Kid15,Both,,1015,,,,,03,\nu15,tobedeleted,WHEN,,,,,,,,,,,,,\n"
            ),
        )],
    );
    let changed = place.over(&held(&first)).unwrap();
    let people = changed.people.as_ref().unwrap();
    let name = |key: &str| people.rows.iter().find(|p| p.key == key).map(|p| p.family_name.as_str());
    assert_eq!([name("u12"), name("u13"), name("u15")], [Some("Family12"), Some("Family13"), None]);
    let told: Vec<String> =
        changed.set_aside.iter().map(|row| format!("{:?} {:?}", row.column, row.reason)).collect();
    assert_eq!(
        told,
        [
            r#"Some("sourcedId") DuplicateId"#,
            r#"Some("identifier") DuplicateId"#,
            r#"Some("enabledUser") BadValue"#,
        ]
    );
    assert_eq!(people.read, people.rows.len() as u64 + people.set_aside);
}

#[test]
fn an_id_that_somebody_goes_on_with_is_given_to_nobody_else() {
    let first = Place::whole().read(Expect::Roster).unwrap();
    // Three change ids in a ring, and the last row cannot be used: each goes on with their own.
    let rows = [("12", "true", "1013"), ("13", "true", "1014"), ("14", "perhaps", "1012")]
        .map(|(of, enabled, id)| format!("u{of},active,WHEN,{enabled},,,Kid{of},Ring,,{id},,,,,03,\n"));
    let changed = Place::changes("1.2", &[("users", &format!("{USERS}{}", rows.concat()))]);
    let changed = changed.over(&held(&first)).unwrap();
    let people = changed.people.as_ref().unwrap();
    let id = |key: &str| people.rows.iter().find(|p| p.key == key).map(|p| p.id.as_str());
    assert_eq!([id("u12"), id("u13"), id("u14")], [Some("1012"), Some("1013"), Some("1014")]);
    assert_eq!(changed.set_aside.len(), 3);
    // Where every row can be used, the ring closes.
    let rows = rows.map(|row| row.replace("perhaps", "true"));
    let changed = Place::changes("1.2", &[("users", &format!("{USERS}{}", rows.concat()))]);
    let changed = changed.over(&held(&first)).unwrap();
    let people = changed.people.as_ref().unwrap();
    let id = |key: &str| people.rows.iter().find(|p| p.key == key).map(|p| p.id.as_str());
    assert_eq!([id("u12"), id("u13"), id("u14")], [Some("1013"), Some("1014"), Some("1012")]);
    assert_eq!(changed.set_aside, Vec::new());
}

#[test]
fn whole_files_hold_no_changes() {
    let whole = Place::whole();
    let of = |carries, folder: &Path| changes_in(folder, &Profile::default(), carries);
    assert_eq!(of(Carries::Roster, &whole.folder).unwrap(), None);
    assert!(of(Carries::Whole, &night().folder).unwrap().is_some());
    // Plain files have no manifest, and need none.
    assert_eq!(of(Carries::Plain, Path::new("nowhere")).unwrap(), None);
    assert_eq!(of(Carries::Roster, Path::new("nowhere")).unwrap_err().code(), "unreadable");
}

#[test]
fn the_same_changes_are_known_again_and_others_are_told_from_them() {
    let of = |place: &Place| changes_in(&place.folder, &Profile::default(), Carries::Whole).unwrap().unwrap();
    let (first, again) = (night(), night());
    // Plain files are written anew each night, and an export may say in its manifest who made it.
    fs::write(again.folder.join("attendance.csv"), "student_id,school_id,date,category\n").unwrap();
    again.edit("manifest", |line| Some(line.replace("manifest.version,1.0", "manifest.version,1.00")));
    assert_eq!(of(&first), of(&again));
    again.edit("users", |line| Some(line.replace("active", "tobedeleted")));
    assert_ne!(of(&first), of(&again));
}
