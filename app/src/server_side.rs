//! How a server function reaches `services`: the visit and the status of the answer come through the context.

use crate::{AppError, StatusHook};
use leptos::prelude::use_context;
use model::page::Failure;
use std::future::Future;

/// Asks a service for a signed-in person; a failure also becomes the status of the response.
///
/// # Errors
/// What the service says, or [`Failure::NotSignedIn`] where nobody is signed in.
pub(crate) async fn answer<T, F>(ask: impl FnOnce(services::Visit) -> F) -> Result<T, AppError>
where
    F: Future<Output = Result<T, Failure>>,
{
    let hook = use_context::<StatusHook>();
    let outcome = match use_context::<services::Visit>() {
        Some(visit) => ask(visit).await,
        None => Err(Failure::NotSignedIn),
    };
    outcome.map_err(|failure| report(hook, failure))
}

/// Asks a service for somebody who need not be signed in.
///
/// # Errors
/// What the service says.
pub(crate) async fn answer_anyone<T, F>(ask: impl FnOnce(services::Front) -> F) -> Result<T, AppError>
where
    F: Future<Output = Result<T, Failure>>,
{
    let hook = use_context::<StatusHook>();
    let outcome = match use_context::<services::Front>() {
        Some(front) => ask(front).await,
        None => Err(Failure::Broken),
    };
    outcome.map_err(|failure| report(hook, failure))
}

fn report(hook: Option<StatusHook>, failure: Failure) -> AppError {
    let error = AppError(failure);
    if let Some(StatusHook(set)) = hook {
        set(error.status());
    }
    error
}

/// The student to show beside a list, by the text in the address, or why not: that is the status of the response then,
/// as it is on the student's own page.
pub(crate) async fn open(visit: &services::Visit, text: Option<String>) -> Option<crate::pages::Opened> {
    let text = text?;
    let outcome = match id(&text) {
        Ok(id) => services::student::page(visit, id).await,
        Err(failure) => Err(failure),
    };
    Some(match outcome {
        Ok(page) => crate::pages::Opened::Student(Box::new(page)),
        Err(failure) => crate::pages::Opened::Failed(report(use_context::<StatusHook>(), failure)),
    })
}

/// What `/` shows: the worklist to those who have one (with a student beside it), the family page to everybody else.
///
/// # Errors
/// What the services say.
pub(crate) async fn home(
    visit: &services::Visit,
    filter: model::page::WorklistFilter,
    beside: Option<String>,
) -> Result<crate::pages::Home, Failure> {
    let viewer = services::frame::viewer(visit).await?;
    if viewer.capabilities.contains(&model::role::Capability::Worklist) {
        let list = services::today::worklist(visit, filter.clone()).await?;
        Ok(crate::pages::Home::Work { list: Box::new(list), filter, opened: open(visit, beside).await })
    } else {
        services::family::page(visit).await.map(crate::pages::Home::Family)
    }
}

/// Reads an id from an address. What is no id names nothing.
///
/// # Errors
/// [`Failure::NotFound`], the same as for a record that is not there.
pub(crate) fn id<T: std::str::FromStr>(text: &str) -> Result<T, Failure> {
    text.parse().map_err(|_| Failure::NotFound)
}
