"""Histories by the thousand, shaped to the thresholds of the rules: the same seed gives the same files.

A folder is one delivery of plain files for one pack: some thirty schools, each with its own calendar, length of the
day, bells and roll, and students of whom each is shaped for one rule: a little below its threshold, just there, a
little above. On top of that come the things that go wrong in a district: students who move or come back, corrections,
parts of days, several marks on a day, rows that cannot be used, rows on holidays, days without roll.
"""

import json
import os
import random
from bisect import bisect_left, bisect_right
from datetime import date, timedelta

CSV = {
    "calendar.csv": "school_id,date,instructional,minutes,sessions,school_year",
    "enrollments.csv": "student_id,school_id,grade,entry_date,exit_date",
    "attendance.csv": "student_id,school_id,date,category,reason,duration,minutes,period,session,arrival,departure",
    "students.csv": "student_id,birth_date",
    "facts.csv": "student_id,date,fact,school_id",
    "bells.csv": "school_id,period,start,end",
    "roll.csv": "school_id,date,taken",
}

ED_FI = {
    "excused": ["Excused Absence"], "unexcused": ["Unexcused Absence"], "tardy": ["Tardy"], "partial": ["Partial"],
    "early_departure": ["Early departure"], "present": ["In Attendance", "Present"], "unmapped": ["Mystery", ""],
}
LOCAL = {
    "excused": ["E", "ILL"], "unexcused": ["U", "UNX"], "unknown": ["NR"], "tardy": ["T"], "partial": ["PT"],
    "early_departure": ["ED"], "present": ["P"], "not_counted": ["FT"], "unmapped": ["ZZ", ""],
}
DFE = {
    "excused": ["C", "E", "I", "M", "R", "S", "T", "C1", "J1"], "unexcused": ["G", "N", "O", "U"],
    "present": ["/", "\\", "L", "B", "K", "P", "V", "W"], "not_counted": ["D", "Q", "X", "Y1", "Y7", "Z", "#"],
    "unmapped": ["??", ""],
}

# How a history is shaped for each rule: what counts, where it is placed, how many the threshold asks for.
SHAPES = {
    "US-CHRONIC": ("half", "rate", 10), "NY-CHRONIC": ("half", "rate", 10), "CT-CHRONIC": ("half", "rate", 10),
    "IN-CHRONIC": ("half", "rate", 10), "CA-CHRONIC": ("whole", "rate", 10), "TX-CHRONIC": ("half", "rate", 10),
    "CA-TRUANT": ("event", "year", 3), "CA-HABITUAL": ("report", "year", 3),
    "CA-CHRONIC-TRUANT": ("unexcused half", "rate", 10),
    "TX-WARN": ("any", ("days", 28), 3), "TX-TRUANT": ("any", "half year", 10),
    "OH-HABITUAL": ("minutes", "minutes", 0), "OH-CHRONIC": ("minutes", "required", 0),
    "FL-PATTERN": ("half or unknown", ("month or days", 90), 5), "FL-HABITUAL": ("unexcused half", ("days", 90), 15),
    "PA-TRUANT": ("whole unexcused", "year", 3), "PA-HABITUAL": ("whole unexcused", "year", 6),
    "WA-MONTH-1": ("unexcused half", "month", 1), "WA-MONTH-3": ("unexcused half", "month", 3),
    "WA-MONTH-7": ("unexcused half", "month", 7), "WA-YEAR-15": ("unexcused half", "year", 15),
    "WA-EXCUSED-5": ("excused half", "month", 5), "WA-EXCUSED-10": ("excused half", "year", 10),
    "VA-5": ("unexcused half", "year", 5), "VA-7": ("unexcused half", "year", 7),
    "VA-10": ("unexcused half", "year", 10),
    "IL-TRUANT": ("unexcused half", ("instructional", 180), 2),
    "IL-CHRONIC": ("unexcused half", ("instructional", 180), 9),
    "IN-ABSENT-5": ("unexcused half", ("days", 70), 5), "IN-HABITUAL": ("unexcused half", "year", 10),
    "MA-5": ("periods", "year", 5), "MA-7": ("half days", ("days", 181), 14),
    "CT-MONTH-4": ("unexcused half", "month", 4), "CT-YEAR-10": ("unexcused half", "year", 10),
    "SC-3": ("whole unexcused", "run", 3), "SC-5": ("whole unexcused", "year", 5),
    "EN-PERSISTENT": ("sessions", "rate", 10), "EN-SEVERE": ("sessions", "rate", 50),
    "EN-PENALTY": ("penalty sessions", ("days", 70), 10),
}
HALVES = {"half days", "sessions", "penalty sessions"}  # measures that count a whole day as two
ELEMENTARY = {"WA-EXCUSED-5", "WA-EXCUSED-10", "IN-ABSENT-5"}
# Rules whose window may reach so far that a term is too short to tell.
LONG = {"IL-TRUANT", "IL-CHRONIC"}
FOLDERS = 5


