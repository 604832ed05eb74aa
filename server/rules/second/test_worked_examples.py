"""The worked examples that sources of the law give, asked of the second implementation."""

import os
import tempfile
import unittest
from datetime import date, timedelta

import second

MONDAY = date(2025, 9, 1)


def weekdays(number, start=MONDAY):
    days, day = [], start
    while len(days) < number:
        if day.weekday() < 5:
            days.append(day)
        day += timedelta(1)
    return days


def put(folder, name, header, lines):
    with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
        file.write("\n".join([header] + list(lines)) + "\n")


def ask(pack, marks, days, minutes=""):
    """Answers for one student of one school: marks are (day, category and the columns behind it)."""
    with tempfile.TemporaryDirectory() as folder:
        put(folder, "calendar.csv", "school_id,date,instructional,minutes", [f"A,{day},1,{minutes}" for day in days])
        put(folder, "enrollments.csv", "student_id,school_id,grade,entry_date,exit_date", [f"1,A,03,{days[0]},"])
        put(folder, "attendance.csv", "student_id,school_id,date,category,minutes,duration,period,session",
            [f"1,A,{day},{text}" + "," * (4 - text.count(",")) for day, text in marks]
            + [f"2,A,{days[-1]},Present,,,,"])
        district = second.District(folder, days[-1].toordinal(), england=pack == "england")
        return second.answers(district, district.students["1"], second.PACKS[pack])


def flagged(found, rule):
    return any(key[0] == rule and answer.met_on is not None for key, answer in found.items())


def answer_of(found, rule):
    return next(answer for key, answer in found.items() if key[0] == rule)


class California(unittest.TestCase):
    """As PowerSchool states it; a letter asks for the truancy rule."""

    def test_tardies_of_30_minutes_and_excused_days_are_no_letter(self):
        days = weekdays(40)
        marks = [(day, "Tardy,30") for day in days[:5]] + [(day, "Excused Absence") for day in days[10:17]]
        self.assertFalse(flagged(ask("us-ca", marks, days, minutes=360), "CA-TRUANT"))

    def test_two_unexcused_days_and_a_tardy_over_30_minutes_are_the_first_letter(self):
        days = weekdays(20)
        marks = [(days[0], "Unexcused Absence"), (days[3], "Unexcused Absence"), (days[7], "Tardy,31")]
        found = ask("us-ca", marks, days, minutes=360)
        self.assertEqual(answer_of(found, "CA-TRUANT").met_on, days[7].toordinal())

    def test_six_and_nine_events_are_counted_as_such(self):
        days = weekdays(20)
        for number in (6, 9):
            found = ask("us-ca", [(day, "Unexcused Absence") for day in days[:number]], days)
            self.assertEqual(answer_of(found, "CA-TRUANT").numerator, number)

    def test_30_expected_days_are_too_few_and_31_are_enough(self):
        def state(number, absent):
            days = weekdays(number)
            found = ask("us-ca", [(day, "Excused Absence") for day in days[-absent:]], days)
            return flagged(found, "CA-CHRONIC")
        self.assertFalse(state(30, 3))
        self.assertTrue(state(31, 4))
        self.assertFalse(state(31, 3))
        days = weekdays(30)
        federal = ask("us-federal", [(day, "Excused Absence") for day in days[-3:]], days)
        self.assertTrue(flagged(federal, "US-CHRONIC"))


