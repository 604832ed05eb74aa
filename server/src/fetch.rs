//! Who asks servers for their data. No protocol is spoken yet: a source that is a server is kept, with its credentials,
//! and a sync from it is refused.

use services::sources::{Fetched, Fetcher, NotFetched, Wanted};

/// Asks nobody.
#[derive(Debug, Clone, Copy)]
pub struct NoServers;

impl Fetcher for NoServers {
    fn fetch<'a>(&'a self, wanted: Wanted<'a>) -> Fetched<'a> {
        let why = format!(
            "this version does not ask {} servers yet. Export files and use `everpresent sync DISTRICT --from PATH`",
            wanted.kind.name()
        );
        Box::pin(async move { Err(NotFetched { code: "no_adapter", why }) })
    }
}
