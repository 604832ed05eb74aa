//! Opening, finding and ending sessions.

use crate::context::DemoMode;
use crate::token::Token;
use crate::{Context, Error, Front, Visit};
use ::audit::Event;
use access::Scope;
use chrono::TimeDelta;
use model::ids::PersonId;
use model::page::{Failure, SignInPage};
use store::District;
use store::session::SessionLimits;

/// Half an hour without a request, or half a day in all, ends a session.
const LIMITS: SessionLimits = SessionLimits { idle: TimeDelta::minutes(30), absolute: TimeDelta::hours(12) };
/// Requests within a minute are noted once.
const NOTED_EVERY: TimeDelta = TimeDelta::minutes(1);

/// A session's token, for the cookie.
pub type SessionToken = Token;

/// The sign-in page: in the demo, with the people to step into.
///
/// # Errors
/// None; the page has no other source than the program itself.
pub async fn page(front: &Front) -> Result<SignInPage, Failure> {
    let demo_people = front.context.demo().map(|demo| demo.people.clone()).unwrap_or_default();
    Ok(SignInPage { demo_people })
}

/// Who is behind a session's token; `None` where the session has ended or its person has no role left.
///
/// # Errors
/// Where the store does not answer.
pub async fn identify(context: &Context, token: &str) -> Result<Option<Visit>, Error> {
    let Some(token) = Token::read(token) else { return Ok(None) };
    let Some(district) = known(context, &token).await? else { return Ok(None) };
    let now = context.now();
    let Some(session) = district.find_session(&token.hash(), now, LIMITS).await? else { return Ok(None) };
    if now - session.last_seen > NOTED_EVERY {
        district.touch_session(&token.hash(), now).await?;
    }
    let Some(scope) = scope_of(context, &district, session.person).await? else { return Ok(None) };
    let demo = context.demo().is_some_and(|demo| &demo.district == district.id());
    Ok(Some(Visit { context: context.clone(), district, scope, demo }))
}

/// Uses an invitation up and opens the session it promises; `None` where it is unknown, used or expired.
///
/// # Errors
/// Where the store does not answer.
pub async fn redeem(context: &Context, token: &str) -> Result<Option<SessionToken>, Error> {
    let Some(invitation) = Token::read(token) else { return Ok(None) };
    let Some(district) = known(context, &invitation).await? else { return Ok(None) };
    let now = context.now();
    let mut write = district.write().await?;
    let Some((person, role)) = write.redeem_invitation(&invitation.hash(), now).await? else {
        return Ok(None);
    };
    let session = Token::mint(district.id().clone(), context);
    write.end_old_sessions(now, LIMITS).await?;
    write.create_session(&session.hash(), person, now).await?;
    ::audit::append(&mut write, Some(person), now, &Event::InvitationUsed { role }).await?;
    ::audit::append(&mut write, Some(person), now, &Event::SignedIn).await?;
    write.commit().await?;
    Ok(Some(session))
}

/// Opens a session for one of the demo's people; `None` for anybody else, for those who may see nothing, and outside
/// the demo.
///
/// # Errors
/// Where the store does not answer.
pub async fn step_into(context: &Context, person: PersonId) -> Result<Option<SessionToken>, Error> {
    let Some(DemoMode { district, people, .. }) = context.demo() else { return Ok(None) };
    if !people.iter().any(|listed| listed.person == person) {
        return Ok(None);
    }
    let district = context.district(district).await?;
    if scope_of(context, &district, person).await?.is_none() {
        return Ok(None);
    }
    let now = context.now();
    let session = Token::mint(district.id().clone(), context);
    let mut write = district.write().await?;
    write.create_session(&session.hash(), person, now).await?;
    ::audit::append(&mut write, Some(person), now, &Event::SignedIn).await?;
    write.commit().await?;
    Ok(Some(session))
}

/// Ends a session. One that has ended already stays ended.
///
/// # Errors
/// Where the store does not answer.
pub async fn sign_out(context: &Context, token: &str) -> Result<(), Error> {
    let Some(token) = Token::read(token) else { return Ok(()) };
    let Some(district) = known(context, &token).await? else { return Ok(()) };
    let now = context.now();
    let Some(session) = district.find_session(&token.hash(), now, LIMITS).await? else { return Ok(()) };
    let mut write = district.write().await?;
    write.end_session(&token.hash()).await?;
    ::audit::append(&mut write, Some(session.person), now, &Event::SignedOut).await?;
    write.commit().await?;
    Ok(())
}

/// The district a token names; `None` where there is none: a token from elsewhere is nobody's.
pub(crate) async fn known(context: &Context, token: &Token) -> Result<Option<District>, Error> {
    match context.district(&token.district).await {
        Ok(district) => Ok(Some(district)),
        Err(Error::Store(store::Error::NoDistrict(_))) => Ok(None),
        Err(error) => Err(error),
    }
}

/// A person's scope of today; `None` where no grant is in force.
pub(crate) async fn scope_of(
    context: &Context,
    district: &District,
    person: PersonId,
) -> Result<Option<Scope>, Error> {
    let today = context.today(district);
    let school_day = district.school_day(today).await?.unwrap_or(today);
    Ok(Scope::of_person(district.grants_of(person).await?, today, school_day))
}
