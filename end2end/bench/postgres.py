"""The first load of the export into PostgreSQL, against `COPY` of the same files into tables of text without any key.

`end2end/on-postgres.sh` runs this file as a program, on a PostgreSQL of its own. That one does not wait for the disk
(`fsync` is off), for neither of the two."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

from load import Loaded
from measure import median_of, run, timed


def psql(database: str, script: str) -> str:
    command = ["psql", "--no-psqlrc", "--set", "ON_ERROR_STOP=1", database]
    return subprocess.run(command, input=script, check=True, stdout=subprocess.PIPE, text=True).stdout


def into_ours(program: Path, export: Path, database: str, said: Path) -> float:
    """Seconds of a first sync into an empty database; what it says of the rows goes to a file."""
    at = ["--database-url", database]
    run([program, "district", "add", "bench", "--name", "Bench", *at])
    command = [program, "sync", "bench", "--from", export, *at, "--format", "json", "--quiet"]
    return run(command, said, allowed=(0, 3)).seconds


def copy_script(files: list[Path]) -> str:
    lines = []
    for number, file in enumerate(files):
        with open(file) as opened:
            columns = ", ".join(f'"{name}" text' for name in opened.readline().rstrip().split(","))
        lines += [f"CREATE TABLE t{number} ({columns});", f"\\copy t{number} FROM '{file}' WITH (FORMAT csv, HEADER)"]
    return "\n".join(lines)


def compare(server: str, program: Path, export: Path, unpacked: Path, rounds: int) -> dict[str, float]:
    """Seconds of ours and of `COPY`, and how many rows each read."""
    fresh = urlsplit(server)._replace(path="/load").geturl()
    said = unpacked / "postgres.json"

    def alone(load) -> float:
        """A load's seconds in a database of its own, with nothing left to write of the load before."""
        psql(server, "CREATE DATABASE load;\nCHECKPOINT;")
        seconds = load()
        psql(server, "DROP DATABASE load WITH (FORCE);")
        return seconds

    ours = median_of(rounds, lambda: alone(lambda: into_ours(program, export, fresh, said)))
    tables = json.loads(said.read_text())["tables"].values()
    # `copy` reads what we read; a file of a zip lies unpacked.
    names = [table["file"] for table in tables]
    files = [unpacked / name.replace(".zip/", "/") if ".zip/" in name else export / name for name in names]
    script, copied = copy_script(files), ""

    def copy() -> None:
        nonlocal copied
        copied = psql(fresh, script)

    peer = median_of(rounds, lambda: alone(lambda: timed(copy)))
    counts = [int(count) for count in re.findall(r"^COPY (\d+)$", copied, re.MULTILINE)]
    if counts != [table["read"] for table in tables]:
        raise SystemExit(f"we read other rows than `COPY` does, so no ratio is printed: {names}, {counts}")
    return {"ours": ours, "peer": peer, "rows": sum(counts)}


def measure(program: Path, loaded: Loaded, rounds: int, scratch: Path) -> dict[str, float]:
    """Starts a PostgreSQL, compares there, and ends it."""
    start = Path(__file__).parents[1] / "on-postgres.sh"
    work = [sys.executable, __file__, program.resolve(), loaded.export, loaded.unpacked, str(rounds)]
    running = subprocess.Popen([start, scratch / "postgres", *work], stdout=subprocess.PIPE, text=True)
    try:
        said, _ = running.communicate()
    finally:
        # Interrupted, PostgreSQL has to end before its folder goes.
        running.wait()
    if running.returncode:
        raise SystemExit(f"the loads into PostgreSQL ended with {running.returncode}")
    return json.loads(said)


if __name__ == "__main__":
    program, export, unpacked = map(Path, sys.argv[1:4])
    print(json.dumps(compare(os.environ["DATABASE_URL"], program, export, unpacked, int(sys.argv[4]))))
