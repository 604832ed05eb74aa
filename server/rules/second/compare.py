"""Holds `everpresent check` to the second implementation on generated histories.

    python3 server/rules/second/compare.py --everpresent target/debug/everpresent
    python3 server/rules/second/compare.py --everpresent … --seed 7 --histories 2000 --rules PA-TRUANT SC-3
    python3 server/rules/second/compare.py --everpresent … --minutes 60

Prints for each rule how many histories were shaped for it, which part of them meets it, which part is within one of
its threshold, and how many answers differ (every fifth
history is compared for all rules of its pack). Fails on any difference, and where fewer
than 20 % meet a rule or are within one of it. With `--minutes` it goes on with new seeds until the time is over or an
answer differs. A difference is made as small as it can be and printed; its files stay in the folder it names.
"""

import argparse
import json
import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
from fractions import Fraction
from math import floor

import second
from histories import CSV, FOLDERS, Delivery

class Refused(Exception):
    """The program did not answer as the contract says."""


LEAST_SHARE = 20  # percent of the histories of a rule that must meet it, and that must be within one of it

# The rows of the contract's table: what a difference is to be judged by.
SENTENCES = {
    "CHRONIC": "default rate, excused and unexcused; NY also at least 1 day present; IN from 2025-07-01; CT and IN least "
    "enrollment 10. Default: 10 x absent >= enrolled, tested on each instructional day from the 10th enrolled day",
    "CA-CHRONIC": "full-day absences only, enrolled at least 31 days",
    "TX-CHRONIC": "10 x absent > enrolled; enrolled at least 10 days; from 2025-09-01",
    "CA-TRUANT": "3 unexcused events in the year: a full day, or a tardy or absence of more than 30 minutes; one event a "
    "day; a tardy without minutes is none",
    "CA-HABITUAL": "facts: at least 3 truancy reports in the year and a conference effort",
    "CA-CHRONIC-TRUANT": "unexcused days at the default rate, and the fact that 48260-48263 and 48291 were complied with",
    "TX": "3 days with any unexcused part in 28 days; 10 in 6 months within the year, less excluded by facts",
    "OH-HABITUAL": "unexcused minutes: 1,800 in consecutive school time (an attended day breaks it), 2,520 in a school "
    "month (four school weeks from the first school day), 4,320 in the year",
    "OH-CHRONIC": "all minutes >= 10 % of required hours (455 half-day kindergarten, 910 to grade 6, 1,001 from grade 7); "
    "from 2025-09-30",
    "FL": "unexcused or unknown: 5 in a calendar month or 10 in 90 days; unexcused: 15 in 90 days",
    "PA": "3, 6 unexcused whole days",
    "WA-MONTH": "unexcused days, per month, per year",
    "WA-YEAR": "unexcused days, per month, per year",
    "WA-EXCUSED": "excused days, per month, per year, grades KG to 05",
    "VA": "days without parent's awareness; unexcused",
    "IL": "unexcused days in the last 180 instructional days, across years: 2 to 8; 9 or more (fixed 180)",
    "IN": "5 unexcused in 70 days, grades KG to 06; 10 in the year",
    "MA": "5 unexcused days, or 5 days with 2 or more unexcused periods; 7 days or 14 half-days in 6 months, unexcused",
    "CT": "unexcused days",
    "SC": "unexcused full days: 3 instructional days running; 5 in the year",
    "EN-PENALTY": "10 sessions of G, N, O, U in 10 school weeks (Monday to Sunday with at least one session), across "
    "terms and years",
    "EN": "10 x, 2 x absent sessions >= possible sessions, from the 10th possible session",
}


def sentence(rule):
    if rule in SENTENCES:
        return SENTENCES[rule]
    if rule.endswith("-CHRONIC"):
        return SENTENCES["CHRONIC"] if not rule.startswith("IL") else SENTENCES["IL"]
    return next(SENTENCES[rule[:end]] for end in range(len(rule), 0, -1) if rule[:end] in SENTENCES)


def exact(number):
    """A number as the report shows it: minutes are shown rounded down."""
    return floor(number) if isinstance(number, Fraction) else number


