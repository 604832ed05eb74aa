"""A district's year, generated: the same numbers for the same size, on any machine."""

import datetime
from pathlib import Path

import numpy

DAYS = 180
# What a student's day was.
PRESENT, EXCUSED, UNEXCUSED = 0, 1, 2
CATEGORIES = ["In Attendance", "Excused Absence", "Unexcused Absence"]
STUDENTS_A_SCHOOL = 600
FIRST_DAY = datetime.date(2025, 8, 18)


def marks(students: int) -> numpy.ndarray:
    """One code for each student and school day: 7.3 % absent, skewed, so that 27 % of students miss 10 % or more."""
    chance = numpy.random.Generator(numpy.random.PCG64(20260318))
    # Most miss few days and some miss many, more of them in winter.
    propensity = numpy.minimum(chance.exponential(0.0738, students), 0.9)
    season = 1.0 + 0.3 * numpy.sin(numpy.linspace(-1.2, 4.2, DAYS))
    season /= season.mean()
    codes = numpy.empty((students, DAYS), dtype=numpy.uint8)
    for begin in range(0, students, 10_000):
        end = min(begin + 10_000, students)
        absent = chance.random((end - begin, DAYS)) < propensity[begin:end, None] * season
        unexcused = chance.random((end - begin, DAYS)) < 0.4
        codes[begin:end] = numpy.where(absent, numpy.where(unexcused, UNEXCUSED, EXCUSED), PRESENT)
    return codes


def school_days() -> list[datetime.date]:
    """The instructional days: weekdays from the middle of August, two weeks in December and one in March off."""
    days, day = [], FIRST_DAY
    while len(days) < DAYS:
        off = datetime.date(2025, 12, 22) <= day <= datetime.date(2026, 1, 2)
        off = off or datetime.date(2026, 3, 16) <= day <= datetime.date(2026, 3, 20)
        if day.weekday() < 5 and not off:
            days.append(day)
        day += datetime.timedelta(days=1)
    return days


def student_id(number: int) -> str:
    return str(700001 + number)


def school_id(number: int, students_a_school: int) -> str:
    return str(100 + number // students_a_school)


def write_plain_files(codes: numpy.ndarray, folder: Path, students_a_school: int = STUDENTS_A_SCHOOL) -> None:
    """calendar.csv, enrollments.csv and attendance.csv in the columns of `everpresent check`, a row for every day."""
    folder.mkdir(parents=True, exist_ok=True)
    students = len(codes)
    days = [day.isoformat() for day in school_days()]
    school_of = [school_id(n, students_a_school) for n in range(students)]
    schools = sorted(set(school_of), key=int)
    with open(folder / "calendar.csv", "w", newline="") as file:
        file.write("school_id,date,instructional\n")
        file.writelines(f"{school},{day},true\n" for school in schools for day in days)
    with open(folder / "enrollments.csv", "w", newline="") as file:
        file.write("student_id,school_id,grade,entry_date,exit_date\n")
        for n in range(students):
            # One in twenty came in the middle of the year.
            entry = days[60] if n % 20 == 19 else days[0]
            file.write(f"{student_id(n)},{school_of[n]},{1 + n % 12:02},{entry},\n")
    with open(folder / "attendance.csv", "w", newline="", buffering=1 << 20) as file:
        file.write("student_id,school_id,date,category\n")
        tails = [[f",{day},{category}\n" for category in CATEGORIES] for day in days]
        for n in range(students):
            head = f"{student_id(n)},{school_of[n]}"
            first = 60 if n % 20 == 19 else 0
            row = codes[n]
            file.write("".join([head + tails[d][row[d]] for d in range(first, DAYS)]))
