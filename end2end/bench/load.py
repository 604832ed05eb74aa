"""The first load of a district's export into SQLite, against DuckDB loading the same CSV files into tables."""

import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path

import duckdb

from measure import median_of, run, timed


@dataclass
class Loaded:
    """What the first load took, and what it leaves for what comes after."""

    seconds: float
    peer: float
    rows: int
    export: Path
    # Where the files of the export's zips lie, all its CSV files, and our store and DuckDB's database that hold them.
    unpacked: Path
    files: list[Path]
    store: Path
    database: Path


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


def csv_files(export: Path, unpacked: Path) -> list[Path]:
    """The export's CSV files, those in a zip unpacked beforehand."""
    shutil.rmtree(unpacked, ignore_errors=True)
    for archive in export.rglob("*.zip"):
        with zipfile.ZipFile(archive) as opened:
            opened.extractall(unpacked / archive.stem)
    return sorted(export.rglob("*.csv")) + sorted(unpacked.rglob("*.csv"))


def read_into(connection: duckdb.DuckDBPyConnection, table: str, file: Path) -> None:
    connection.execute(f"CREATE TABLE {table} AS SELECT * FROM read_csv('{file}', header = true)")


def into_duckdb(files: list[Path], database: Path, threads: int) -> None:
    """Each file into a table `t` and its number."""
    database.unlink(missing_ok=True)
    connection = duckdb.connect(str(database), config={"threads": threads})
    for number, file in enumerate(files):
        read_into(connection, f"t{number}", file)
    connection.execute("CHECKPOINT")
    connection.close()


def measure(program: Path, students: int, threads: int, rounds: int, scratch: Path) -> Loaded:
    export, unpacked, store, database = (scratch / name for name in ("export", "unpacked", "store", "load.duckdb"))
    write_exports(program, students, export, scratch)
    files = csv_files(export, unpacked)
    seconds = median_of(rounds, lambda: into_sqlite(program, export, store))
    peer = median_of(rounds, lambda: timed(lambda: into_duckdb(files, database, threads)))
    rows = sum(sum(1 for _ in open(file, "rb")) - 1 for file in files)
    return Loaded(seconds, peer, rows, export, unpacked, files, store, database)
