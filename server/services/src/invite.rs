//! A one-time link that opens a person's first session; what was given so, and its end.

use crate::context::local;
use crate::sign_in::scope_of;
use crate::token::Token;
use crate::{Context, Error};
use ::audit::Event;
use access::{Grant, GrantScope, Scope};
use chrono::{DateTime, TimeDelta, Utc};
use model::ids::{DistrictId, PersonId};
use model::role::Role;
use store::District;
use store::invited::Ended;

/// An invitation may be used for a day.
const LASTS: TimeDelta = TimeDelta::hours(24);

/// An invitation that was made.
#[derive(Debug, Clone)]
pub struct Invitation {
    token: Token,
    expires_local: String,
}

impl Invitation {
    /// The last part of its link, for whoever is invited and for nobody else.
    pub fn reveal(&self) -> String {
        self.token.reveal()
    }

    /// Until when it may be used, by the district's clock.
    pub fn expires_local(&self) -> &str {
        &self.expires_local
    }
}

/// Makes an invitation for a person who holds the role in the roster. Without a person: for the only one who holds it;
/// for a district administrator, for a new person.
///
/// # Errors
/// Where nobody, or more than one person, holds the role, or the person named does not.
pub async fn make(
    context: &Context,
    id: &DistrictId,
    role: Role,
    person: Option<&str>,
) -> Result<Invitation, Error> {
    let district = context.district(id).await?;
    let now = context.now();
    let person = match (person, role) {
        (Some(local_id), _) => holder(context, &district, role, local_id).await?,
        (None, Role::DistrictAdministrator) => new_administrator(context, &district, now).await?,
        (None, _) => only_holder(context, &district, role).await?,
    };
    let token = Token::mint(id.clone(), context);
    let expires = now + LASTS;
    let mut write = district.write().await?;
    write.create_invitation(&token.hash(), person, role, now, expires).await?;
    ::audit::append(&mut write, None, now, &Event::InvitationMade { person, role }).await?;
    write.commit().await?;
    Ok(Invitation { token, expires_local: local(&district, expires) })
}

/// What was given by command and is in force: a line each, `ID<tab>ROLE<tab>STATE`, without names.
///
/// # Errors
/// Where the store does not answer.
pub async fn list(context: &Context, id: &DistrictId) -> Result<Vec<String>, Error> {
    let district = context.district(id).await?;
    let scope = system(context, &district).await?;
    let (grants, links) = district.invited(&scope, context.now()).await?;
    let granted = grants.into_iter().map(|grant| {
        let sessions = if grant.sessions == 1 { "session" } else { "sessions" };
        format!("{}\t{}\tgranted, {} {sessions}", grant.local_id, grant.role, grant.sessions)
    });
    let open = links.into_iter().map(|link| {
        let until = local(&district, link.expires);
        format!("{}\t{}\tunused link, until {until}", link.local_id, link.role)
    });
    Ok(granted.chain(open).collect())
}

/// Ends what was given to a person by command (the grant, unused links) and all their sessions, with its audit event in
/// one transaction. What the roster grants stays: it ends with the roster.
///
/// # Errors
/// Where there is no such person, or nothing to end; nothing is changed then.
pub async fn revoke(context: &Context, id: &DistrictId, local_id: &str) -> Result<Ended, Error> {
    let district = context.district(id).await?;
    let scope = system(context, &district).await?;
    let people = district.find_people(&scope, local_id).await?;
    let [found] = people.as_slice() else {
        let found = if people.is_empty() { "nobody has" } else { "more than one person has" };
        return Err(Error::Invitation(format!(
            "{found} the id `{local_id}` in {id}; an id that `everpresent invite {id} --list` prints is expected"
        )));
    };
    let person = found.id;
    let now = context.now();
    let mut write = district.write().await?;
    let ended = write.end_invited(person, now).await?;
    if ended == Ended::default() {
        return Err(Error::Invitation(format!(
            "`{local_id}` has no grant by command, no unused link and no session in {id}: nothing to end"
        )));
    }
    let Ended { grants, links, sessions } = ended;
    let event = Event::InvitationRevoked { person, grants, links, sessions };
    ::audit::append(&mut write, None, now, &event).await?;
    write.commit().await?;
    Ok(ended)
}

async fn holder(
    context: &Context,
    district: &District,
    role: Role,
    local_id: &str,
) -> Result<PersonId, Error> {
    let scope = system(context, district).await?;
    let people = district.find_people(&scope, local_id).await?;
    for person in &people {
        let held = scope_of(context, district, person.id).await?;
        if held.is_some_and(|scope| scope.roles().contains(&role)) {
            return Ok(person.id);
        }
    }
    Err(Error::Invitation(if people.is_empty() {
        format!(
            "there is no person `{local_id}` in {}; the id of the roster (identifier) is expected",
            district.id()
        )
    } else {
        format!("`{local_id}` does not hold the role {role} in {} today, so no link was made", district.id())
    }))
}

async fn only_holder(context: &Context, district: &District, role: Role) -> Result<PersonId, Error> {
    let scope = system(context, district).await?;
    let mut holders = district.entitled(&scope).await?;
    holders.retain(|entitled| {
        let in_force = |g: &Grant| g.role == role && g.in_force(scope.today(), scope.school_day());
        entitled.grants.iter().any(in_force)
    });
    match holders.as_slice() {
        [only] => Ok(only.person.id),
        [] => Err(Error::Invitation(format!("nobody in {} holds the role {role} today", district.id()))),
        several => {
            let some: Vec<&str> = several.iter().take(10).map(|e| e.person.local_id.as_str()).collect();
            Err(Error::Invitation(format!(
                "{} people in {} hold the role {role}; say which with --person ID: {}{}",
                several.len(),
                district.id(),
                some.join(", "),
                if several.len() > some.len() { " …" } else { "" },
            )))
        }
    }
}

/// A district administrator made by the command: in no roster, and left alone by every sync.
async fn new_administrator(
    context: &Context,
    district: &District,
    now: DateTime<Utc>,
) -> Result<PersonId, Error> {
    let person = PersonId::from_random(context.chance().bits());
    let mut write = district.write().await?;
    write.add_invited_person(person, "District", "Administrator").await?;
    let grant =
        Grant { role: Role::DistrictAdministrator, scope: GrantScope::District, from: None, to: None };
    write.add_invited_grant(person, grant).await?;
    ::audit::append(&mut write, None, now, &Event::AdministratorMade { person }).await?;
    write.commit().await?;
    Ok(person)
}

async fn system(context: &Context, district: &District) -> Result<Scope, Error> {
    let today = context.today(district);
    Ok(Scope::system("invite", today, district.school_day(today).await?.unwrap_or(today)))
}