def ours(folder, pack, as_of, asked=None):
    """The answers of the second implementation: the rows as the report has them, and which are within one.
    `asked`: which rules of which student; without it all of everybody."""
    district = second.District(folder, second.ordinal(as_of), england=pack == "england")
    rows, met, near = {}, set(), set()
    for name, student in district.students.items():
        rules = second.PACKS[pack]
        if asked is not None:
            rules = {rule: rules[rule] for rule in asked[name]}
        for (rule, scope, school, year), answer in second.answers(district, student, rules).items():
            if answer.near:
                near.add((name, rule))
            if answer.met_on is None:
                continue
            met.add((name, rule))
            rows[name, rule, year, scope, school] = {
                "met_on": second.iso(answer.met_on),
                "standing": answer.standing,
                "standing_since": answer.standing_since and second.iso(answer.standing_since),
                "numerator": exact(answer.numerator),
                "denominator": exact(answer.denominator),
                "unit": second.PACKS[pack][rule][0],
                "evidence": {second.iso(day): exact(amount) for day, amount in sorted(answer.evidence.items())},
                "met_evidence": [second.iso(day) for day in sorted(set(answer.met_evidence))],
                "episodes": [[second.iso(start), end and second.iso(end)] for start, end in answer.episodes],
            }
    return rows, met, near


def theirs(binary, folder, pack, as_of):
    """Every row of `everpresent check`."""
    command = [binary, "check", "--pack", pack, "--as-of", as_of, "--format", "json", "--quiet"]
    for option in ["calendar", "enrollments", "attendance", "students", "facts", "bells", "roll", "code-map"]:
        path = os.path.join(folder, option + ".csv")
        if os.path.exists(path):
            command += ["--" + option, path]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 3):
        raise Refused(f"{' '.join(command)}\nended with {done.returncode}:\n{done.stderr[-2000:]}")
    rows = {}
    previous = ("", "")
    for row in json.loads(done.stdout):
        key = (row["student_id"], row["rule"], row["school_year"], row["scope"], row["school_id"])
        if key in rows:
            raise Refused(f"two rows for {key}")
        if key[:2] < previous:
            raise Refused(f"not sorted by student and rule: {key[:2]} after {previous}")
        previous = key[:2]
        evidence = {}
        for mark in row["evidence"]:
            evidence[mark["date"]] = evidence.get(mark["date"], 0) + mark["counts"]
        rows[key] = {
            "met_on": row["met_on"],
            "standing": row["standing"],
            "standing_since": row["standing_since"],
            "numerator": row["numerator"],
            "denominator": row["denominator"],
            "unit": row["unit"],
            "evidence": evidence,
            "met_evidence": sorted(set(row["met_evidence"])),
            "episodes": row["episodes"],
        }
    return rows


def difference(mine, other):
    return [key for key in mine.keys() | other.keys() if mine.get(key) != other.get(key)]


def kind(mine, other, key):
    """In what two answers differ: one of them is missing, or some of their fields."""
    if key not in mine or key not in other:
        return (key[1], key[3], key in mine)
    return (key[1], key[3], tuple(name for name in mine[key] if mine[key][name] != other[key][name]))


# --- one delivery ------------------------------------------------------------------------------------------------

def work(task):
    """Generates one delivery and compares it. Returns counts for each rule, and where something differs its folder."""
    binary, pack, rules, seed, part, histories, keep = task
    began = time.monotonic()
    folder = tempfile.mkdtemp(prefix=f"{pack}-{seed}-{part}-", dir=keep)
    delivery = Delivery(pack, rules, seed, part, histories)
    delivery.write(folder)
    as_of = delivery.as_of.isoformat()
    # Each student is asked for the rule that it was shaped for, every fifth for all rules of the pack.
    asked = {
        str(100000 + number): rules if number % 5 == 0 else [rule] for number, rule in enumerate(delivery.targets)
    }
    mine, met, near = ours(folder, pack, as_of, asked)
    middle = time.monotonic()
    other = theirs(binary, folder, pack, as_of)
    counts = {rule: {"histories": 0, "met": 0, "near": 0, "differences": 0, "compared": 0} for rule in rules}
    for number, rule in enumerate(delivery.targets):
        name = str(100000 + number)
        counts[rule]["histories"] += 1
        counts[rule]["met"] += (name, rule) in met
        counts[rule]["near"] += (name, rule) in near
    other = {key: row for key, row in other.items() if key[1] in asked[key[0]]}
    bad = difference(mine, other)
    examples = {}
    for key in sorted(bad, key=str):
        counts[key[1]]["differences"] += 1
        examples.setdefault(kind(mine, other, key), []).append(key[0])
    for rules_asked in asked.values():
        for rule in rules_asked:
            counts[rule]["compared"] += 1
    if not bad:
        shutil.rmtree(folder)
        folder = None
    return {
        "pack": pack, "part": part, "seed": seed, "counts": counts, "folder": folder, "as_of": as_of,
        "examples": examples, "seconds": (middle - began, time.monotonic() - middle),
    }


