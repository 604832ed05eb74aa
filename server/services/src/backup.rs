//! A verified copy of a district, and the way back.

use crate::{Context, Error};
use ::audit::Event;
use model::ids::DistrictId;
use std::path::Path;
use store::Settings;
use store::backup::Seal;

/// Writes a copy while the district is in use; one sentence with what it holds.
///
/// # Errors
/// Where the file cannot be written, or does not hold what was written.
pub async fn write(context: &Context, id: &DistrictId, to: &Path) -> Result<String, Error> {
    let district = context.district(id).await?;
    let now = context.now();
    let mut write = district.write().await?;
    ::audit::append(&mut write, None, now, &Event::BackupMade).await?;
    write.commit().await?;
    let seal = district.backup(to, now).await?;
    Ok(format!("{} holds {id}: {}", to.display(), holds(&seal)))
}

/// Puts a district back as a backup holds it; one that is not in the store is added. Everybody is signed out.
///
/// # Errors
/// Where the file does not verify, a sync is at work, or the store cannot be written. Nothing was changed then.
pub async fn restore(context: &Context, id: &DistrictId, from: &Path) -> Result<String, Error> {
    let now = context.now();
    let (district, added) = match context.district(id).await {
        Err(Error::Store(store::Error::NoDistrict(_))) => {
            // Its name and the rest come with the backup.
            let settings = Settings {
                id: id.clone(),
                name: id.to_string(),
                time_zone: "UTC".to_owned(),
                packs: Vec::new(),
                demo: false,
            };
            (context.directory().add(&settings, now).await?, true)
        }
        found => (found?, false),
    };
    let restored = async {
        let who = format!("process {}", std::process::id());
        let mut tx = context.directory().begin_restore(&district, from, &who, now).await?;
        let made_at = tx.seal().made_at;
        ::audit::append(tx.write(), None, now, &Event::Restored { made_at }).await?;
        Ok::<Seal, Error>(tx.commit().await?)
    };
    match restored.await {
        Ok(seal) => Ok(format!("{id} is as {} holds it: {}", from.display(), holds(&seal))),
        Err(error) => {
            // Nothing was changed: a district that was added only for this goes again.
            if added {
                context.directory().remove(id).await?;
            }
            Err(error)
        }
    }
}

fn holds(seal: &Seal) -> String {
    let rows: u64 = seal.rows.values().sum();
    format!(
        "{rows} rows in {} tables, made {}, strips {}",
        seal.rows.len(),
        seal.made_at.format("%Y-%m-%d %H:%M UTC"),
        seal.strips
    )
}
