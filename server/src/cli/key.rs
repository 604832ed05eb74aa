//! `everpresent key`: the master key under which the credentials of sources are sealed.

use super::{Common, Done};
use clap::{Args, Subcommand};
use services::Error;
use services::sources::{self, KeyPlace, MasterKey};
use std::path::PathBuf;

/// Where the master key is.
#[derive(Debug, Clone, Args)]
pub(crate) struct KeyArgs {
    /// File with the master key, under which credentials are sealed. In its place EVERPRESENT_KEY may hold the key
    /// itself.
    #[arg(long, env = "EVERPRESENT_KEY_FILE", value_name = "FILE")]
    key_file: Option<PathBuf>,
}

impl KeyArgs {
    /// The key itself is taken from the environment alone: an argument could be read by others.
    pub(crate) fn place(&self) -> KeyPlace {
        KeyPlace { file: self.key_file.clone(), text: std::env::var("EVERPRESENT_KEY").ok() }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Key {
    /// Write a new master key to a new file that only you may read. Keep it apart from the data and its backups.
    New {
        /// The file; one that is there is never overwritten.
        file: PathBuf,
    },
    /// Put the credentials of every source of every district under another master key.
    ///
    /// The present key is named by --key-file or its environment. Can be run again where it was cut off.
    Rotate {
        /// The file of the other key; made where there is none.
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
        #[command(flatten)]
        key: KeyArgs,
    },
}

impl Key {
    pub(crate) async fn run(self, common: &Common) -> Result<Done, Error> {
        match self {
            Self::New { file } => {
                let key = MasterKey::new(&crate::clock::MachineChance);
                key.write_new(&file)?;
                println!("{}", key.id());
                common.say(&format!(
                    "wrote {}; next: set EVERPRESENT_KEY_FILE to it, and keep a copy apart from the data",
                    file.display()
                ));
            }
            Self::Rotate { to, key } => {
                let context = common.context().await?;
                let from = key.place().key()?;
                let new = if to.exists() {
                    MasterKey::from_file(&to)?
                } else {
                    let new = MasterKey::new(context.chance());
                    new.write_new(&to)?;
                    new
                };
                let secrets = sources::rotate(&context, &from, &new).await?;
                println!("{}", new.id());
                common.say(&format!(
                    "{secrets} credentials are under the new key; next: set EVERPRESENT_KEY_FILE to {}",
                    to.display()
                ));
            }
        }
        Ok(Done::Clean)
    }
}
