//! `everpresent serve`: the pages, and beside them the loop that does what is due.

use super::key::KeyArgs;
use super::mail::MailArgs;
use super::{Common, Done};
use crate::web;
use clap::Args;
use services::{Context, Error, alerts, jobs, sources};
use std::io::IsTerminal;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// Serves the pages of every district of the store, syncs their sources when they are due, and tells those
/// who lead a district when one is late, failed or waits for them.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    #[command(flatten)]
    listen: Listen,
}

/// Where to listen.
#[derive(Debug, Clone, Args)]
pub(crate) struct Listen {
    /// The address to listen on.
    #[arg(long, default_value = "127.0.0.1:3000", value_name = "HOST:PORT")]
    addr: SocketAddr,
    /// People reach the site over TLS (a proxy in front of it): cookies are then Secure. Always so off loopback.
    #[arg(long, env = "EVERPRESENT_OVER_TLS")]
    over_tls: bool,
    #[command(flatten)]
    key: KeyArgs,
    #[command(flatten)]
    mail: MailArgs,
    /// Folder of the browser's files. Default: `site` beside the program's own folder.
    #[arg(long, env = "EVERPRESENT_SITE", value_name = "DIR")]
    site: Option<PathBuf>,
}

impl Serve {
    pub(crate) async fn run(self, common: &Common) -> Result<Done, Error> {
        let context = common.context().await?;
        self.listen.serve(context, common, &[]).await
    }
}

impl Listen {
    /// Serves until a signal asks to stop; then requests under way are finished, and jobs too, or given back.
    pub(crate) async fn serve(
        &self,
        context: Context,
        common: &Common,
        notes: &[String],
    ) -> Result<Done, Error> {
        start_log();
        // The people of the demo are made up, and so are their addresses.
        let post = if context.is_demo() { None } else { self.mail.post()? };
        if post.is_none() && !context.is_demo() {
            common.say("EVERPRESENT_SMTP names no mail server: what is wrong with a source is said on the pages alone");
        }
        let site_folder = self.site.clone().unwrap_or_else(default_site);
        let site = web::Site {
            context,
            options: web::leptos_options(&site_folder),
            over_tls: self.over_tls || leaves_the_machine(self.addr.ip()),
            data: common.data().to_owned(),
        };
        if !site_folder.join("pkg").is_dir() {
            common.say(&format!(
                "no browser files in {}: pages are served without style and scripts; `make build` makes them",
                site_folder.display()
            ));
        }
        let listener = TcpListener::bind(self.addr)
            .await
            .map_err(|error| Error::Place { place: self.addr.to_string(), why: error.to_string() })?;
        let address = listener.local_addr().map_or(self.addr, |address| address);
        println!("Everpresent is at http://{address}");
        for note in notes {
            println!("{note}");
        }
        let means = sources::Means {
            keys: self.key.place(),
            data: common.data().to_owned(),
            fetcher: Arc::new(sources::Servers::new(&site.context)),
            post: post.map(|post| Arc::new(post) as Arc<dyn alerts::Post>),
        };
        let (ask, asked) = watch::channel(false);
        let jobs = tokio::spawn(jobs::run(site.context.clone(), means, asked));
        let stop = async move {
            asked_to_stop().await;
            let _ = ask.send(true);
        };
        axum::serve(listener, web::router(site))
            .with_graceful_shutdown(stop)
            .await
            .map_err(|error| Error::Place { place: address.to_string(), why: error.to_string() })?;
        let _ = jobs.await;
        common.say("stopped; requests under way were finished");
        Ok(Done::Clean)
    }
}

/// Whether what is sent from an address is sent over a network: then a cookie must be Secure.
fn leaves_the_machine(address: IpAddr) -> bool {
    !address.is_loopback()
}

/// `target/release/everpresent` → `target/site`.
fn default_site() -> PathBuf {
    std::env::current_exe()
        .ok()
        .and_then(|program| Some(program.parent()?.parent()?.join("site")))
        .unwrap_or_else(|| PathBuf::from("target/site"))
}

/// Lines on stderr; `RUST_LOG` says how many. No body, query or name is ever logged.
fn start_log() {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(web::LOGGED));
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        // A file keeps no colours.
        .with_ansi(std::io::stderr().is_terminal())
        .try_init();
}

async fn asked_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let interrupt = tokio::signal::ctrl_c();
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        let _ = interrupt.await;
        return;
    };
    tokio::select! {
        _ = interrupt => {}
        _ = terminate.recv() => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_loopback_address_stays_on_the_machine() {
        for (address, leaves) in
            [("127.0.0.1", false), ("::1", false), ("0.0.0.0", true), ("::", true), ("192.168.1.20", true)]
        {
            assert_eq!(leaves_the_machine(address.parse().unwrap()), leaves, "{address}");
        }
    }
}
