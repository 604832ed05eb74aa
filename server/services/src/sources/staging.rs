//! The folder in which what was fetched lies until it was read: private, of one district, and gone afterwards.

use super::Fault;
use model::ids::DistrictId;
use std::fs::DirBuilder;
use std::io::ErrorKind;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// A folder that vanishes with this.
pub(crate) struct Staging(PathBuf);

impl Staging {
    /// Makes it, empty. Whoever calls this has the right to sync the district, so what lies there was left by a run
    /// that was cut off, and goes.
    pub(crate) fn new(within: &Path, district: &DistrictId) -> Result<Self, Fault> {
        let folder = within.join("staging").join(district.as_str());
        let fault =
            |e: std::io::Error| Fault::Staging { place: folder.display().to_string(), why: e.to_string() };
        remove(&folder).map_err(fault)?;
        DirBuilder::new().recursive(true).mode(0o700).create(&folder).map_err(fault)?;
        Ok(Self(folder))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        if let Err(error) = remove(&self.0) {
            tracing::error!(%error, "what was fetched for a sync could not be removed from the staging folder");
        }
    }
}

fn remove(folder: &Path) -> std::io::Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(e) if e.kind() != ErrorKind::NotFound => Err(e),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn what_is_fetched_lies_in_a_private_folder_and_goes_also_after_a_run_that_was_cut_off() {
        let data = tempfile::tempdir().unwrap();
        let town = "town".parse().unwrap();
        let staging = Staging::new(data.path(), &town).unwrap();
        let mode = std::fs::metadata(staging.path()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
        std::fs::write(staging.path().join("users.csv"), "x").unwrap();
        // Killed: nothing was dropped.
        std::mem::forget(staging);
        let staging = Staging::new(data.path(), &town).unwrap();
        assert_eq!(std::fs::read_dir(staging.path()).unwrap().count(), 0);
        let folder = staging.path().to_owned();
        drop(staging);
        assert!(!folder.exists());
    }
}
