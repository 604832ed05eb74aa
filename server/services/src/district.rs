//! Adding, listing and removing districts.

use crate::{Context, Error, packs, sources};
use ::audit::Event;
use chrono_tz::Tz;
use model::ids::DistrictId;
use std::path::Path;
use store::Settings;

/// Adds a district that goes by the given packs (`us-federal` where none is given).
///
/// # Errors
/// Where the id is taken, a pack or the time zone is unknown, or the store cannot be written.
pub async fn add(
    context: &Context,
    id: &DistrictId,
    name: &str,
    time_zone: &str,
    pack_ids: &[String],
) -> Result<(), Error> {
    if time_zone.parse::<Tz>().is_err() {
        return Err(Error::NoSuchTimeZone(time_zone.to_owned()));
    }
    packs::find_all(pack_ids)?;
    let chosen = if pack_ids.is_empty() { vec!["us-federal".to_owned()] } else { pack_ids.to_vec() };
    let settings = Settings {
        id: id.clone(),
        name: name.trim().to_owned(),
        time_zone: time_zone.to_owned(),
        packs: chosen,
        demo: false,
    };
    let now = context.now();
    let district = context.directory().add(&settings, now).await?;
    let mut write = district.write().await?;
    ::audit::append(&mut write, None, now, &Event::DistrictAdded).await?;
    write.commit().await?;
    Ok(())
}

/// One line a district: its id, its name, and whether it is the demo.
///
/// # Errors
/// Where the store does not answer.
pub async fn list(context: &Context) -> Result<Vec<String>, Error> {
    let districts = context.directory().list().await?;
    Ok(districts
        .into_iter()
        .map(|d| format!("{:24} {}{}", d.id.as_str(), d.name, if d.demo { " (demo)" } else { "" }))
        .collect())
}

/// Removes a district with all its records, and from the folder `data` what was kept of fetches from its sources.
///
/// # Errors
/// Where there is no such district, a sync is at work, or the store or the folder cannot be written.
pub async fn remove(context: &Context, id: &DistrictId, data: &Path) -> Result<(), Error> {
    context.directory().remove(id).await?;
    Ok(sources::forget_all(data, id)?)
}
