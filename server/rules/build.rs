//! Collects the packs that come with the program: every `packs/*.toml`, in order of its name.

use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=packs");
    let folder = Path::new(&env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?).join("packs");
    let mut paths: Vec<_> =
        fs::read_dir(&folder)?.collect::<Result<Vec<_>, _>>()?.iter().map(|e| e.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "toml"));
    paths.sort();
    let mut list = String::from("[\n");
    for path in &paths {
        let name = format!("packs/{}", path.file_name().unwrap_or_default().to_string_lossy());
        // By the place of the crate as it is compiled: clones may share a target folder.
        let file = format!("concat!(env!(\"CARGO_MANIFEST_DIR\"), {:?})", format!("/{name}"));
        list.push_str(&format!("    ({name:?}, include_str!({file})),\n"));
    }
    list.push_str("]\n");
    let out = env::var("OUT_DIR").map_err(io::Error::other)?;
    fs::write(Path::new(&out).join("packs.rs"), list)
}
