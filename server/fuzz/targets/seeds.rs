//! Writes what fuzzing begins with, a folder a target: `seeds FOLDER`.

use std::fs;
use std::path::Path;

fn main() -> std::io::Result<()> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| "corpus".to_owned());
    for (target, seeds) in everpresent_fuzz::seeds() {
        let into = Path::new(&folder).join(target);
        fs::create_dir_all(&into)?;
        for (number, seed) in seeds.iter().enumerate() {
            fs::write(into.join(format!("seed-{number:02}")), seed)?;
        }
    }
    Ok(())
}
