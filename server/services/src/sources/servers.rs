//! Asks servers for their data, by the adapters of `sis`.

use super::fetch::{Fetched, Fetcher, NotFetched, Wanted};
use crate::Context;
use sis::remote::{self, FetchError, Secrets, Tools, Why};
use std::pin::Pin;
use std::time::Duration;

/// Asks servers over the network.
pub struct Servers(Context);

impl Servers {
    /// By the clock and the chance of the program.
    pub fn new(context: &Context) -> Self {
        Self(context.clone())
    }
}

impl Tools for Servers {
    fn now(&self) -> i64 {
        self.0.now().timestamp()
    }

    fn sleep(&self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(tokio::time::sleep(time))
    }

    fn nonce(&self) -> String {
        format!("{:016x}{:016x}", self.0.chance().bits(), self.0.chance().bits())
    }
}

impl Fetcher for Servers {
    fn fetch<'a>(&'a self, wanted: Wanted<'a>) -> Fetched<'a> {
        Box::pin(async move {
            let secrets = Secrets::new(wanted.client_id.as_str(), wanted.client_secret.as_str());
            let progress = wanted.progress;
            let mut heard = |fetched: remote::Fetched| {
                progress.at(&format!("fetching {}", fetched.resource), fetched.rows, 0);
            };
            let Wanted { of, keep, into, .. } = wanted;
            let staged = remote::fetch(of, &secrets, keep, into, self, &mut heard).await;
            let staged = staged.map_err(|error| NotFetched {
                passes: passes(&error),
                code: code(&error),
                why: error.to_string(),
            })?;
            let note = |absent: &&str| format!("the server does not show {absent}; it was left out");
            Ok(staged.absent.iter().map(note).chain(staged.notes).collect())
        })
    }
}

/// Whether it may pass by itself: the network, a server that is busy or has a fault, a full disk. Not what somebody has to
/// put right.
fn passes(error: &FetchError) -> bool {
    match error.why {
        Why::UnknownHost | Why::Cut | Why::TooSlow | Why::Busy(_) | Why::Unsteady | Why::Disk(_) => true,
        Why::Status(status) => status >= 500,
        Why::BadAddress
        | Why::NotSecure
        | Why::Private
        | Why::Untrusted
        | Why::Redirect(_)
        | Why::SignIn(_)
        | Why::Forbidden(_)
        | Why::Missing(_)
        | Why::TooLarge(_)
        | Why::Unreadable(_) => false,
    }
}

/// The cause as a stable code, for the audit log and the source's runs.
fn code(error: &FetchError) -> &'static str {
    match error.why {
        Why::BadAddress | Why::NotSecure | Why::Private | Why::UnknownHost => "fetch_address",
        Why::Cut | Why::TooSlow => "fetch_unreachable",
        Why::Untrusted => "fetch_untrusted",
        Why::Redirect(_) => "fetch_redirect",
        Why::SignIn(_) => "fetch_sign_in",
        Why::Forbidden(_) => "fetch_forbidden",
        Why::Missing(_) => "fetch_missing",
        Why::Busy(_) => "fetch_busy",
        Why::Status(_) => "fetch_status",
        Why::TooLarge(_) => "fetch_too_large",
        Why::Unreadable(_) => "fetch_unreadable",
        Why::Unsteady => "fetch_unsteady",
        Why::Disk(_) => "fetch_disk",
    }
}