class PartsOfADay(unittest.TestCase):
    def missed(self, marks, minutes, bells=""):
        """Which part of the day the marks miss."""
        days = weekdays(1)
        with tempfile.TemporaryDirectory() as folder:
            put(folder, "calendar.csv", "school_id,date,instructional,minutes", [f"A,{days[0]},1,{minutes}"])
            put(folder, "enrollments.csv", "student_id,school_id,grade,entry_date,exit_date", [f"1,A,03,{days[0]},"])
            put(folder, "attendance.csv", "student_id,school_id,date,category,minutes,period",
                [f"1,A,{days[0]},{mark}" for mark in marks])
            if bells:
                put(folder, "bells.csv", "school_id,period,start,end", bells)
            district = second.District(folder, days[0].toordinal())
            day = second.days_of(district, district.students["1"])[0]
            return second.day_missed(day, second.ALL_REASONS)

    def test_limits_in_minutes_as_an_information_system_has_them(self):
        # Its students' day has 360 minutes. A whole day from 100 (by default from 240), half a day from 1 or from 50.
        for limit in (100, 240, 1, 50):
            for minutes, reached in ((limit, True), (limit - 1, False)):
                missed = self.missed([f"Tardy,{minutes},"], 360) * 360
                self.assertEqual(missed >= limit, reached, (limit, minutes))

    def test_six_periods_of_50_minutes_are_300_and_three_are_half(self):
        bells = [f"A,{number},{8 + number}:00,{8 + number}:50" for number in range(1, 7)]
        all_day = [f"Unexcused Absence,,{number}" for number in range(1, 7)]
        self.assertEqual(self.missed(all_day, "", bells), 1)
        self.assertEqual(self.missed(all_day[:3], "", bells), second.Fraction(1, 2))

    def test_half_of_a_day_of_three_hours(self):
        # Whether exactly half is missed is a matter of the rule: in Maine a senior with three hours who was there for
        # half of them was present; in Washington, and where nothing else is said, absent.
        for minutes, at_least_half, more_than_half in ((91, True, True), (90, True, False), (89, False, False)):
            missed = self.missed([f"Excused Absence,{minutes},"], 180)
            self.assertEqual(second.at_least_half(missed), at_least_half, minutes)
            self.assertEqual(2 * missed > 1, more_than_half, minutes)

    def test_an_excused_absence_and_a_partial_event_are_one_day(self):
        days = weekdays(19)
        found = ask("us-federal", [(days[3], "Excused Absence"), (days[3], "Partial")], days)
        self.assertEqual(answer_of(found, "US-CHRONIC").numerator, 1)


class England(unittest.TestCase):
    def penalty(self, marks, days):
        return flagged(ask("england", marks, days), "EN-PENALTY")

    def test_four_holiday_and_six_late_sessions_in_ten_weeks(self):
        days = weekdays(50)
        marks = [(day, "G") for day in days[:2]] + [(day, "U,,,,AM") for day in days[10:46:6]]
        self.assertTrue(self.penalty(marks, days))
        self.assertFalse(self.penalty(marks[:-1], days))

    def test_ten_sessions_in_one_week(self):
        days = weekdays(50)
        self.assertTrue(self.penalty([(day, "G") for day in days[20:25]], days))

    def test_six_and_then_one_a_week_for_four_weeks(self):
        days = weekdays(50)
        marks = [(day, "O") for day in days[:3]] + [(day, "O,,,,AM") for day in days[5:25:5]]
        self.assertTrue(self.penalty(marks, days))

    def test_two_in_summer_and_eight_in_autumn(self):
        days = weekdays(20, date(2025, 6, 23)) + weekdays(20, date(2025, 9, 1))
        marks = [(days[15], "G")] + [(day, "G") for day in days[20:24]]
        found = ask("england", marks, days)
        answer = answer_of(found, "EN-PENALTY")
        self.assertEqual((answer.numerator, answer.met_on), (10, days[23].toordinal()))


class LeastDaysAtTenPercent(unittest.TestCase):
    def test_least_days(self):
        for number, least in [(45, 5), (90, 9), (170, 17), (175, 18), (180, 18), (185, 19)]:
            days = weekdays(number)
            for absent, yes in [(least, True), (least - 1, False)]:
                found = ask("us-federal", [(day, "Excused Absence") for day in days[-absent:]], days)
                answer = [answer for answer in found.values() if answer.met_on is not None]
                self.assertEqual(bool(answer) and answer[0].standing, yes, (number, absent))

    def test_20_of_200_days_are_chronic_federally_and_not_in_texas(self):
        days = weekdays(200)
        marks = [(day, "Excused Absence") for day in days[-20:]]
        self.assertTrue(flagged(ask("us-federal", marks, days), "US-CHRONIC"))
        self.assertFalse(flagged(ask("us-tx", marks, days), "TX-CHRONIC"))


if __name__ == "__main__":
    unittest.main()
