"""Prints the performance table of `make bench`: medians, and the ratio to the peer that each row names.

Every answer is compared with the peer's before a ratio is printed. Times are of this machine and this minute; the ratios
are what counts. Read from the environment, as .make/bench.sh sets it: EVERPRESENT_BIN, QUESTIONS_BIN, PACKS_BIN, SITE, CHROMIUM;
BENCH_STUDENTS (100000) and BENCH_ROUNDS (5) make it smaller.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

THREADS = len(os.sched_getaffinity(0))
os.environ["POLARS_MAX_THREADS"] = str(THREADS)

import numpy  # noqa: E402

import check  # noqa: E402
import data  # noqa: E402
import lab  # noqa: E402
import load  # noqa: E402
import night  # noqa: E402
import postgres  # noqa: E402
import questions  # noqa: E402
import start  # noqa: E402
from measure import median_of, readable, timed  # noqa: E402

STUDENTS = int(os.environ.get("BENCH_STUDENTS", "100000"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
PROGRAM = Path(os.environ["EVERPRESENT_BIN"])
NAMES = {"A": "A: 10 % missed today", "A2": "A2: first day at 10 %", "B": "B: most unexcused in 20 days", "C": "C: day of the third unexcused"}
# How many of the three masks (known, absent, unexcused) a question reads.
MASKS = {"A": 2, "A2": 2, "B": 1, "C": 1}
rows: list[tuple[str, str, str, str, str]] = []


def say(text: str) -> None:
    print(f"== {text}", file=sys.stderr, flush=True)


def row(what: str, ours: str, peer: str = "", ratio: float | None = None, goal: str = "") -> None:
    rows.append((what, ours, peer, f"{ratio:.1f}×" if ratio is not None else "", goal))


def ask_ours(codes: numpy.ndarray, scratch: Path) -> tuple[dict[str, float], dict[str, numpy.ndarray]]:
    """The seconds of each thing our kernels were timed on, and the answers to the questions."""
    marks, answers = scratch / "marks", scratch / "answers"
    codes.tofile(marks)
    answers.mkdir()
    command = [os.environ["QUESTIONS_BIN"], str(marks), str(data.DAYS), str(5 * ROUNDS), str(answers)]
    seconds = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    # The last block of students need not be full.
    found = {name: numpy.fromfile(answers / f"{name}.i16", dtype="<i2")[: len(codes)] for name in NAMES}
    return {name: statistics.median(rounds) for name, rounds in seconds.items()}, found


def rules(codes: numpy.ndarray, scratch: Path) -> None:
    """The four questions, ours on one thread, the peers' on all."""
    ours, answers = ask_ours(codes, scratch)
    table = questions.columns(codes)
    best: dict[tuple[str, bool], tuple[float, str]] = {}
    for make in (lambda: questions.duckdb_forms(table, THREADS), lambda: questions.polars_forms(table)):
        for form in make():
            say(f"{form.engine}: {form.question}, {'rewritten' if form.rewritten else 'as written'}")
            if not numpy.array_equal(questions.answer(form, len(codes)), answers[form.question]):
                raise SystemExit(f"{form.engine} and our engine differ on {form.question}: no ratio is printed")
            seconds = median_of(ROUNDS, lambda: timed(form.ask))
            key = (form.question, form.rewritten)
            if key not in best or seconds < best[key][0]:
                best[key] = (seconds, form.engine)
    total = sum(ours[question] for question in NAMES)
    say("Every pack")
    command = [os.environ["PACKS_BIN"], str(scratch / "marks"), str(data.DAYS), str(ROUNDS)]
    said = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    packs = {what: statistics.median(seconds) for what, seconds in said.items()}
    for rewritten, goal in ((False, "500×"), (True, "50×")):
        form = "rewritten" if rewritten else "as written"
        for question, name in NAMES.items():
            peer, engine = best[question, rewritten]
            row(f"{name}, {form}", readable(ours[question]), f"{engine} {readable(peer)}", peer / ours[question])
        peer = sum(best[question, rewritten][0] for question in NAMES)
        row(f"A + A2 + B + C, {form}", readable(total), f"the faster of each {readable(peer)}", peer / total, goal)
    for question, name in NAMES.items():
        limit = ours["read"] * MASKS[question] / 3
        row(f"{name}, of the speed of the memory", readable(ours[question]), f"only reading {readable(limit)}", limit / ours[question])
    row("from a mask a student to rows of students", readable(ours["turn"]))
    row("every pack on these marks", readable(packs["marks"]), "goal 1 s", 1 / packs["marks"], "1×")
    row("every pack, fed all it asks for", readable(packs["fed"]))
    row("the same, every finding that stands opened", readable(packs["opened"]))
    row("one corrected mark to its findings, opened", readable(packs["corrected"]), "goal 5 ms", 0.005 / packs["corrected"], "1×")


def node(script: str, *arguments: str) -> dict:
    """What a script beside this file prints as JSON."""
    command = ["node", Path(__file__).with_name(script), PROGRAM, *arguments]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)