# --- a small example of a difference -----------------------------------------------------------------------------

def lines_of(folder):
    """The lines of every file, without headers."""
    lines = {}
    for name in list(CSV) + ["code-map.csv"]:
        path = os.path.join(folder, name)
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                lines[name] = file.read().splitlines()
    return lines


def only(folder, student):
    """What the files say about one student and the student's schools. Other students' last rows stay as rows of nobody:
    roll counts as taken up to them."""
    lines = lines_of(folder)
    schools = {line.split(",")[1] for line in lines["enrollments.csv"][1:] if line.split(",")[0] == student}
    last = {}
    for line in lines["attendance.csv"][1:]:
        _, school, day = line.split(",")[:3]
        last[school] = max(last.get(school, ""), day)
    for name in ("enrollments.csv", "attendance.csv", "students.csv", "facts.csv"):
        if name in lines:
            lines[name] = lines[name][:1] + [line for line in lines[name][1:] if line.split(",")[0] == student]
    for name in ("calendar.csv", "bells.csv", "roll.csv"):
        lines[name] = lines[name][:1] + [line for line in lines[name][1:] if line.split(",")[0] in schools]
    for school in sorted(schools & last.keys()):
        lines["attendance.csv"].append(f"nobody,{school},{last[school]},Present,,,,,,,")
    return lines


def write(folder, lines):
    os.makedirs(folder, exist_ok=True)
    for name, text in lines.items():
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write("\n".join(text) + "\n")


def differs(binary, pack, as_of, wanted, lines):
    """Our rows and theirs where they still differ on these lines as they did at first, or None."""
    with tempfile.TemporaryDirectory() as folder:
        write(folder, lines)
        try:
            mine = ours(folder, pack, as_of)[0]
            other = theirs(binary, folder, pack, as_of)
        except (Refused, KeyError, ValueError, StopIteration):
            return None
    mine = {key: row for key, row in mine.items() if key[1] == wanted[0]}
    other = {key: row for key, row in other.items() if key[1] == wanted[0]}
    return (mine, other) if any(kind(mine, other, key) == wanted for key in difference(mine, other)) else None


