//! `everpresent district`: the districts of this store.

use super::{Common, Done};
use clap::Subcommand;
use model::ids::DistrictId;
use services::{Error, district};

#[derive(Debug, Subcommand)]
pub(crate) enum District {
    /// Add a district.
    Add {
        /// Its id: 2 to 40 of a-z, 0-9 and -.
        id: DistrictId,
        /// Its name, as people know it.
        #[arg(long)]
        name: String,
        /// Its time zone, such as America/Chicago.
        #[arg(long, default_value = "America/New_York", value_name = "TZ")]
        time_zone: String,
        /// A rule pack it goes by; may be repeated. Default: us-federal.
        #[arg(long = "pack", value_name = "ID")]
        packs: Vec<String>,
    },
    /// List the districts.
    List,
    /// Remove a district with all its records, for good.
    Remove {
        /// Its id.
        id: DistrictId,
    },
}

impl District {
    pub(crate) async fn run(self, common: &Common) -> Result<Done, Error> {
        let context = common.context().await?;
        match self {
            Self::Add { id, name, time_zone, packs } => {
                district::add(&context, &id, &name, &time_zone, &packs).await?;
                common.say(&format!("added {id}; next: everpresent sync {id} --from FOLDER"));
            }
            Self::List => {
                for district in district::list(&context).await? {
                    println!("{district}");
                }
            }
            Self::Remove { id } => {
                district::remove(&context, &id, common.data()).await?;
                common.say(&format!("removed {id} and all its records"));
            }
        }
        Ok(Done::Clean)
    }
}