class School:
    """One school of the delivery: its lessons, and what it writes down about them."""

    def __init__(self, rng, name, plan, england, minutes_needed, grade_span):
        self.name = name
        self.days, self.minutes, self.sessions, self.years, self.off = [], {}, {}, {}, []
        usual = rng.choice([300, 360, 390, 400, 405])
        if minutes_needed and rng.random() < 0.25:
            usual = rng.choice([180, 240, 241])  # half-day kindergarten
        self.states_minutes = minutes_needed or rng.random() < 0.7
        self.usual = usual
        named = rng.random() < 0.25
        saturdays = rng.random() < 0.1
        for place, (first, last) in enumerate(plan):
            first += timedelta(rng.randrange(0, 9))
            last -= timedelta(rng.randrange(0, 6))
            closed = set()
            for _ in range(rng.randrange(1, 3)):  # a week without school
                start = first + timedelta(rng.randrange(10, max(11, (last - first).days)))
                closed |= {start + timedelta(i) for i in range(rng.choice([5, 7, 9]))}
            day = first
            while day <= last:
                lessons = day.weekday() < 5 or (saturdays and day.weekday() == 5 and rng.random() < 0.3)
                if lessons and day not in closed and rng.random() > 0.03:
                    self.days.append(day)
                    short = rng.random() < 0.08
                    self.minutes[day] = usual // 2 if short else usual
                    self.sessions[day] = rng.choice([1, 2]) if england and short else None
                    begins = 9 if england else 7
                    year = day.year if day.month >= begins else day.year - 1
                    self.years[day] = ""
                    if named:
                        # A name may bound the year otherwise than the month does.
                        year = plan[place][0].year if plan[place][0].month >= begins else plan[place][0].year - 1
                        self.years[day] = f"{year}-{year + 1}"
                elif rng.random() < 0.2:
                    self.off.append(day)
                day += timedelta(1)
        self.bells = []
        if rng.random() < 0.4:
            periods = rng.choice([4, 6, 7])
            length = max(20, usual // periods) if rng.random() < 0.6 else rng.choice([30, 31, 45])
            time = 8 * 60
            for number in range(periods):
                self.bells.append((str(number + 1), time, time + length))
                time += length + 5
        self.roll = {}


def in_order(entry):
    return entry[0], entry[1].name


def clock(minutes):
    return f"{minutes // 60:02}:{minutes % 60:02}"


class Delivery:
    """One folder of plain files for one pack."""

    def __init__(self, pack, rules, seed, part, histories):
        self.pack, self.rules = pack, rules
        self.rng = rng = random.Random(f"{pack}/{seed}/{part}")
        self.england = pack == "england"
        if self.england:
            self.codes = DFE
        else:
            self.codes = LOCAL if part % 2 else ED_FI
        self.plan, self.as_of = self.make_plan(part)
        minutes_needed = pack == "us-oh"
        self.schools = [
            School(rng, f"S{number}", self.plan, self.england, minutes_needed, None) for number in range(30)
        ]
        for school in self.schools:
            self.make_roll(school)
        self.lines = {name: [] for name in CSV}
        self.targets = []
        for number in range(histories):
            self.make_student(str(100000 + number), rules[number % len(rules)])

    def make_plan(self, part):
        """The terms of the schools, and the as-of date."""
        rng = self.rng
        autumn = (date(2025, 9, 1) if self.england else date(2025, 8, 18), date(2025, 12, 19))
        spring = (date(2025, 1, 6), date(2025, 7, 8))  # the first days of July begin a year without a name
        if set(self.rules) & LONG:
            plan = [(date(2024, 9, 2), date(2025, 5, 30)), (date(2025, 8, 18), date(2026, 3, 27))]
            as_of = [date(2026, 3, 31), date(2026, 2, 14), date(2025, 9, 2), date(2025, 12, 29), date(2026, 3, 4)]
            return plan, as_of[part % FOLDERS]
        if part % FOLDERS == 0:  # one term of one year
            return [autumn], autumn[1] - timedelta(rng.randrange(0, 30))
        if part % FOLDERS == 1:  # the end of a year, and the next
            late = (date(2025, 3, 3), date(2025, 6, 20))
            next_year = (date(2025, 9, 1) if self.england else date(2025, 7, 7), date(2025, 11, 14))
            if self.england:
                late = (date(2025, 4, 21), date(2025, 7, 22))
            return [late, next_year], date(2025, 11, 3) - timedelta(rng.randrange(0, 40))
        if part % FOLDERS == 2:  # a year that is over, or nearly
            return [spring], date(2025, 6, 20) + timedelta(rng.randrange(0, 80))
        if part % FOLDERS == 3:  # one term, asked for after it
            return [autumn], autumn[1] + timedelta(rng.randrange(0, 21))
        long_autumn = (autumn[0], date(2026, 3, 20))
        return [long_autumn], date(2026, 3, 1) - timedelta(rng.randrange(0, 30))

    def make_roll(self, school):
        rng = self.rng
        open_days = [day for day in school.days if day <= self.as_of]
        # Nothing is written down after this day: the rest is unknown.
        school.cutoff = self.as_of - timedelta(rng.choice([0, 0, 0, 1, 3, 9]))
        for day in open_days:
            if rng.random() < 0.015:
                school.roll[day] = "0"
            elif rng.random() < (0.3 if day > school.cutoff else 0.02):
                school.roll[day] = "1"
        school.open_days = open_days
        school.ordinals = [day.toordinal() for day in open_days]

    # --- students ------------------------------------------------------------------------------------------------

    def make_student(self, name, rule):
        rng = self.rng
        self.targets.append(rule)
        if rule in ELEMENTARY and rng.random() < 0.9:
            grade = rng.choice(["KG", "01", "03", "05", "Third grade"] + (["06"] if rule == "IN-ABSENT-5" else []))
        else:
            grade = rng.choice(["PK", "KG", "01", "04", "05", "06", "07", "09", "12", "Third grade", "Ninth grade"])
        self.lines["students.csv"].append(f"{name},{2025 - rng.randrange(5, 18)}-03-15")
        days = self.enroll(name, grade)
        if not days:
            return
        marked = {}
        place = self.place(rule, days)
        self.fill(rule, place, marked)
        self.disturb(rule, days, marked)
        for (day, school), rows in marked.items():
            for row in rows:
                self.lines["attendance.csv"].append(f"{name},{school.name},{day.isoformat()},{','.join(row)}")
        self.facts(name, rule, days, place)

    def enroll(self, name, grade):
        """Spans of enrollment, and the instructional days in them that are written about."""
        rng = self.rng
        home = rng.choice(self.schools)
        first, last = home.days[0], min(home.days[-1], self.as_of)
        length = max(2, (last - first).days)
        kind = rng.random()
        spans = [(home, first - timedelta(rng.choice([0, 0, 7])), None)]
        if kind < 0.14:  # moves once, and perhaps back
            other = rng.choice([school for school in self.schools if school is not home])
            move = first + timedelta(rng.randrange(1, length))
            gap = timedelta(rng.choice([0, 0, 0, 4, 10]))
            spans = [(home, spans[0][1], move), (other, move + gap, None)]
            if rng.random() < 0.3:
                back = move + gap + timedelta(rng.randrange(1, length))
                spans[1] = (other, move + gap, back)
                spans.append((home, back, None))
        elif kind < 0.21:  # leaves and comes back
            leave = first + timedelta(rng.randrange(1, length))
            spans = [(home, spans[0][1], leave), (home, leave + timedelta(rng.randrange(2, 40)), None)]
        elif kind < 0.26:  # leaves
            spans = [(home, spans[0][1], first + timedelta(rng.randrange(length // 2, length + 1)))]
        elif kind < 0.31:  # comes late
            spans = [(home, first + timedelta(rng.randrange(1, length)), None)]
        elif kind < 0.33:  # at two schools at once, for a time
            other = rng.choice([school for school in self.schools if school is not home])
            both = first + timedelta(rng.randrange(0, length))
            leaves = rng.choice([None, both + timedelta(rng.randrange(1, length))])
            spans = [(home, spans[0][1], leaves), (other, both, None)]
        found = []
        promoted = rng.random() < 0.04
        for place, (school, entry, leaves) in enumerate(spans):
            if promoted and place == len(spans) - 1:
                grade = rng.choice(["05", "06", "07", "KG"])
            if leaves is not None and leaves <= entry:
                continue
            end = leaves.isoformat() if leaves else ""
            self.lines["enrollments.csv"].append(f"{name},{school.name},{grade},{entry.isoformat()},{end}")
            stop = min(leaves.toordinal() if leaves else 10**7, school.cutoff.toordinal() + 1)
            low, high = bisect_left(school.ordinals, entry.toordinal()), bisect_left(school.ordinals, stop)
            found += [(day, school) for day in school.open_days[low:high]]
        return found

    # --- where the marks lie -------------------------------------------------------------------------------------

    def number(self, threshold):
        """How many: mostly one too few or just enough."""
        roll = self.rng.random()
        if roll < 0.34:
            return threshold - 1
        if roll < 0.66:
            return threshold
        if roll < 0.86:
            return threshold + self.rng.randrange(1, 3)
        return max(0, threshold - self.rng.randrange(2, 4)) if roll < 0.93 else threshold + self.rng.randrange(2, 9)

    def place(self, rule, days):
        """The days that count: (day, school), and where it matters how much of the day."""
        rng = self.rng
        measure, where, threshold = SHAPES[rule]
        if measure not in HALVES:
            return self.place_days(rule, days, self.number)
        single = []

        def number(threshold):
            halves = max(0, self.number(threshold))
            single.append(min(halves, halves % 2 + 2 * rng.choice([0, 0, 1, 2])))
            return (halves - single[0]) // 2 + single[0]

        chosen = self.place_days(rule, days, number)
        halves = set(rng.sample(range(len(chosen)), min(len(chosen), single[0]))) if single else set()
        return [(day, school, 1 if at in halves else 2) for at, (day, school) in enumerate(chosen)]

    def place_days(self, rule, days, number_of):
        rng = self.rng
        measure, where, threshold = SHAPES[rule]
        if measure == "report":
            return rng.sample(days, min(len(days), rng.randrange(0, 4)))
        years = {}
        for day, school in days:
            years.setdefault(day.year if day.month >= (9 if self.england else 7) else day.year - 1, []).append((day, school))
        year = rng.choice(list(years.values())) if rng.random() < 0.3 else max(years.values(), key=len)
        if where == "rate":
            year = [entry for entry in year if entry[1].roll.get(entry[0]) != "0"]
            number = -(-threshold * len(year) // 100) + rng.choice([-1, -1, 0, 0, 0, 1, 2])
            if measure == "sessions":  # so many sessions, and then as many days
                number = number_of(-(-threshold * 2 * len(year) // 100) + rng.choice([0, 0, 0, 1]))
            if rule == "TX-CHRONIC" and rng.random() < 0.5:
                number += 1
            if rule == "CA-CHRONIC" and rng.random() < 0.3:
                year = year[:rng.randrange(28, 36)]
            return sorted(rng.sample(year, max(0, min(len(year), number))), key=in_order)
        if where in ("minutes", "required"):
            return self.place_minutes(where, year)
        if where == "run":
            number = number_of(threshold)
            start = rng.randrange(0, max(1, len(year) - number))
            chosen = year[start:start + number]
            if rng.random() < 0.15 and len(chosen) > 1:  # with a hole
                del chosen[rng.randrange(1, len(chosen))]
            return chosen + rng.sample(year, min(len(year), rng.choice([0, 0, 1, 2])))
        if where == "half year":
            where = ("days", 181) if rng.random() < 0.5 else "year"
        if isinstance(where, tuple) and where[0] == "month or days":
            if rng.random() < 0.5:
                where = "month"
            else:
                where, threshold = ("days", where[1]), 10
        if rule == "IL-TRUANT" and rng.random() < 0.3:
            threshold = 9
        number = number_of(threshold)
        pool = year
        if where == "month":
            last = rng.choice(year)[0]
            pool = [entry for entry in year if (entry[0].year, entry[0].month) == (last.year, last.month)]
            if rng.random() < 0.25:  # across the boundary of two months
                at = year.index(pool[0])
                pool = year[max(0, at - 3):at + len(pool)]
        elif isinstance(where, tuple):
            end = days[-1 - rng.randrange(0, max(1, len(days) // 3))]
            if where[0] == "days":
                first = end[0] - timedelta(where[1] - 1)
            else:
                at = days.index(end)
                first = days[max(0, at - where[1] + 1)][0]
            pool = [entry for entry in days if first <= entry[0] <= end[0]]
            before = [entry for entry in days if entry[0] < first]
            # The first and the last day of the window, or just outside of it.
            edge = rng.random()
            if edge < 0.6 and number >= 2 and len(pool) > number:
                outer = before[-1] if before and edge < 0.25 else pool[0]
                inner = rng.sample(pool[1:-1], min(number - 2, len(pool) - 2))
                return sorted([outer, end] + inner, key=in_order)
        chosen = rng.sample(pool, max(0, min(len(pool), number)))
        if rng.random() < 0.2 and len(chosen) > 1:  # a few outside of the window
            chosen += rng.sample(days, min(len(days), 2))
        return sorted(set(chosen), key=in_order)

    def place_minutes(self, where, year):
        """Days with so many minutes each that they add up to a threshold of minutes, or miss it by one."""
        rng = self.rng
        if not year:
            return []
        pool = year
        target = 1800
        if where == "required":
            target = rng.choice([2730, 5460, 5460, 6006, 6006])
        else:
            style = rng.random()
            if style < 0.35:  # in a row
                start = rng.randrange(0, len(year))
                pool = year[start:]
            elif style < 0.7:
                target = 2520
                start = rng.randrange(0, len(year))
                pool = sorted(rng.sample(year[start:start + 22], min(len(year[start:start + 22]), 16)), key=in_order)
            else:
                target = 4320
                pool = sorted(rng.sample(year, min(len(year), 36)), key=in_order)
        target += rng.choice([-400, -60, -1, 0, 0, 0, 1, 60, 200, 700])
        chosen = []
        for day, school in pool:
            minutes = min(target, school.minutes[day])
            if minutes <= 0:
                break
            target -= minutes
            chosen.append((day, school, minutes))
        return chosen

    # --- what is written down --------------------------------------------------------------------------------------

    def row(self, meaning, duration="", minutes="", period="", session="", arrival="", departure=""):
        codes = self.codes.get(meaning) or self.codes["unexcused"]
        category = codes[0] if len(codes) == 1 else self.rng.choice(codes)
        return (category, "", str(duration), str(minutes), str(period), session, arrival, departure)

    def fill(self, rule, place, marked):
        measure = SHAPES[rule][0]
        # The more marks a rule asks for, the rarer one that says a part of the day: else few histories would meet it.
        self.plainly = max(0.7, 1 - 1.5 / max(1, len(place)))
        for entry in place:
            day, school = entry[0], entry[1]
            if measure == "minutes":
                minutes = entry[2]
                meaning = "unexcused" if rule == "OH-HABITUAL" or self.rng.random() < 0.5 else "excused"
                if minutes == school.minutes[day]:
                    rows = [self.row(meaning)]
                elif self.rng.random() < 0.1:
                    rows = [self.row(meaning, duration=f"{minutes / school.minutes[day]:.6f}")]
                else:
                    rows = [self.row(meaning, minutes=minutes)]
            else:
                rows = self.counting(measure, day, school, *entry[2:])
            marked[day, school] = rows

    def counting(self, measure, day, school, halves=2):
        """Rows of a day that counts, or nearly."""
        rng = self.rng
        if halves == 1 and rng.random() < self.plainly:
            return [self.row("unexcused", session=rng.choice(["AM", "PM"]))]
        if measure in ("sessions", "penalty sessions"):
            if rng.random() < self.plainly:
                return [self.row("unexcused")]
            meaning = "unexcused" if measure == "penalty sessions" or rng.random() < 0.5 else "excused"
            roll = rng.random()
            if roll < 0.4:
                return [self.row(meaning)]
            if roll < 0.6:
                return [self.row(meaning, session="AM"), self.row(meaning, session="PM")]
            if roll < 0.8:
                return [self.row(meaning, session=rng.choice(["AM", "PM"]))]
            if roll < 0.9:
                return [self.row(meaning, session="AM"), self.row(rng.choice(["present", "not_counted"]), session="PM")]
            return [self.row(meaning, session="AM"), self.row(rng.choice(["present", "not_counted", "excused"]), session="AM")]
        meaning = "unexcused"
        if measure in ("half", "whole"):
            meaning = rng.choice(["excused", "unexcused", "excused", "unexcused", "unknown"])
        elif measure == "excused half":
            meaning = "excused"
        elif measure == "half or unknown":
            meaning = rng.choice(["unexcused", "unknown"])
        if rng.random() < self.plainly:
            if measure == "event" and rng.random() < 0.5:
                return [self.row(rng.choice(["tardy", "unexcused"]), minutes=rng.choice([29, 30, 31, 31, 31, 45]))]
            if measure == "periods" and rng.random() < 0.6:
                return [self.row("unexcused", period=number) for number in rng.sample(["1", "2", "3", "4"], 2)]
            if measure == "any" and rng.random() < 0.4:
                return [self.row("unexcused", duration=rng.choice(["0.1", "0.25", "0.000001", "0"]))]
            return [self.row(meaning)]
        return self.part_of_day(meaning, day, school)

    def part_of_day(self, meaning, day, school):
        """Rows that say a part of the day, often just a whole, just half, or just not."""
        rng = self.rng
        length = school.minutes[day]
        roll = rng.randrange(12)
        if roll == 0:
            return [self.row(meaning, duration=rng.choice(["1", "1.0", "0.5", "0.499999", "0.999999", "0.5000", "0", "0.25"]))]
        if roll == 1:
            return [self.row(meaning, minutes=rng.choice([length, length - 1, (length + 1) // 2, (length + 1) // 2 - 1, 30, 31]))]
        if roll == 2:
            return [self.row(meaning, session=rng.choice(["AM", "PM"]))]
        if roll == 3:
            return [self.row(meaning, session="AM"), self.row(rng.choice([meaning, meaning, "excused", "unexcused"]), session="PM")]
        if roll == 4:
            return [self.row(meaning, period=rng.choice(["1", "2", "9"]))]
        if roll == 5:
            periods = [period for period, _, _ in school.bells] or ["1", "2", "3"]
            return [self.row(meaning, period=period) for period in rng.sample(periods, rng.randrange(1, len(periods) + 1))]
        if roll == 6:  # the same morning twice does not add up
            return [self.row(meaning, duration="0.5", session="AM"), self.row(rng.choice([meaning, "tardy"]), duration="0.5", session="AM")]
        if roll == 7:  # late, and away again: two times that are apart, or touch, or overlap
            late = rng.choice([60, length // 2, length // 4])
            early = rng.choice([length // 2 - late, length // 2 - late + 1, length - late, 30])
            early = max(0, early)
            leaves = 8 * 60 + rng.choice([late, late - 1, length - early if length > early else late])
            return [
                self.row(rng.choice([meaning, "tardy"]), minutes=late, arrival=clock(8 * 60 + late)),
                self.row(rng.choice([meaning, "early_departure"]), minutes=early, departure=clock(leaves)),
            ]
        if roll == 8:  # away between, once before and once after noon
            return [
                self.row(meaning, duration="0.3", departure="09:00", arrival="10:30"),
                self.row(meaning, duration="0.2", departure=rng.choice(["10:30", "10:29", "13:00"]), arrival="14:00"),
            ]
        if roll == 9:
            return [self.row(meaning), self.row(rng.choice(["tardy", "partial", "present", "excused", "unexcused"]))]
        if roll == 10:
            return [self.row(meaning, duration="0.3"), self.row(meaning, duration="0.3", period="2")]
        return [self.row(rng.choice(["tardy", "partial", "early_departure"]), duration=rng.choice(["", "0.5", "1", "0"]))]

    def disturb(self, rule, days, marked):
        """Corrections, and everything that has nothing to do with the rule's own days."""
        rng = self.rng
        for key in list(marked):
            roll = rng.random()
            if roll < 0.02:  # corrected: an excuse came
                marked[key] = [self.row("excused")]
            elif roll < 0.03:  # corrected: the mark was taken back
                del marked[key]
            elif roll < 0.035:  # written twice
                marked[key] = marked[key] + marked[key]
            elif roll < 0.045:
                marked[key] = marked[key] + [self.row("present")]
        # Of the half of all sessions a stray mark hits the days that count too often.
        for _ in range(rng.choice([0, 0, 0, 1] if rule == "EN-SEVERE" else [0, 1, 1, 2, 3])):
            key = rng.choice(days)
            roll = rng.random()
            if roll < 0.2:
                rows = [self.row("excused")]
            elif roll < 0.5:
                rows = self.noise(key)
            elif roll < 0.6:
                rows = [self.row("unmapped")]
            elif roll < 0.68:
                rows = [self.row("unexcused", duration=rng.choice(["1.5", "half", "-1"]))]
            elif roll < 0.72:
                rows = [self.row("unexcused", session="EVE")]
            elif roll < 0.76 and key[1].states_minutes:
                rows = [self.row("unexcused", minutes=key[1].minutes[key[0]] + 1)]
            else:
                rows = [self.row("not_counted" if "not_counted" in self.codes else "present")]
            marked[key] = marked.get(key, []) + rows if rng.random() < 0.3 else rows
        school = days[0][1]
        if rng.random() < 0.05 and school.off:  # a row on a day without lessons
            day = rng.choice(school.off)
            if day <= school.cutoff:
                marked[day, school] = [self.row("unexcused")]
        if rng.random() < 0.05:  # a row outside of the enrollment, or at a school of others
            other = rng.choice(self.schools)
            if other.open_days:
                day = rng.choice(other.open_days)
                if day <= other.cutoff and (day, other) not in marked:
                    marked[day, other] = [self.row("unexcused")]

    def noise(self, key):
        self.plainly = 0
        if self.england:
            return self.counting("sessions", *key)
        return self.part_of_day(self.rng.choice(["excused", "unexcused", "unknown"]), *key)

    def facts(self, name, rule, days, place):
        rng = self.rng
        lines = self.lines["facts.csv"]

        def fact(day, kind):
            school = rng.choice(days)[1].name if rng.random() < 0.2 else ""
            lines.append(f"{name},{day.isoformat()},{kind},{school}")

        if self.pack == "us-ca":
            if rule == "CA-HABITUAL":
                for day in sorted({rng.choice(days)[0] for _ in range(rng.choice([1, 2, 2, 3, 3, 3, 3, 4, 5]))}):
                    fact(day + timedelta(rng.choice([0, 0, 0, 1])), "truancy_report")
                for _ in range(rng.choice([0, 1, 1, 1, 2])):
                    fact(rng.choice(days)[0], "conference_effort")
            if rule == "CA-CHRONIC-TRUANT" and rng.random() < 0.85:
                fact(days[min(len(days) - 1, int(rng.random() ** 2 * len(days)))][0], "truancy_law_followed")
        if self.pack == "us-tx" and rng.random() < 0.3 and place:
            for day in sorted({rng.choice(place)[0] for _ in range(rng.choice([1, 1, 2]))}):
                fact(day, "excluded_absence")

    # --- files -----------------------------------------------------------------------------------------------------

    def write(self, folder):
        os.makedirs(folder, exist_ok=True)
        for school in self.schools:
            for day in school.days:
                minutes = school.minutes[day] if school.states_minutes else ""
                sessions = school.sessions[day] or ""
                self.lines["calendar.csv"].append(
                    f"{school.name},{day.isoformat()},1,{minutes},{sessions},{school.years[day]}"
                )
            for day in school.off:
                self.lines["calendar.csv"].append(f"{school.name},{day.isoformat()},0,,,")
            for period, start, end in school.bells:
                self.lines["bells.csv"].append(f"{school.name},{period},{clock(start)},{clock(end)}")
            for day, taken in school.roll.items():
                self.lines["roll.csv"].append(f"{school.name},{day.isoformat()},{taken}")
        # No file need be in order: each says the same from the last row to the first.
        for lines in self.lines.values():
            self.rng.shuffle(lines)
        for name, header in CSV.items():
            if name == "facts.csv" and not self.lines[name]:
                continue
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                file.write("\n".join([header] + self.lines[name]) + "\n")
        if self.codes is LOCAL:
            with open(os.path.join(folder, "code-map.csv"), "w", encoding="utf-8") as file:
                file.write("category,meaning\n")
                for meaning, codes in LOCAL.items():
                    if meaning != "unmapped":
                        file.writelines(f"{code},{meaning}\n" for code in codes)
        with open(os.path.join(folder, "about.json"), "w", encoding="utf-8") as file:
            about = {"pack": self.pack, "rules": self.rules, "as_of": self.as_of.isoformat(), "targets": self.targets}
            json.dump(about, file)