def smallest(binary, pack, as_of, wanted, lines, seconds=60):
    """The same difference with as few lines as can be found in the time."""
    found = differs(binary, pack, as_of, wanted, lines)
    if found is None:
        return lines, None
    end = time.monotonic() + seconds
    for name in ["attendance.csv", "facts.csv", "roll.csv", "bells.csv", "enrollments.csv", "calendar.csv"]:
        if name not in lines:
            continue
        size = max(1, (len(lines[name]) - 1) // 2)
        while size >= 1 and time.monotonic() < end:
            place = 1
            while place < len(lines[name]) and time.monotonic() < end:
                fewer = dict(lines)
                fewer[name] = lines[name][:place] + lines[name][place + size:]
                still = differs(binary, pack, as_of, wanted, fewer)
                if still:
                    lines, found = fewer, still
                else:
                    place += size
            size //= 2
    return lines, found


def show(binary, result, wanted, out=sys.stdout):
    """The smallest student of a kind of difference: rows, both answers, and the sentence to judge by."""
    rule = wanted[0]
    sizes = dict.fromkeys(sorted(result["examples"][wanted]), 0)
    for line in lines_of(result["folder"])["attendance.csv"]:
        name = line.split(",")[0]
        if name in sizes:
            sizes[name] += 1
    student = min(sizes, key=sizes.get)
    lines = only(result["folder"], student)
    lines, found = smallest(binary, result["pack"], result["as_of"], wanted, lines)
    print(f"\n{rule}: student {student}, as of {result['as_of']}, pack {result['pack']}", file=out)
    print(f"to be judged by: {sentence(rule)}", file=out)
    if found is None:
        print("differs only in the whole delivery", file=out)
        found = ({}, {})
        all_ours = ours(result["folder"], result["pack"], result["as_of"])[0]
        all_theirs = theirs(binary, result["folder"], result["pack"], result["as_of"])
        for side, rows in zip(found, (all_ours, all_theirs)):
            side.update({key: row for key, row in rows.items() if key[:2] == (student, rule)})
    for name, text in lines.items():
        if len(text) > 1:
            print(f"--- {name}", file=out)
            print("\n".join(text), file=out)
    mine, other = found
    for key in sorted(difference(mine, other), key=str):
        print(f"--- {key}", file=out)
        print(f"second:      {json.dumps(mine.get(key))}", file=out)
        print(f"everpresent: {json.dumps(other.get(key))}", file=out)
    small = os.path.join(result["folder"], f"small-{rule}-{student}")
    write(small, lines)
    print(f"files: {small}", file=out)


# --- all of it ---------------------------------------------------------------------------------------------------

def run(options, seed, pool, keep):
    """One pass over all rules. Returns whether all of it holds."""
    tasks = []
    for pack, rules in second.PACKS.items():
        wanted = [rule for rule in rules if not options.rules or rule in options.rules]
        if not wanted or (options.packs and pack not in options.packs):
            continue
        each = -(-options.histories * len(wanted) // FOLDERS)
        for part in range(FOLDERS):
            tasks.append((options.everpresent, pack, wanted, seed, part, each, keep))
    totals, failed, seconds = {}, [], [0, 0]
    for result in pool.imap_unordered(work, tasks):
        for rule, counts in result["counts"].items():
            total = totals.setdefault(rule, dict.fromkeys(counts, 0))
            for name, number in counts.items():
                total[name] += number
        seconds = [a + b for a, b in zip(seconds, result["seconds"])]
        if result["folder"]:
            failed.append(result)
    good = not failed
    print(f"seed {seed}")
    print(f"{'rule':18} {'shaped':>7} {'met':>6} {'within one':>11} {'compared':>9} {'differ':>7}")
    for pack in second.PACKS.values():
        for rule in pack:
            if rule not in totals:
                continue
            total = totals[rule]
            shares = [100 * total[name] / total["histories"] for name in ("met", "near")]
            few = min(shares) < LEAST_SHARE
            print(
                f"{rule:18} {total['histories']:7} {shares[0]:5.1f}% {shares[1]:10.1f}% {total['compared']:9} "
                f"{total['differences']:7}{'  too few' if few else ''}"
            )
            good = good and not few
    print(f"{seconds[0]:.0f} s of Python, {seconds[1]:.0f} s of everpresent")
    shown = set()
    for result in failed:
        for wanted in result["examples"]:
            if wanted not in shown and len(shown) < 12:
                shown.add(wanted)
                show(options.everpresent, result, wanted)
    sys.stdout.flush()
    return good


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--everpresent", required=True, help="the program to be held to the second implementation")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--histories", type=int, default=10_000, help="for each rule")
    parser.add_argument("--rules", nargs="+", default=[], metavar="ID")
    parser.add_argument("--packs", nargs="+", default=[], metavar="ID")
    parser.add_argument("--minutes", type=float, help="go on with new seeds for so long")
    parser.add_argument("--keep", default=os.path.join(tempfile.gettempdir(), "everpresent-second"))
    options = parser.parse_args()
    options.everpresent = os.path.abspath(options.everpresent)
    os.makedirs(options.keep, exist_ok=True)
    here = os.path.dirname(os.path.abspath(__file__))
    tests = unittest.defaultTestLoader.discover(here, pattern="test_*.py")
    if not unittest.TextTestRunner(verbosity=0).run(tests).wasSuccessful():
        return 1
    end = time.monotonic() + 60 * (options.minutes or 0)
    seed = options.seed
    with multiprocessing.Pool(2) as pool:
        while True:
            if not run(options, seed, pool, options.keep):
                print(f"Seen with --seed {seed}; the files are in {options.keep}")
                return 1
            seed += 1
            if time.monotonic() >= end:
                return 0


if __name__ == "__main__":
    sys.exit(main())