def stores(scratch: Path) -> None:
    """A whole district into a store, and what follows from there."""
    say("First load into SQLite, against DuckDB")
    loaded = load.measure(PROGRAM, STUDENTS, THREADS, ROUNDS, scratch)
    row(f"first load into SQLite, {loaded.rows} rows", readable(loaded.seconds), f"DuckDB {readable(loaded.peer)}", loaded.peer / loaded.seconds, "0.5×")

    say("First load into PostgreSQL, against COPY")
    into = postgres.measure(PROGRAM, loaded, ROUNDS, scratch)
    row(f"first load into PostgreSQL, {into['rows']} rows", readable(into["ours"]), f"COPY {readable(into['peer'])}", into["peer"] / into["ours"], "1×")

    say("Starts on the loaded store")
    seconds = start.measure(PROGRAM, loaded.store, ROUNDS)
    row(f"start on a store of {STUDENTS} students until ready", readable(seconds), "goal 300 ms", 0.3 / seconds, "1×")

    say("Nightly syncs, against DuckDB")
    nights = night.measure(PROGRAM, loaded, THREADS, ROUNDS, scratch)
    row(f"nightly sync, {nights.rows} marks of 1 % of students corrected ({nights.corrected_megabytes:.0f} MB of memory)", readable(nights.corrected), f"DuckDB {readable(nights.peer)}", nights.peer / nights.corrected, "30 s, 512 MB")
    row(f"nightly sync, nothing new ({nights.still_megabytes:.0f} MB of memory)", readable(nights.still))


def pages() -> None:
    say("Pages, 25 a second")
    school = min(STUDENTS, 2000)
    found = node("pages.mjs", str(school), "20")
    for name, times in found["pages"].items():
        row(f"page {name}, {school} students: 99th percentile (median {times['median']:.1f} ms)", f"{times['p99']:.1f} ms", "goal 20 ms", 20 / times["p99"], "1×")
    row("memory of that server", f"{found['memory']:.0f} MB", "goal 150 MB", 150 / found["memory"], "1×")


def visits() -> None:
    """First visits over slow 4G with a processor four times slower."""
    say("First visits over slow 4G")
    found = node("visit.mjs", str(min(STUDENTS, 2000)), str(ROUNDS))
    # Seconds and kB.
    staff, family = ({what: value and value / 1000 for what, value in page.items()} for page in (found["staff"], found["family"]))
    row("staff page, first visit: readable", readable(staff["readable"]), f"its WebAssembly came {readable(staff['wasm'])}", staff["wasm"] / staff["readable"], "1×")
    row("staff page, first visit: interactive", readable(staff["live"]), "goal 3 s", 3 / staff["live"], "1×")
    row("staff page, first visit: the longest task", readable(staff["longest"]), "goal 200 ms", 0.2 / staff["longest"], "1×")
    row(f"family page, first visit: readable ({family['all']:.0f} kB)", readable(family["readable"]))
    row("family page: script", f"{family['script']:.0f} kB", "goal 0 kB", None, "0 kB")

    sent = sum(file.stat().st_size for kind in ("js", "wasm") for file in Path(os.environ["SITE"]).glob(f"pkg/**/*.{kind}.br"))
    row("JS + WASM of a staff page, brotli", f"{sent / 1000:.0f} kB", "goal 250 kB", 250_000 / sent, "1×")


def main() -> None:
    scratch = Path(tempfile.mkdtemp(prefix="everpresent-bench-"))
    try:
        say(f"{STUDENTS} students × {data.DAYS} days, median of {ROUNDS}, {THREADS} threads for the peers")
        codes = data.marks(STUDENTS)
        rules(codes, scratch)

        say("Writing the attendance CSV")
        plain = scratch / "plain"
        data.write_plain_files(codes, plain)
        as_of = data.school_days()[-1].isoformat()
        say("The rule lab, at a processor four times slower")
        moved = lab.measure(PROGRAM, codes, scratch)
        row(f"lab, a move to the painted figure: median, {moved['figure']} (95th percentile {moved['p95']:.0f} ms)", f"{moved['median']:.0f} ms", "goal 100 ms", 100 / moved["median"], "1×")
        del codes
        say("check, against DuckDB")
        seconds, peer, memory = check.measure(PROGRAM, plain, as_of, THREADS, ROUNDS, scratch)
        size = (plain / "attendance.csv").stat().st_size / 1e6
        row(f"check on a CSV of {size:.0f} MB ({memory:.0f} MB of memory)", readable(seconds), f"DuckDB {readable(peer)}", peer / seconds, "8×, 1000 MB")
        shutil.rmtree(plain)

        stores(scratch)
        pages()
        visits()
    finally:
        shutil.rmtree(scratch, ignore_errors=True)

    head = ("what", "ours", "peer", "ratio", "goal")
    widths = [max(len(line[i]) for line in [head, *rows]) for i in range(5)]
    for line in [head, tuple("-" * width for width in widths), *rows]:
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths)) + " |")


main()
