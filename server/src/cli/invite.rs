//! `everpresent invite`: a one-time link; what was given so, and its end.

use super::{Common, Done};
use clap::Args;
use model::ids::DistrictId;
use model::role::Role;
use services::{Error, invite};

/// Prints a one-time link that opens a person's first session. It ends after a day. With --list or --revoke: what was
/// given so, and its end.
#[derive(Debug, Args)]
pub(crate) struct Invite {
    /// The district.
    district: DistrictId,
    /// The role: teacher, counselor, school-administrator, district-administrator, guardian, adult-student; OneRoster's
    /// words (principal, siteAdministrator, parent …) are understood.
    #[arg(long, value_parser = read_role, required_unless_present_any = ["list", "revoke"])]
    role: Option<Role>,
    /// The person, by the id their school uses. They must hold the role in the roster. Without it: the only person
    /// who holds the role; for a district administrator, a new person made for this link.
    #[arg(long, value_name = "ID")]
    person: Option<String>,
    /// The address at which people reach the site.
    #[arg(long, env = "EVERPRESENT_URL", default_value = "http://127.0.0.1:3000", value_name = "URL")]
    url: String,
    /// List the grants given by this command and the links nobody has used: id, role, state.
    #[arg(long, conflicts_with_all = ["role", "person", "revoke"])]
    list: bool,
    /// End at once what this command gave a person: the grant, unused links, and every session of theirs. What the
    /// roster grants stays.
    #[arg(long, value_name = "ID", conflicts_with_all = ["role", "person"])]
    revoke: Option<String>,
}

fn read_role(text: &str) -> Result<Role, String> {
    Role::read(text).ok_or_else(|| {
        let known: Vec<&str> = Role::ALL.iter().map(|role| role.name()).collect();
        format!("no such role; one of {} is expected", known.join(", "))
    })
}

impl Invite {
    pub(crate) async fn run(self, common: &Common) -> Result<Done, Error> {
        let context = common.context().await?;
        if let Some(person) = &self.revoke {
            let ended = invite::revoke(&context, &self.district, person).await?;
            common.say(&format!(
                "ended: grants {}, unused links {}, sessions {}",
                ended.grants, ended.links, ended.sessions
            ));
        }
        if self.list {
            for line in invite::list(&context, &self.district).await? {
                println!("{line}");
            }
        }
        // Without a role there is nobody to invite: one of the two above was asked for.
        if let Some(role) = self.role {
            let invitation = invite::make(&context, &self.district, role, self.person.as_deref()).await?;
            println!("{}/invitation/{}", self.url.trim_end_matches('/'), invitation.reveal());
            common.say(&format!("opens one session, until {}", invitation.expires_local()));
        }
        Ok(Done::Clean)
    }
}
