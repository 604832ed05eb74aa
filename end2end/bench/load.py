"""The first load of a district's export into SQLite, against DuckDB loading the same CSV files into tables."""

import shutil
import zipfile
from pathlib import Path

import duckdb

from measure import median_of, run, timed


def write_exports(program: Path, students: int, folder: Path, scratch: Path) -> None:
    """The export of a demo district; untimed."""
    shutil.rmtree(folder, ignore_errors=True)
    store = scratch / "demo-store"
    shutil.rmtree(store, ignore_errors=True)
    run([program, "demo", "--students", str(students), "--seed", "7", "--today", "2026-05-29", "--no-serve", "--quiet",
         "--out", folder, "--data", store], allowed=(0, 3))
    shutil.rmtree(store, ignore_errors=True)


def into_sqlite(program: Path, export: Path, store: Path) -> float:
    """Seconds of a first sync into an empty store."""
    shutil.rmtree(store, ignore_errors=True)
    run([program, "district", "add", "bench", "--name", "Bench", "--data", store])
    return run([program, "sync", "bench", "--from", export, "--data", store, "--quiet"], allowed=(0, 3)).seconds


def csv_files(export: Path, scratch: Path) -> list[Path]:
    """The export's CSV files, those in a zip unpacked beforehand."""
    unpacked = scratch / "unpacked"
    shutil.rmtree(unpacked, ignore_errors=True)
    for archive in export.rglob("*.zip"):
        with zipfile.ZipFile(archive) as opened:
            opened.extractall(unpacked / archive.stem)
    return sorted(export.rglob("*.csv")) + sorted(unpacked.rglob("*.csv"))


def into_duckdb(files: list[Path], database: Path, threads: int) -> None:
    database.unlink(missing_ok=True)
    connection = duckdb.connect(str(database), config={"threads": threads})
    for number, file in enumerate(files):
        connection.execute(f"CREATE TABLE t{number} AS SELECT * FROM read_csv('{file}', header = true)")
    connection.execute("CHECKPOINT")
    connection.close()


def measure(program: Path, students: int, threads: int, rounds: int, scratch: Path):
    """Seconds of ours and of DuckDB's; rows that both read. The loaded store stays for what comes after."""
    export, store = scratch / "export", scratch / "store"
    write_exports(program, students, export, scratch)
    files = csv_files(export, scratch)
    seconds = median_of(rounds, lambda: into_sqlite(program, export, store))
    peer = median_of(rounds, lambda: timed(lambda: into_duckdb(files, scratch / "load.duckdb", threads)))
    rows = sum(sum(1 for _ in open(file, "rb")) - 1 for file in files)
    return seconds, peer, rows, store
