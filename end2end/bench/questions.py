"""The four questions of a year, asked of DuckDB and Polars: as an analyst writes them, and rewritten for speed.

A   who missed 10 % or more of the enrolled days
A2  on which day, from the 10th, the running share first was 10 % or more
B   the most unexcused absences in any 20 school days
C   on which day the third unexcused absence fell

The rewritten forms look at absences only, so they rest on every student being enrolled on every day. Each answer is
one number a student: 0 or 1, the day's number or -1, the most, the day's number or -1.
"""

from dataclasses import dataclass
from typing import Callable

import duckdb
import numpy
import polars

from data import DAYS, UNEXCUSED


@dataclass
class Form:
    """One way to ask one question of one engine; gives the students and their numbers."""

    question: str
    engine: str
    rewritten: bool
    ask: Callable[[], tuple[numpy.ndarray, numpy.ndarray]]


# What the answer says of a student that a query does not list.
UNLISTED = {"A": 0, "A2": -1, "B": 0, "C": -1}


def answer(form: Form, students: int) -> numpy.ndarray:
    """The form's answer as one number for each student."""
    listed, values = form.ask()
    whole = numpy.full(students, UNLISTED[form.question], dtype=numpy.int16)
    whole[numpy.asarray(listed)] = numpy.asarray(values)
    return whole


def columns(codes: numpy.ndarray) -> dict[str, numpy.ndarray]:
    """A row for each student and day, in order; small types."""
    students = len(codes)
    return {
        "student": numpy.repeat(numpy.arange(students, dtype=numpy.int32), DAYS),
        "day": numpy.tile(numpy.arange(DAYS, dtype=numpy.int16), students),
        "absent": (codes.reshape(-1) != 0).astype(numpy.int8),
        "unexcused": (codes.reshape(-1) == UNEXCUSED).astype(numpy.int8),
    }


def duckdb_forms(table: dict[str, numpy.ndarray], threads: int) -> list[Form]:
    connection = duckdb.connect(config={"threads": threads})
    connection.register("given", table)
    connection.execute("CREATE TABLE marks AS SELECT * FROM given")
    connection.unregister("given")

    def form(question: str, rewritten: bool, query: str) -> Form:
        def ask():
            result = connection.execute(query).fetchnumpy()
            return result["student"], result["value"]

        return Form(question, "DuckDB", rewritten, ask)

    a = "SELECT student, 1 AS value FROM marks GROUP BY student HAVING 10 * sum(absent) >= count(*)"
    c = """SELECT student, day AS value FROM (
             SELECT student, day, row_number() OVER (PARTITION BY student ORDER BY day) AS n FROM marks WHERE unexcused = 1
           ) WHERE n = 3"""
    return [
        form("A", False, a),
        form("A", True, a),
        form("A2", False, """
            SELECT student, min(day) AS value FROM (
              SELECT student, day, sum(absent) OVER so_far AS missed, count(*) OVER so_far AS enrolled FROM marks
              WINDOW so_far AS (PARTITION BY student ORDER BY day)
            ) WHERE enrolled >= 10 AND 10 * missed >= enrolled GROUP BY student"""),
        form("A2", True, """
            SELECT student, min(greatest(day, 9)) AS value FROM (
              SELECT student, day, row_number() OVER (PARTITION BY student ORDER BY day) AS missed FROM marks
              WHERE absent = 1
            ) WHERE 10 * missed >= greatest(day + 1, 10) GROUP BY student"""),
        form("B", False, """
            SELECT student, max(missed) AS value FROM (
              SELECT student, sum(unexcused) OVER (
                PARTITION BY student ORDER BY day ROWS BETWEEN 19 PRECEDING AND CURRENT ROW) AS missed FROM marks
            ) GROUP BY student"""),
        form("B", True, """
            SELECT student, max(missed) AS value FROM (
              SELECT student, count(*) OVER (
                PARTITION BY student ORDER BY day RANGE BETWEEN 19 PRECEDING AND CURRENT ROW) AS missed FROM marks
              WHERE unexcused = 1
            ) GROUP BY student"""),
        form("C", False, c),
        form("C", True, """
            SELECT student, least[3] AS value FROM (
              SELECT student, min(day, 3) AS least FROM marks WHERE unexcused = 1 GROUP BY student
            ) WHERE len(least) = 3"""),
    ]


def polars_forms(table: dict[str, numpy.ndarray]) -> list[Form]:
    marks = polars.DataFrame(table).with_columns(polars.col("student").set_sorted())
    student, day, absent, unexcused = (polars.col(name) for name in ("student", "day", "absent", "unexcused"))

    def form(question: str, rewritten: bool, query: Callable[[], polars.LazyFrame]) -> Form:
        def ask():
            result = query().collect()
            return result["student"].to_numpy(), result["value"].to_numpy()

        return Form(question, "Polars", rewritten, ask)

    def a():
        sums = marks.lazy().group_by("student").agg(absent.cast(polars.Int32).sum().alias("missed"), polars.len())
        return sums.filter(10 * polars.col("missed") >= polars.col("len")).select("student", value=polars.lit(1))

    def a2_written():
        running = marks.lazy().with_columns(
            missed=absent.cast(polars.Int32).cum_sum().over("student"),
            enrolled=polars.int_range(1, polars.len() + 1).over("student"),
        )
        met = running.filter((polars.col("enrolled") >= 10) & (10 * polars.col("missed") >= polars.col("enrolled")))
        return met.group_by("student").agg(value=day.min())

    # The absences of one student lie beside one another: a row's rank is its place after the student's first row.
    def ranked(condition: polars.Expr) -> polars.LazyFrame:
        rows = marks.lazy().filter(condition).select("student", "day").with_row_index("row")
        firsts = polars.when(student != student.shift(1, fill_value=-1)).then(polars.col("row"))
        return rows.with_columns(rank=polars.col("row") - firsts.forward_fill() + 1)

    def a2_rewritten():
        tested = polars.max_horizontal(day.cast(polars.Int32) + 1, polars.lit(10))
        met = ranked(absent == 1).with_columns(tested=tested).filter(10 * polars.col("rank") >= polars.col("tested"))
        return met.group_by("student", maintain_order=True).agg(value=polars.col("tested").first() - 1)

    def b_written():
        counts = unexcused.cast(polars.Int32).rolling_sum(20, min_samples=1).over("student")
        return marks.lazy().select("student", missed=counts).group_by("student").agg(value=polars.col("missed").max())

    def b_rewritten():
        # Days of different students are further apart than any window.
        rows = marks.lazy().filter(unexcused == 1).select("student", at=student.cast(polars.Int32) * 1000 + day)
        counts = rows.with_row_index("row").with_columns(
            missed=polars.col("row") + 1 - polars.col("at").search_sorted(polars.col("at") - 19)
        )
        return counts.group_by("student").agg(value=polars.col("missed").max())

    def c_written():
        rows = marks.lazy().filter(unexcused == 1).group_by("student", maintain_order=True)
        return rows.agg(value=day.sort().slice(2, 1).first()).drop_nulls()

    def c_rewritten():
        return ranked(unexcused == 1).filter(polars.col("rank") == 3).select("student", value=day)

    return [
        form("A", False, a),
        form("A", True, a),
        form("A2", False, a2_written),
        form("A2", True, a2_rewritten),
        form("B", False, b_written),
        form("B", True, b_rewritten),
        form("C", False, c_written),
        form("C", True, c_rewritten),
    ]
