//! `everpresent mail`: the mail that tells people of what is wrong with a source.

use super::{Common, Done};
use crate::clock::{MachineChance, MachineClock};
use crate::mail::{FROM, SMTP, Smtp};
use clap::{Args, Subcommand};
use services::{Chance, Clock, Error};

/// How mail is sent.
#[derive(Debug, Clone, Args)]
pub(crate) struct MailArgs {
    /// Who writes the mail about sources, such as "Everpresent <attendance@district.example>". The server is named by
    /// EVERPRESENT_SMTP alone, for it holds a password: smtp://user:password@host:587 (STARTTLS, demanded but on this
    /// machine) or smtps://user:password@host:465. Without it no mail is sent.
    #[arg(long, env = "EVERPRESENT_MAIL_FROM", value_name = "ADDRESS")]
    mail_from: Option<String>,
    /// The address at which people reach the site, for links in mail.
    #[arg(long, env = "EVERPRESENT_URL", value_name = "URL")]
    url: Option<String>,
}

impl MailArgs {
    /// The mail server; `None` where none is named.
    pub(crate) fn post(&self) -> Result<Option<Smtp>, Error> {
        // An argument could be read by others.
        let Some(url) = std::env::var(SMTP).ok().filter(|url| !url.trim().is_empty()) else {
            return Ok(None);
        };
        let from = self.mail_from.as_deref().ok_or_else(|| Error::Place {
            place: FROM.to_owned(),
            why: format!(
                "{SMTP} names a server and nobody who writes; set it to an address, or give --mail-from"
            ),
        })?;
        Smtp::new(&url, from, self.url.as_deref()).map(Some)
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Mail {
    /// Send one mail that only shows that mail arrives.
    Test {
        /// To whom.
        #[arg(long, value_name = "ADDRESS")]
        to: String,
        #[command(flatten)]
        mail: MailArgs,
    },
}

impl Mail {
    pub(crate) async fn run(self, common: &Common) -> Result<Done, Error> {
        let Self::Test { to, mail } = self;
        let smtp = mail.post()?.ok_or_else(|| Error::Place {
            place: SMTP.to_owned(),
            why: "no mail server is named; set it to smtp://user:password@host:587".to_owned(),
        })?;
        let id = format!("test.{:016x}", MachineChance.bits());
        smtp.test(&to, &id, MachineClock.now()).await?;
        println!("sent to {to}");
        common.say("the server took it; if it does not arrive, look among what was sorted out as spam");
        Ok(Done::Clean)
    }
}
