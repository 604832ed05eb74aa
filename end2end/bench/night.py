"""A night's sync of the loaded district, with 1 % of the students' absences corrected and with nothing new, against
DuckDB loading the same files again and comparing them with the tables it has."""

import json
import statistics
import time
from dataclasses import dataclass
from pathlib import Path

import duckdb

from load import Loaded, read_into
from measure import Run, run

CORRECTED = {b"Excused Absence": b"Unexcused Absence", b"Unexcused Absence": b"Excused Absence"}


@dataclass
class Nights:
    """Medians of seconds and of the rows that a night with corrections changed; the most memory ours took, in MB."""

    corrected: float
    still: float
    peer: float
    corrected_megabytes: float
    still_megabytes: float
    rows: int


def correct(attendance: Path, night: int, left: set[int]) -> int:
    """Makes excused absences unexcused and the reverse for one student in a hundred, another each night. Leaves the
    lines that are set aside, which ours does not count. Gives the number of rows changed."""
    places: dict[bytes, int] = {}
    count = 0
    corrected = attendance.with_suffix(".corrected")
    with open(attendance, "rb") as before, open(corrected, "wb") as after:
        for number, line in enumerate(before, 1):
            student, school, date, category, rest = line.split(b",", 4)
            place = places.setdefault(student, len(places))
            if place % 100 == night % 100 and category in CORRECTED and number not in left:
                line = b",".join((student, school, date, CORRECTED[category], rest))
                count += 1
            after.write(line)
    corrected.replace(attendance)
    return count


def ours(program: Path, loaded: Loaded, said: Path) -> tuple[Run, dict]:
    command = [program, "sync", "bench", "--from", loaded.export, "--data", loaded.store, "--format", "json", "--quiet"]
    return run(command, said, allowed=(0, 3)), json.loads(said.read_text())


def without(connection: duckdb.DuckDBPyConnection, one: str, other: str) -> int:
    """How many rows of one table are not in the other, as the fastest of the ways to ask does it."""
    columns = [column for column, *_ in connection.execute(f"DESCRIBE {one}").fetchall()]
    same = " AND ".join(f'{one}."{column}" IS NOT DISTINCT FROM {other}."{column}"' for column in columns)
    return connection.execute(f"SELECT count(*) FROM {one} ANTI JOIN {other} ON {same}").fetchone()[0]


def duckdb_changes(loaded: Loaded, threads: int) -> tuple[int, int]:
    """Reads every file again and puts it in the place of its table. Gives the rows that came, and those that went."""
    connection = duckdb.connect(str(loaded.database), config={"threads": threads})
    came = gone = 0
    for number, file in enumerate(loaded.files):
        table = f"t{number}"
        read_into(connection, "fresh", file)
        came += without(connection, "fresh", table)
        gone += without(connection, table, "fresh")
        connection.execute(f"DROP TABLE {table}; ALTER TABLE fresh RENAME TO {table}")
    connection.execute("CHECKPOINT")
    connection.close()
    return came, gone


def measure(program: Path, loaded: Loaded, threads: int, rounds: int, scratch: Path) -> Nights:
    """Nights with corrections and nights without, by turns."""
    said = scratch / "night.json"
    _, report = ours(program, loaded, said)
    left = {row["line"] for row in report["set_aside"] if row["file"] == "attendance.csv"}
    corrected, still, peer, counts = [], [], [], []
    for night in range(rounds):
        counts.append(correct(loaded.export / "attendance.csv", night, left))
        took, report = ours(program, loaded, said)
        corrected.append(took)
        begin = time.perf_counter()
        came, gone = duckdb_changes(loaded, threads)
        peer.append(time.perf_counter() - begin)
        changed = report["total"]["changed"]
        if not counts[-1] == changed == came == gone:
            raise SystemExit(f"of {counts[-1]} corrected marks we find {changed}, DuckDB {came} and {gone}: no ratio is printed")
        took, report = ours(program, loaded, said)
        if not report["changed_nothing"]:
            raise SystemExit(f"a sync of what the store holds already changed something: {report['total']}")
        still.append(took)
    return Nights(
        statistics.median(night.seconds for night in corrected),
        statistics.median(night.seconds for night in still),
        statistics.median(peer),
        max(night.megabytes for night in corrected),
        max(night.megabytes for night in still),
        statistics.median_low(counts),
    )
