"""The attendance rules a second time: slow, plain, and without a line of the Rust engine.

Written from the definition of the rules (the table of rules and the sentences around it), so that a mistake in the
engine and a mistake here are unlikely to be the same. There is one function for each rule, at the end of the file;
above them is what they share: reading the plain files, the marks of one day, windows, counts and rates.

Dates are ordinals (`datetime.date.toordinal`). Parts of a day and minutes are fractions: nothing is ever rounded
before it is tested.
"""

import csv
import os
from bisect import bisect_left, bisect_right
from datetime import date
from fractions import Fraction
from functools import lru_cache

EXCUSED, UNEXCUSED, UNKNOWN = "excused", "unexcused", "unknown"
TARDY, PARTIAL, EARLY_DEPARTURE = "tardy", "partial", "early_departure"
PRESENT, NOT_COUNTED = "present", "not_counted"
ABSENCES = frozenset({EXCUSED, UNEXCUSED, UNKNOWN})
ALL_REASONS = ABSENCES | {TARDY, PARTIAL, EARLY_DEPARTURE}

ED_FI = {
    "Excused Absence": EXCUSED,
    "Unexcused Absence": UNEXCUSED,
    "Tardy": TARDY,
    "Partial": PARTIAL,
    "Early departure": EARLY_DEPARTURE,
    "In Attendance": PRESENT,
    "Present": PRESENT,
}
# England's codes with their statistical meaning.
DFE = {code: PRESENT for code in ["/", "\\", "L", "B", "K", "P", "V", "W"]}
DFE |= {code: EXCUSED for code in ["C", "C1", "C2", "E", "I", "J1", "M", "R", "S", "T"]}
DFE |= {code: UNEXCUSED for code in ["G", "N", "O", "U"]}
DFE |= {code: NOT_COUNTED for code in ["D", "Q", "X", "Y1", "Y2", "Y3", "Y4", "Y5", "Y6", "Y7", "Z", "#"]}

GRADES = ["PK", "KG", "01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12"]
GRADE_WORDS = {
    "Preschool/Prekindergarten": "PK", "Kindergarten": "KG", "First grade": "01", "Second grade": "02",
    "Third grade": "03", "Fourth grade": "04", "Fifth grade": "05", "Sixth grade": "06", "Seventh grade": "07",
    "Eighth grade": "08", "Ninth grade": "09", "Tenth grade": "10", "Eleventh grade": "11", "Twelfth grade": "12",
}


# ---------------------------------------------------------------------------------------------------------------
# Dates

@lru_cache(maxsize=None)
def ordinal(text):
    return date.fromisoformat(text).toordinal()


@lru_cache(maxsize=None)
def iso(day):
    return date.fromordinal(day).isoformat()


def monday(day):
    """The Monday of the week of a day. Ordinal 1 (0001-01-01) was a Monday."""
    return day - (day - 1) % 7


def first_of_month(day):
    return date.fromordinal(day).replace(day=1).toordinal()


