"""`everpresent check` on a file with a row for every student-day, against DuckDB reading and answering the same."""

import json
import subprocess
from pathlib import Path

import duckdb

from measure import Run, median_of, run, timed

# US-CHRONIC as the contract defines it: each enrolled instructional day from the 10th is tested; a student absent more
# than once a day counts once; a day without a row was attended, up to the school's last row. Written for speed: the file
# is read once, and only absences are ranked (one span of enrollment a student makes that possible).
ANSWER = """
WITH attendance AS MATERIALIZED (
  SELECT student_id, school_id, date, category IN ('Excused Absence', 'Unexcused Absence') AS absent
  FROM read_csv('{folder}/attendance.csv', header = true, columns =
    {{'student_id': 'VARCHAR', 'school_id': 'VARCHAR', 'date': 'DATE', 'category': 'VARCHAR'}})
), roll AS (
  SELECT school_id, max(date) AS through FROM attendance GROUP BY school_id
), calendar AS MATERIALIZED (
  SELECT school_id, date, row_number() OVER (PARTITION BY school_id ORDER BY date) AS place
  FROM read_csv('{folder}/calendar.csv', header = true, types = {{'school_id': 'VARCHAR'}}) JOIN roll USING (school_id)
  WHERE instructional AND date <= least(through, DATE '{as_of}')
), enrolled AS MATERIALIZED (
  SELECT e.student_id, e.school_id, first.place AS first, coalesce(after.place - 1, total.places) AS last
  FROM read_csv('{folder}/enrollments.csv', header = true, columns = {{'student_id': 'VARCHAR', 'school_id': 'VARCHAR',
    'grade': 'VARCHAR', 'entry_date': 'DATE', 'exit_date': 'DATE'}}) e
  JOIN (SELECT school_id, max(place) AS places FROM calendar GROUP BY school_id) total USING (school_id)
  ASOF JOIN calendar first ON e.school_id = first.school_id AND e.entry_date <= first.date
  ASOF LEFT JOIN calendar after ON e.school_id = after.school_id AND e.exit_date <= after.date
), absences AS (
  SELECT student_id, school_id, place - first + 1 AS enrolled, last - first + 1 AS total,
    row_number() OVER (PARTITION BY student_id, school_id ORDER BY place) AS missed
  FROM (SELECT DISTINCT student_id, school_id, date FROM attendance WHERE absent)
  JOIN calendar USING (school_id, date) JOIN enrolled USING (student_id, school_id)
  WHERE place BETWEEN first AND last
), met AS (
  SELECT student_id, school_id, max(missed) AS numerator, any_value(total) AS denominator,
    min(greatest(enrolled, 10)) FILTER (10 * missed >= greatest(enrolled, 10) AND total >= 10) AS met_at
  FROM absences GROUP BY student_id, school_id
)
SELECT student_id, calendar.date AS met_on, 10 * numerator >= denominator AS standing, numerator, denominator
FROM met JOIN enrolled USING (student_id, school_id)
JOIN calendar ON calendar.school_id = met.school_id AND calendar.place = enrolled.first + met_at - 1
ORDER BY student_id
"""


def ours(program: Path, folder: Path, as_of: str, output: Path) -> Run:
    files = [part for name in ("calendar", "enrollments", "attendance") for part in (f"--{name}", folder / f"{name}.csv")]
    return run([program, "check", *files, "--pack", "us-federal", "--as-of", as_of, "--format", "json", "--quiet"], output)


def duckdb_answer(folder: Path, as_of: str, threads: int, output: Path) -> None:
    connection = duckdb.connect(config={"threads": threads})
    query = ANSWER.format(folder=folder, as_of=as_of)
    connection.execute(f"COPY ({query}) TO '{output}' (HEADER)")
    connection.close()


def same(ours: Path, theirs: Path) -> bool:
    """Whether both say the same of the same students."""
    text = ours.read_text()
    signals = json.loads(text) if text.lstrip().startswith("[") else [json.loads(line) for line in text.splitlines()]
    mine = sorted(
        f"{s['student_id']},{s['met_on']},{str(s['standing']).lower()},{s['numerator']},{s['denominator']}"
        for s in signals
        if s["rule"] == "US-CHRONIC"
    )
    return mine == sorted(theirs.read_text().splitlines()[1:])


def measure(program: Path, folder: Path, as_of: str, threads: int, rounds: int, scratch: Path):
    """Seconds of ours and of DuckDB's, and the most memory ours took, in MB."""
    mine, theirs, most = scratch / "check.json", scratch / "check.csv", 0.0

    def round_of_ours() -> float:
        nonlocal most
        result = ours(program, folder, as_of, mine)
        most = max(most, result.megabytes)
        return result.seconds

    seconds = median_of(rounds, round_of_ours)
    peer = median_of(rounds, lambda: timed(lambda: duckdb_answer(folder, as_of, threads, theirs)))
    if not same(mine, theirs):
        first = subprocess.run(["wc", "-l", mine, theirs], capture_output=True, text=True, check=False).stdout
        raise SystemExit(f"`check` and DuckDB do not agree, so no ratio is printed. Compare:\n{first}")
    return seconds, peer, most
