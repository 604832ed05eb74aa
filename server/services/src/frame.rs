//! The frame around each page: who is signed in, and where they may go.

use crate::{Error, Visit};
use access::scope::SchoolReach;
use model::page::{Failure, Viewer};

/// Who is signed in.
///
/// # Errors
/// Where the store does not answer.
pub async fn viewer(visit: &Visit) -> Result<Viewer, Failure> {
    view(visit).await.map_err(Error::into_failure)
}

async fn view(visit: &Visit) -> Result<Viewer, Error> {
    let name = visit.district.own_name(&visit.scope).await?;
    let reach = visit.scope.schools_with_figures();
    let schools = if reach == SchoolReach::Only(Vec::new()) {
        Vec::new()
    } else {
        visit.district.schools(&visit.scope).await?.into_iter().filter(|s| reach.holds(s.id)).collect()
    };
    let settings = visit.district.settings();
    Ok(Viewer {
        name: name
            .map(|n| format!("{} {}", n.given_name, n.family_name).trim().to_owned())
            .unwrap_or_default(),
        district: settings.name.clone(),
        demo: visit.demo,
        roles: visit.scope.roles(),
        capabilities: visit.scope.capabilities(),
        schools,
    })
}