def months_before(day, months):
    """The same day of the month so many months before, or the last day of that month where it has no such day."""
    there = date.fromordinal(day)
    month = there.year * 12 + (there.month - 1) - months
    for number in (there.day, 30, 29, 28):
        try:
            return date(month // 12, month % 12 + 1, number).toordinal()
        except ValueError:
            continue
    raise AssertionError("every month has a 28th")


def year_of(day, begins):
    """A school year without a name runs from the first of a month to the day before, a year later."""
    there = date.fromordinal(day)
    first = there.year if there.month >= begins else there.year - 1
    return f"{first}-{first + 1}"


# ---------------------------------------------------------------------------------------------------------------
# The plain files

class School:
    def __init__(self, name):
        self.name = name
        self.length = {}  # instructional day -> minutes of the school day, None where nobody says
        self.stated = {}  # the same, as far as calendar.csv says it
        self.sessions = {}  # instructional day -> marks a day, None where nobody says
        self.year = {}  # instructional day -> school year
        self.named = False
        self.bells = {}  # period -> (start, end) in minutes after midnight
        self.roll = {}  # day -> taken or not, where roll.csv says so
        self.last_row = 0  # the last attendance row up to the as-of date
        self.plain = {}  # (day, grade) -> the day of a student without a mark, shared by all

    def finish(self):
        self.dates = sorted(self.year)
        self.place = {day: place for place, day in enumerate(self.dates)}


class Mark:
    __slots__ = ("meaning", "duration", "minutes", "period", "session", "arrival", "departure")


class Day:
    """One instructional day of an enrolled student at one school."""

    __slots__ = ("date", "school", "grade", "known", "marks", "missed")

    def __init__(self, day, school, grade, known, marks):
        self.date, self.school, self.grade, self.known, self.marks = day, school, grade, known, marks
        self.missed = {}  # meanings -> the part missed, once it was asked for


class Student:
    def __init__(self, name):
        self.name = name
        self.spans = []  # (school, entry, exit or None, grade)
        self.marks = {}  # (day, school name) -> marks
        self.unusable = set()  # (day, school name)
        self.facts = []  # (day, fact, school name or "")


def rows(folder, name, optional=False):
    path = os.path.join(folder, name)
    if optional and not os.path.exists(path):
        return
    with open(path, newline="", encoding="utf-8") as file:
        reader = csv.reader(file)
        header = next(reader)
        for row in reader:
            yield dict(zip(header, row))


def decimal(text):
    """A decimal number as a fraction; None where it is none."""
    body = text.replace(".", "", 1)
    return Fraction(text) if body.isdigit() and body.isascii() else None


def clock(text):
    """Minutes after midnight of `08:15`; None where it is no time of day."""
    hour, colon, minute = text.partition(":")
    if colon and hour.isdigit() and minute.isdigit() and len(minute) == 2 and int(hour) < 24 and int(minute) < 60:
        return int(hour) * 60 + int(minute)
    return None


class District:
    """What the plain files say up to the as-of date."""

    def __init__(self, folder, as_of, england=False):
        self.as_of = as_of
        self.begins = 9 if england else 7
        self.usual_sessions = 2 if england else 1
        self.schools = {}
        self.students = {}
        self.calendars = {}
        meanings = dict(ED_FI, **DFE) if england else ED_FI
        if os.path.exists(os.path.join(folder, "code-map.csv")):
            meanings = {row["category"]: row["meaning"] for row in rows(folder, "code-map.csv")}
        for row in rows(folder, "calendar.csv"):
            school = self.schools.setdefault(row["school_id"], School(row["school_id"]))
            if row["instructional"] != "1":
                continue
            day = ordinal(row["date"])
            name = row.get("school_year", "")
            school.named = school.named or name != ""
            school.year[day] = name or year_of(day, self.begins)
            school.length[day] = int(row["minutes"]) if row.get("minutes") else None
            school.sessions[day] = int(row["sessions"]) if row.get("sessions") else None
        for row in rows(folder, "bells.csv", optional=True):
            self.schools[row["school_id"]].bells[row["period"]] = (clock(row["start"]), clock(row["end"]))
        for row in rows(folder, "roll.csv", optional=True):
            self.schools[row["school_id"]].roll[ordinal(row["date"])] = row["taken"] == "1"
        for school in self.schools.values():
            school.finish()
            school.stated = dict(school.length)
            # The length of a day: the calendar's minutes, else the sum of the bells.
            total = sum(end - start for start, end in school.bells.values())
            for day, minutes in school.length.items():
                if minutes is None and total:
                    school.length[day] = total
        for row in rows(folder, "enrollments.csv"):
            student = self.students.setdefault(row["student_id"], Student(row["student_id"]))
            grade = GRADE_WORDS.get(row["grade"], row["grade"])
            leaves = ordinal(row["exit_date"]) if row["exit_date"] else None
            student.spans.append((self.schools[row["school_id"]], ordinal(row["entry_date"]), leaves, grade))
        self.read_attendance(folder, meanings)
        for row in rows(folder, "facts.csv", optional=True):
            if row["student_id"] in self.students:
                fact = (ordinal(row["date"]), row["fact"], row.get("school_id", ""))
                if fact not in self.students[row["student_id"]].facts:  # written twice, it is one
                    self.students[row["student_id"]].facts.append(fact)

    def read_attendance(self, folder, meanings):
        with open(os.path.join(folder, "attendance.csv"), newline="", encoding="utf-8") as file:
            reader = csv.reader(file)
            header = next(reader)
            at = {name: header.index(name) if name in header else None for name in
                  ["student_id", "school_id", "date", "category", "duration", "minutes", "period", "session",
                   "arrival", "departure"]}
            for row in reader:
                value = {name: row[place] if place is not None else "" for name, place in at.items()}
                school = self.schools.get(value["school_id"])
                day = ordinal(value["date"])
                if school is None or day > self.as_of:
                    continue
                school.last_row = max(school.last_row, day)
                student = self.students.get(value["student_id"])
                # A row on a non-instructional day or outside enrollment changes nothing.
                if student is None or day not in school.year or not enrolled(student, school, day):
                    continue
                mark = read_mark(value, meanings, school.stated[day])
                if mark is None:
                    student.unusable.add((day, school.name))
                else:
                    student.marks.setdefault((day, school.name), []).append(mark)

    def calendar(self, schools):
        """The calendars of these schools, as one."""
        names = tuple(sorted(school.name for school in schools))
        if names not in self.calendars:
            self.calendars[names] = Calendar([self.schools[name] for name in names])
        return self.calendars[names]


def enrolled(student, school, day):
    """The exit day is not enrolled."""
    return any(
        at is school and entry <= day and (leaves is None or day < leaves) for at, entry, leaves, _ in student.spans
    )


def read_mark(value, meanings, length):
    """The mark of a row, or None where the row cannot be used: a bad value, a category that nobody mapped, more
    minutes than calendar.csv gives the school day."""
    mark = Mark()
    mark.meaning = meanings.get(value["category"])
    mark.duration = mark.minutes = mark.arrival = mark.departure = None
    mark.period = value["period"] or None
    mark.session = value["session"] or None
    if mark.meaning is None or mark.session not in (None, "AM", "PM"):
        return None
    if value["duration"]:
        mark.duration = decimal(value["duration"])
        if mark.duration is None or mark.duration > 1:
            return None
    if value["minutes"]:
        mark.minutes = decimal(value["minutes"])
        if mark.minutes is None or (length is not None and mark.minutes > length):
            return None
    for name in ("arrival", "departure"):
        if value[name]:
            time = clock(value[name])
            if time is None:
                return None
            setattr(mark, name, time)
    return mark


# ---------------------------------------------------------------------------------------------------------------
# The marks of one day

def part_missed(mark, day):
    """The part of the day that one mark says was missed: 0 to 1. None: nobody can know."""
    if mark.meaning not in ALL_REASONS:
        return 0
    if mark.duration is not None:
        return mark.duration
    length = day.school.length[day.date]
    if mark.minutes is not None:
        return None if length is None else Fraction(mark.minutes, length)
    if mark.meaning not in ABSENCES:
        return 0  # tardy, partial and early departure without more miss nothing
    if mark.period is not None:
        if mark.period not in day.school.bells or length is None:
            return None
        start, end = day.school.bells[mark.period]
        return Fraction(end - start, length)
    if mark.session is not None:
        return Fraction(1, 2)
    return 1


def away(mark, school):
    """When the student was away, as far as the mark says: spans of minutes after midnight, or None."""
    came, left = mark.arrival, mark.departure
    if came is not None and left is not None:
        if came == left:
            return None
        return [(left, came)] if left < came else [(0, came), (left, 1440)]
    if came is not None:
        return [(0, came)]
    if left is not None:
        return [(left, 1440)]
    if mark.period is not None and mark.period in school.bells:
        return [school.bells[mark.period]]
    return None


def apart(one, other, school):
    """Whether two marks are about different times for certain."""
    if one.session is not None and other.session is not None and one.session != other.session:
        return True
    if one.period is not None and other.period is not None and one.period != other.period:
        return True
    ours, theirs = away(one, school), away(other, school)
    if ours is None or theirs is None:
        return False
    return all(a_end <= b_start or b_end <= a_start for a_start, a_end in ours for b_start, b_end in theirs)


def day_missed(day, meanings):
    """The part of the day missed in these meanings. Parts add up only where their times are apart."""
    if meanings not in day.missed:
        day.missed[meanings] = most_missed(day, meanings)
    return day.missed[meanings]


def most_missed(day, meanings):
    parts = [(mark, part_missed(mark, day)) for mark in day.marks]
    if any(part is None for _, part in parts):
        return None
    parts = [(mark, part) for mark, part in parts if mark.meaning in meanings]
    if len(parts) == 1:
        return min(parts[0][1], 1)
    most = 0
    for chosen in range(1 << len(parts)):
        group = [parts[i] for i in range(len(parts)) if chosen >> i & 1]
        if all(apart(a[0], b[0], day.school) for i, a in enumerate(group) for b in group[:i]):
            most = max(most, sum(part for _, part in group))
    return min(most, 1)


# A measure says what a day with marks adds to a count: 0 or more, or None where the day is unknown to it.

def days_missed(meanings, counts_as_absent):
    """1 for each day of which so much was missed."""
    def measure(day):
        missed = day_missed(day, meanings)
        return None if missed is None else int(counts_as_absent(missed))
    return measure


def at_least_half(part):
    return 2 * part >= 1


def whole(part):
    return part == 1


def any_part(part):
    return part > 0


def half_days(meanings):
    """2 for a whole day, 1 for at least half of it."""
    def measure(day):
        missed = day_missed(day, meanings)
        return None if missed is None else int(at_least_half(missed)) + int(whole(missed))
    return measure


def minutes_missed(meanings):
    """The part of the day that was missed, in minutes of that day."""
    def measure(day):
        missed = day_missed(day, meanings)
        if missed is None or not missed:
            return missed
        length = day.school.length[day.date]
        return None if length is None else missed * length
    return measure


def two_periods(meanings):
    """1 for each day on which at least two different periods, or the whole day, were missed. Needs no bells."""
    def measure(day):
        counted = [mark for mark in day.marks if mark.meaning in meanings]
        periods = {mark.period for mark in counted if mark.period and mark.duration != 0 and mark.minutes != 0}
        return int(len(periods) >= 2 or full_day(counted, day))
    return measure


def minutes_of(mark, day):
    """The minutes that one mark says were missed; None where the length of the day or the bells are not known."""
    if mark.meaning not in ALL_REASONS:
        return 0
    if mark.minutes is not None:
        return mark.minutes
    if mark.duration is None and mark.meaning in ABSENCES and mark.period is not None:
        if mark.period not in day.school.bells:
            return None
        start, end = day.school.bells[mark.period]
        return end - start
    part = part_missed(mark, day)
    length = day.school.length[day.date]
    if part == 0:
        return 0
    return None if length is None else part * length


def events_over_30_minutes(meanings):
    """1 for each day with an event: a full day, or one tardy or absence of more than 30 minutes."""
    def measure(day):
        counted = [mark for mark in day.marks if mark.meaning in meanings]
        minutes = [minutes_of(mark, day) for mark in counted]
        if any(number is not None and number > 30 for number in minutes) or full_day(counted, day):
            return 1
        return None if None in minutes else 0
    return measure


def full_day(marks, day):
    """Whether these marks, where they are apart, are a full day, as far as each says how much of the day it is."""
    only = Day(day.date, day.school, day.grade, True, [mark for mark in marks if part_missed(mark, day) is not None])
    return day_missed(only, ALL_REASONS) == 1


BEST_FIRST = [PRESENT, TARDY, PARTIAL, EARLY_DEPARTURE, EXCUSED, UNEXCUSED, UNKNOWN, NOT_COUNTED]


def sessions_of(day, usual):
    """The meaning that wins in each session of a day; None for a session without a mark (attended)."""
    number = day.school.sessions[day.date] or usual
    if number == 1:  # whatever a mark calls it, it is about the one session that there is
        return [min((mark.meaning for mark in day.marks), key=BEST_FIRST.index, default=None)]
    return [
        min((mark.meaning for mark in day.marks if mark.session in (None, name)), key=BEST_FIRST.index, default=None)
        for name in ("AM", "PM")
    ]


# ---------------------------------------------------------------------------------------------------------------
# What one scope sees of a student, and the windows

class Calendar:
    """The instructional days of one school, or of all the schools of a student."""

    def __init__(self, schools):
        self.schools = schools
        self.dates = sorted(set().union(*[school.dates for school in schools]))
        self.weeks = sorted({monday(day) for day in self.dates})
        self.starts = {}  # window -> day -> the window's first day: the same for all students
        self.years = {}  # school year -> its instructional days
        self.limits = {}  # school year -> its first day, and the first day of the next

    def of_year(self, year):
        if year not in self.years:
            days = [day for day in self.dates if any(school.year.get(day) == year for school in self.schools)]
            self.years[year] = days
        return self.years[year]

    def bounds(self, year, begins):
        """The first day of a school year, and the first day of the next one."""
        if year not in self.limits:
            spans = [self.span(school, year, begins) for school in self.schools]
            self.limits[year] = min(start for start, _ in spans), min(end for _, end in spans)
        return self.limits[year]

    def span(self, school, year, begins):
        """The same at one school."""
        first = int(year[:4])
        if not school.named:
            return date(first, begins, 1).toordinal(), date(first + 1, begins, 1).toordinal()
        # A year that the calendar names begins with its first day and lasts until the next one begins.
        start = min(day for day in school.dates if school.year[day] == year)
        later = [day for day in school.dates if school.year[day] > year]
        return start, min(later, default=date(9000, 1, 1).toordinal())


class Case:
    """A student in one scope and school year, and the days before it that a window may reach."""

    def __init__(self, district, student, schools, year, days):
        self.district, self.student, self.year = district, student, year
        self.as_of = district.as_of
        self.calendar = district.calendar(schools)
        self.names = {school.name for school in schools}
        self.so_far = [day for day in days if day.school.year[day.date] <= year]  # of this year and those before
        self.measured = {}
        self.starts = {}
        self.in_year = [day for day in days if day.school.year[day.date] == year]
        here = [school for school in schools if any(day.school is school for day in self.in_year)]
        self.year_calendar = district.calendar(here)
        self.first, self.next_year = self.year_calendar.bounds(year, district.begins)
        # Yearly counts and rates hold until the next school year begins.
        self.lasts = self.as_of < self.next_year

    def free(self, day):
        """Whether the student's own school has no lessons on this day, although another one of the scope has."""
        here = [
            school for school, entry, leaves, _ in self.student.spans
            if school.name in self.names and entry <= day and (leaves is None or day < leaves)
        ]
        return bool(here) and not any(day in school.year for school in here)

    def facts(self, name):
        """The facts of the school year, as dates. A fact of one school is dated by the years of that school; one without
        a school by those of any school of the year."""
        return [day for day, fact, school in self.student.facts if fact == name and self.of_year(day, school)]

    def of_year(self, day, name):
        return day <= self.as_of and any(
            start <= day < end and name in ("", school.name)
            for school in self.year_calendar.schools
            for start, end in [self.year_calendar.span(school, self.year, self.district.begins)]
        )

    def start(self, window, day):
        """The first day of the window that ends on this day."""
        if window not in self.starts:
            key = (window, self.year, self.first, self.year_calendar)
            self.starts[window] = self.calendar.starts.setdefault(key, {})
        starts = self.starts[window]
        if day not in starts:
            starts[day] = window(self, day)
        return starts[day]


def school_year(case, day):
    return case.first


def calendar_month(case, day):
    return first_of_month(day)


def school_month(case, day):
    """Blocks of four school weeks from the first school day of the calendar."""
    weeks = sorted({monday(other) for other in case.year_calendar.of_year(case.year)})
    place = bisect_right(weeks, day) - 1
    return weeks[place - place % 4]


def rolling(window):
    window.rolls = True
    return window


@lru_cache(maxsize=None)
def last_days(number):
    def window(case, day):
        return day - number + 1
    return rolling(window)


@lru_cache(maxsize=None)
def last_months(number, within_year=False):
    def window(case, day):
        first = months_before(day, number) + 1
        return max(first, case.first) if within_year else first
    return window if within_year else rolling(window)


@lru_cache(maxsize=None)
def last_school_weeks(number):
    def window(case, day):
        weeks = case.calendar.weeks
        place = bisect_right(weeks, day) - 1
        # Nothing after the as-of date is looked at: a week whose first lesson is yet to come is no school week so far.
        dates = case.calendar.dates
        last = bisect_right(dates, case.as_of) - 1
        if last >= 0 and weeks[place] > monday(dates[last]):
            place -= 1
        return weeks[max(0, place - number + 1)]
    return rolling(window)


@lru_cache(maxsize=None)
def last_instructional_days(number):
    def window(case, day):
        dates = case.calendar.dates
        place = bisect_right(dates, day) - 1
        return dates[max(0, place - number + 1)]
    return rolling(window)


# ---------------------------------------------------------------------------------------------------------------
# Counts

class Answer:
    """What a rule says of one scope and school year."""

    def __init__(self):
        self.met_on = None
        self.standing = False
        self.standing_since = None
        self.numerator = 0
        self.denominator = None
        self.evidence = {}  # date -> what it counts
        self.met_evidence = []
        self.episodes = []
        self.near = False  # not met but with one more, or met with none to spare


class Criterion:
    """So much of a measure in a window."""

    def __init__(self, measure, window, least, most=None, step=1):
        self.measure, self.window, self.least, self.most, self.step = measure, window, least, most, step
        self.rolls = getattr(window, "rolls", False)  # a rolling window reaches into the school years before

    def met(self, value):
        return value >= self.least and (self.most is None or value <= self.most)


def amounts(case, measure, without=(), all_years=False):
    """What each marked day adds, and which days the measure does not know. A day without a mark adds nothing."""
    key = (measure, without, all_years)
    if key not in case.measured:
        case.measured[key] = measure_all(case.so_far if all_years else case.in_year, measure, without)
    return case.measured[key]


def measure_all(days, measure, without):
    added, unknown = [], set()
    for day in days:
        if not day.known:
            unknown.add((day.date, day.school.name))
        elif day.marks:
            amount = measure(day)
            if amount is None:
                unknown.add((day.date, day.school.name))
            elif amount and (day.date, "") not in without and (day.date, day.school.name) not in without:
                added.append((day.date, amount))
    return added, unknown


def count(case, *criteria, eligible=None, without=(), runs=None):
    """A rule that is met where one of its criteria is met on a tested day."""
    values = []
    measured = {criterion: amounts(case, criterion.measure, without, criterion.rolls) for criterion in criteria}
    if not any(added for added, _ in measured.values()):
        return None
    never_known = set.intersection(*[unknown for _, unknown in measured.values()])
    tested = {
        day.date: True for day in case.in_year
        if (day.date, day.school.name) not in never_known and (eligible is None or eligible(day))
    }
    tested = list(tested)
    if not tested:
        return None
    last = tested[-1]

    def marks_in(criterion, day):
        added, unknown = measured[criterion]
        if criterion.window in RUNS:
            return criterion.window(case, day, added, unknown)
        first = case.start(criterion.window, day)
        return [entry for entry in added if first <= entry[0] <= day]

    def value_of(criterion, day):
        return sum([amount for _, amount in marks_in(criterion, day)])

    for criterion in criteria:
        values.append([value_of(criterion, day) for day in tested])
    met = [[criterion.met(value) for value in line] for criterion, line in zip(criteria, values)]
    answer = Answer()
    answer.near = any(
        criterion.least - criterion.step <= max(line) < criterion.least + criterion.step
        for criterion, line in zip(criteria, values)
    )
    any_met = [any(line[i] for line in met) for i in range(len(tested))]
    if not any(any_met):
        return answer
    # A yearly count stands as it did on the last tested day; a window stands where the one of the as-of date meets it.
    stands = []
    for criterion, line in zip(criteria, met):
        if not case.lasts:
            stands.append(False)
        elif criterion.window is school_year:
            stands.append(line[-1])
        else:
            stands.append(line[-1] and criterion.met(value_of(criterion, case.as_of)))
    answer.standing = any(stands)
    set_episodes(answer, tested, any_met)
    place = tested.index(answer.met_on)
    met_first = next(i for i in range(len(criteria)) if met[i][place])
    speaks = stands.index(True) if answer.standing else met_first
    criterion, line = criteria[speaks], values[speaks]
    answer.numerator = max(line)
    fullest = tested[line.index(answer.numerator)]
    if criterion.window is school_year:
        fullest = last
    for day, amount in marks_in(criterion, fullest):
        answer.evidence[day] = answer.evidence.get(day, 0) + amount
    answer.met_evidence = [day for day, _ in marks_in(criteria[met_first], answer.met_on)]
    return answer


def set_episodes(answer, tested, met):
    """Runs of tested days on which the rule was met. The last one is open where the rule stands."""
    runs = []
    for day, yes, before in zip(tested, met, [False] + met):
        if yes and before:
            runs[-1][1] = day
        elif yes:
            runs.append([day, day])
    answer.met_on = runs[0][0]
    if answer.standing:
        runs[-1][1] = None
        answer.standing_since = runs[-1][0]
    answer.episodes = runs


def days_running(case, day, added, unknown):
    """The days that count, one instructional day of the school after the other, up to this day. With two schools, a day
    at both counts twice, and counts only where both were missed."""
    if "in a row" not in case.measured:
        here, counting = {}, {}
        for other in case.in_year:
            here[other.date] = here.get(other.date, 0) + 1
        for date_of_day, amount in added:
            counting.setdefault(date_of_day, []).append((date_of_day, amount))
        case.measured["in a row"] = here, counting
    here, counting = case.measured["in a row"]
    dates = case.year_calendar.of_year(case.year)
    place = bisect_right(dates, day) - 1
    run = []
    while place >= 0:
        date_of_day = dates[place]
        if len(counting.get(date_of_day, ())) == here.get(date_of_day, 1):
            run = counting[date_of_day] + run
        elif date_of_day in here or not case.free(date_of_day):
            break
        place -= 1
    return run


def minutes_running(case, day, added, unknown):
    """The minutes that count, since the last day that was attended in full."""
    if "attended" not in case.measured:
        nothing_missed = {}  # of the schools of a day at which it is known
        for other in case.in_year:
            if (other.date, other.school.name) not in unknown:
                here = not day_missed(other, ALL_REASONS)
                nothing_missed[other.date] = nothing_missed.get(other.date, True) and here
        case.measured["attended"] = [other for other, full in nothing_missed.items() if full]
    attended = case.measured["attended"]
    place = bisect_right(attended, day)
    start = attended[place - 1] if place else case.first
    return [entry for entry in added if start <= entry[0] <= day]


RUNS = {days_running, minutes_running}


# ---------------------------------------------------------------------------------------------------------------
# Rates

def rate(case, measure, percent, least, more_than=False, least_present=0, in_force=0, fact=None, possible=None):
    """So much of the known enrolled days (or possible sessions) so far, tested from the least enrollment on."""
    added, unknown = amounts(case, measure)
    if not added:
        return None
    by_date = {}
    for day in case.in_year:
        if (day.date, day.school.name) not in unknown:
            by_date[day.date] = by_date.get(day.date, 0) + (possible(day) if possible else 1)
    absent = {}
    for day, amount in added:
        if day in by_date:
            absent[day] = absent.get(day, 0) + amount
    from_day = 0
    if fact is not None:
        from_day = min(case.facts(fact), default=case.as_of + 1)
    of = missed = present = 0
    tested, met = [], []
    evidence = {}
    for day, offered in by_date.items():
        of += offered
        missed += absent.get(day, 0)
        present += 1 if not absent.get(day) else 0
        if absent.get(day):
            evidence[day] = absent[day]
        if of < least or present < least_present or day < in_force:
            continue
        tested.append(day)
        yes = 100 * missed > percent * of if more_than else 100 * missed >= percent * of
        met.append(yes and day >= from_day)
    if not tested:
        return None
    answer = Answer()
    one_more = 100 * (missed + 1) - percent * (of + 1)
    one_less = 100 * (missed - 1) - percent * of
    now = 100 * missed - percent * of
    if more_than:
        answer.near = one_more > 0 >= now or now > 0 >= one_less
    else:
        answer.near = one_more >= 0 > now or now >= 0 > one_less
    if not any(met):
        return answer
    answer.standing = case.lasts and met[-1]
    set_episodes(answer, tested, met)
    answer.numerator, answer.denominator = missed, of
    answer.evidence = evidence
    answer.met_evidence = [day for day in evidence if day <= answer.met_on]
    return answer


# ---------------------------------------------------------------------------------------------------------------
# The rules, one function each

UNEXCUSED_HALF = days_missed(frozenset({UNEXCUSED}), at_least_half)
UNEXCUSED_WHOLE = days_missed(frozenset({UNEXCUSED}), whole)
UNEXCUSED_ANY = days_missed(frozenset({UNEXCUSED}), any_part)
UNEXCUSED_OR_UNKNOWN_HALF = days_missed(frozenset({UNEXCUSED, UNKNOWN}), at_least_half)
EXCUSED_HALF = days_missed(frozenset({EXCUSED}), at_least_half)
ANY_REASON_HALF = days_missed(ALL_REASONS, at_least_half)
ANY_REASON_WHOLE = days_missed(ALL_REASONS, whole)
UNEXCUSED_HALF_DAYS = half_days(frozenset({UNEXCUSED}))
UNEXCUSED_MINUTES = minutes_missed(frozenset({UNEXCUSED}))
ALL_MINUTES = minutes_missed(ALL_REASONS)
UNEXCUSED_TWO_PERIODS = two_periods(frozenset({UNEXCUSED}))
TRUANT_EVENT = events_over_30_minutes(frozenset({UNEXCUSED, TARDY}))


def grades(first, last):
    """Whether the enrollment's grade on the tested day is one of these."""
    allowed = set(GRADES[GRADES.index(first):GRADES.index(last) + 1])
    return lambda day: day.grade in allowed


KG_TO_05 = grades("KG", "05")
KG_TO_06 = grades("KG", "06")


def us_chronic(case):
    return rate(case, ANY_REASON_HALF, 10, least=10)


def ny_chronic(case):
    return rate(case, ANY_REASON_HALF, 10, least=10, least_present=1)


def ct_chronic(case):
    return rate(case, ANY_REASON_HALF, 10, least=10)


def in_chronic(case):
    return rate(case, ANY_REASON_HALF, 10, least=10, in_force=ordinal("2025-07-01"))


def ca_chronic(case):
    return rate(case, ANY_REASON_WHOLE, 10, least=31)


def tx_chronic(case):
    # In force since 2025-09-01 (Senate Bill 991).
    return rate(case, ANY_REASON_HALF, 10, least=10, more_than=True, in_force=ordinal("2025-09-01"))


def ca_truant(case):
    return count(case, Criterion(TRUANT_EVENT, school_year, 3))


def ca_habitual(case):
    reports = sorted(case.facts("truancy_report"))
    efforts = case.facts("conference_effort")
    tested = [day for day in dict.fromkeys(day.date for day in case.in_year if day.known)]
    if not tested or not reports:
        return None
    values = [sum(report <= day for report in reports) for day in tested]
    met = [value >= 3 and any(effort <= day for effort in efforts) for value, day in zip(values, tested)]
    answer = Answer()
    answer.near = values[-1] in (2, 3) and bool(efforts)
    if not any(met):
        return answer
    answer.standing = case.lasts and met[-1]
    set_episodes(answer, tested, met)
    answer.numerator = values[-1]
    for report in reports:
        if report <= tested[-1]:
            answer.evidence[report] = answer.evidence.get(report, 0) + 1
    answer.met_evidence = [report for report in reports if report <= answer.met_on]
    return answer


def ca_chronic_truant(case):
    return rate(case, UNEXCUSED_HALF, 10, least=10, fact="truancy_law_followed")


def tx_warn(case):
    return count(case, Criterion(UNEXCUSED_ANY, last_days(28), 3))


def tx_truant(case):
    excluded = tuple((day, school) for day, fact, school in case.student.facts if fact == "excluded_absence")
    return count(case, Criterion(UNEXCUSED_ANY, last_months(6, within_year=True), 10), without=excluded)


def oh_habitual(case):
    return count(
        case,
        Criterion(UNEXCUSED_MINUTES, minutes_running, 1800, step=360),
        Criterion(UNEXCUSED_MINUTES, school_month, 2520, step=360),
        Criterion(UNEXCUSED_MINUTES, school_year, 4320, step=360),
    )


def oh_chronic(case):
    def required(day):
        """Required hours of the year, in minutes, by the grade on the day."""
        if day.grade not in GRADES:
            return None
        place = GRADES.index(day.grade)
        if place <= GRADES.index("KG"):
            length = day.school.length[day.date]
            return (455 if length is not None and length <= 240 else 910) * 60
        return (910 if place <= GRADES.index("06") else 1001) * 60

    added, unknown = amounts(case, ALL_MINUTES)
    if not added:
        return None
    minutes, known = {}, {}
    for day, amount in added:
        minutes[day] = minutes.get(day, 0) + amount
    for day in case.in_year:
        if (day.date, day.school.name) not in unknown:
            known.setdefault(day.date, day)
    missed = of = 0
    tested, met, evidence = [], [], {}
    for date_of_day, day in known.items():
        if date_of_day in minutes:
            missed += minutes[date_of_day]
            evidence[date_of_day] = minutes[date_of_day]
        # In force since 2025-09-30 (House Bill 96).
        if required(day) is not None and date_of_day >= ordinal("2025-09-30"):
            of = required(day)
            tested.append(date_of_day)
            met.append(10 * missed >= of)
    if not tested:
        return None
    answer = Answer()
    answer.near = of - 3600 <= 10 * missed < of + 3600
    if not any(met):
        return answer
    answer.standing = case.lasts and met[-1]
    set_episodes(answer, tested, met)
    answer.numerator, answer.denominator = missed, of
    answer.evidence = evidence
    answer.met_evidence = [day for day in evidence if day <= answer.met_on]
    return answer


def fl_pattern(case):
    return count(
        case,
        Criterion(UNEXCUSED_OR_UNKNOWN_HALF, calendar_month, 5),
        Criterion(UNEXCUSED_OR_UNKNOWN_HALF, last_days(90), 10),
    )


def fl_habitual(case):
    return count(case, Criterion(UNEXCUSED_HALF, last_days(90), 15))


def pa_truant(case):
    return count(case, Criterion(UNEXCUSED_WHOLE, school_year, 3))


def pa_habitual(case):
    return count(case, Criterion(UNEXCUSED_WHOLE, school_year, 6))


def wa_month_1(case):
    return count(case, Criterion(UNEXCUSED_HALF, calendar_month, 1))


def wa_month_3(case):
    return count(case, Criterion(UNEXCUSED_HALF, calendar_month, 3))


def wa_month_7(case):
    return count(case, Criterion(UNEXCUSED_HALF, calendar_month, 7))


def wa_year_15(case):
    return count(case, Criterion(UNEXCUSED_HALF, school_year, 15))


def wa_excused_5(case):
    return count(case, Criterion(EXCUSED_HALF, calendar_month, 5), eligible=KG_TO_05)


def wa_excused_10(case):
    return count(case, Criterion(EXCUSED_HALF, school_year, 10), eligible=KG_TO_05)


def va_5(case):
    return count(case, Criterion(UNEXCUSED_HALF, school_year, 5))


def va_7(case):
    return count(case, Criterion(UNEXCUSED_HALF, school_year, 7))


def va_10(case):
    return count(case, Criterion(UNEXCUSED_HALF, school_year, 10))


def il_truant(case):
    return count(case, Criterion(UNEXCUSED_HALF, last_instructional_days(180), 2, most=8))


def il_chronic(case):
    return count(case, Criterion(UNEXCUSED_HALF, last_instructional_days(180), 9))


def in_absent_5(case):
    return count(case, Criterion(UNEXCUSED_HALF, last_days(70), 5), eligible=KG_TO_06)


def in_habitual(case):
    return count(case, Criterion(UNEXCUSED_HALF, school_year, 10))


def ma_5(case):
    return count(
        case, Criterion(UNEXCUSED_HALF, school_year, 5), Criterion(UNEXCUSED_TWO_PERIODS, school_year, 5)
    )


def ma_7(case):
    return count(case, Criterion(UNEXCUSED_HALF_DAYS, last_months(6), 14))


def ct_month_4(case):
    return count(case, Criterion(UNEXCUSED_HALF, calendar_month, 4))


def ct_year_10(case):
    return count(case, Criterion(UNEXCUSED_HALF, school_year, 10))


def sc_3(case):
    return count(case, Criterion(UNEXCUSED_WHOLE, days_running, 3))


def sc_5(case):
    return count(case, Criterion(UNEXCUSED_WHOLE, school_year, 5))


def absent_sessions(meanings):
    def measure(day):
        return sum(meaning in meanings for meaning in sessions_of(day, 2))
    return measure


def possible_sessions(day):
    return sum(meaning != NOT_COUNTED for meaning in sessions_of(day, 2))


SESSIONS_MISSED = absent_sessions(ABSENCES)
SESSIONS_UNAUTHORISED = absent_sessions({UNEXCUSED})


def en_persistent(case):
    return rate(case, SESSIONS_MISSED, 10, least=10, possible=possible_sessions)


def en_severe(case):
    return rate(case, SESSIONS_MISSED, 50, least=10, possible=possible_sessions)


def en_penalty(case):
    return count(case, Criterion(SESSIONS_UNAUTHORISED, last_school_weeks(10), 10))


# pack -> rule -> (unit, function)
PACKS = {
    "us-federal": {"US-CHRONIC": ("day", us_chronic)},
    "us-ca": {
        "CA-CHRONIC": ("day", ca_chronic),
        "CA-TRUANT": ("event", ca_truant),
        "CA-HABITUAL": ("report", ca_habitual),
        "CA-CHRONIC-TRUANT": ("day", ca_chronic_truant),
    },
    "us-tx": {
        "TX-CHRONIC": ("day", tx_chronic), "TX-WARN": ("day", tx_warn), "TX-TRUANT": ("day", tx_truant),
    },
    "us-oh": {"OH-HABITUAL": ("minute", oh_habitual), "OH-CHRONIC": ("minute", oh_chronic)},
    "us-fl": {"FL-PATTERN": ("day", fl_pattern), "FL-HABITUAL": ("day", fl_habitual)},
    "us-pa": {"PA-TRUANT": ("day", pa_truant), "PA-HABITUAL": ("day", pa_habitual)},
    "us-wa": {
        "WA-MONTH-1": ("day", wa_month_1), "WA-MONTH-3": ("day", wa_month_3), "WA-MONTH-7": ("day", wa_month_7),
        "WA-YEAR-15": ("day", wa_year_15), "WA-EXCUSED-5": ("day", wa_excused_5),
        "WA-EXCUSED-10": ("day", wa_excused_10),
    },
    "us-va": {"VA-5": ("day", va_5), "VA-7": ("day", va_7), "VA-10": ("day", va_10)},
    "us-il": {"IL-TRUANT": ("day", il_truant), "IL-CHRONIC": ("day", il_chronic)},
    "us-in": {
        "IN-CHRONIC": ("day", in_chronic), "IN-ABSENT-5": ("day", in_absent_5), "IN-HABITUAL": ("day", in_habitual),
    },
    "us-ma": {"MA-5": ("day", ma_5), "MA-7": ("half_day", ma_7)},
    "us-ct": {
        "CT-CHRONIC": ("day", ct_chronic), "CT-MONTH-4": ("day", ct_month_4), "CT-YEAR-10": ("day", ct_year_10),
    },
    "us-sc": {"SC-3": ("day", sc_3), "SC-5": ("day", sc_5)},
    "us-ny": {"NY-CHRONIC": ("day", ny_chronic)},
    "england": {
        "EN-PERSISTENT": ("session", en_persistent), "EN-SEVERE": ("session", en_severe),
        "EN-PENALTY": ("session", en_penalty),
    },
}


# ---------------------------------------------------------------------------------------------------------------
# All students

def days_of(district, student):
    """Every instructional day of the student's enrollments up to the as-of date."""
    found = {}
    for school, entry, leaves, grade in student.spans:
        end = district.as_of + 1 if leaves is None else min(leaves, district.as_of + 1)
        for day in school.dates[bisect_left(school.dates, entry):bisect_left(school.dates, end)]:
            key = (day, grade)
            plain = school.plain.get(key)
            if plain is None:
                # Roll counts as taken up to the school's last attendance row; roll.csv overrides.
                taken = school.roll.get(day, day <= school.last_row)
                plain = school.plain[key] = Day(day, school, grade, taken, ())
            place = (day, school.name)
            if place in student.unusable:
                found[place] = Day(day, school, grade, False, ())
            elif plain.known and place in student.marks:
                found[place] = Day(day, school, grade, True, student.marks[place])
            else:
                found[place] = plain
    return [found[place] for place in sorted(found)]


def cases(district, student):
    """Each school and school year of a student; with two or more schools in a year also all of them together."""
    days = days_of(district, student)
    by_year = {}
    for day in days:
        by_year.setdefault(day.school.year[day.date], {})[day.school.name] = day.school
    everywhere = {day.school.name: day.school for day in days}
    for year, schools in sorted(by_year.items()):
        for name in sorted(schools):
            here = [day for day in days if day.school.name == name]
            yield "school", name, Case(district, student, [schools[name]], year, here)
        if len(schools) > 1:
            yield "district", None, Case(district, student, list(everywhere.values()), year, days)


def answers(district, student, rules):
    """What `rules` (rule -> (unit, function)) say of one student: (rule, scope, school, year) -> Answer."""
    found = {}
    for scope, school, case in cases(district, student):
        for rule, (_, judge) in rules.items():
            answer = judge(case)
            if answer is not None and (answer.met_on is not None or answer.near):
                found[rule, scope, school, case.year] = answer
    return found
