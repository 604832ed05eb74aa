"""The rule lab in the browser: a district of one school, asked by its principal at a slowed-down processor."""

import json
import subprocess
from pathlib import Path

import numpy

import data

STUDENTS = 2000
HEADS = {
    "orgs": "sourcedId,name,type,identifier,parentSourcedId",
    "users": "sourcedId,enabledUser,username,givenName,familyName,identifier",
    "roles": "sourcedId,userSourcedId,roleType,role,orgSourcedId",
    "classes": "sourcedId,title,courseSourcedId,classType,schoolSourcedId",
    "enrollments": "sourcedId,classSourcedId,userSourcedId,role,beginDate,endDate",
}


def write_roster(students: int, folder: Path) -> None:
    """The roster of one school, `100`, with its principal `p1`, in OneRoster's files."""
    ids = [data.student_id(n) for n in range(students)]
    lines = {
        "orgs": ["d,Lab,district,1,", "s,Lab School,school,100,d"],
        "users": ["p,true,,Given,Family,p1", *(f"u{i},true,,Given,Family,{i}" for i in ids)],
        "roles": ["rp,p,primary,principal,s", *(f"r{i},u{i},primary,student,s" for i in ids)],
        "classes": ["c,Class,k,homeroom,s"],
        "enrollments": [f"m{i},c,u{i},student,," for i in ids],
    }
    folder.mkdir(parents=True)
    manifest = ["propertyName,value", "manifest.version,1.0", "oneroster.version,1.2"]
    manifest += [f"file.{name},bulk" for name in HEADS]
    (folder / "manifest.csv").write_text("\n".join(manifest) + "\n")
    for name, head in HEADS.items():
        (folder / f"{name}.csv").write_text("\n".join([head, *lines[name]]) + "\n")


def measure(program: Path, codes: numpy.ndarray, scratch: Path) -> dict[str, float | str]:
    """Milliseconds from a move of the threshold to the painted figure: the median and the 95th percentile."""
    export = scratch / "lab"
    data.write_plain_files(codes[:STUDENTS], export, students_a_school=STUDENTS)
    write_roster(min(STUDENTS, len(codes)), export / "oneroster")
    script = Path(__file__).with_name("lab.mjs")
    said = subprocess.run(["node", script, program, export], check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(said.stdout)
