"""Public clients read the stubs: the same rows as the stubs hold, and the loss or the error where a fault is on.

    python clients.py DISTRICT_FOLDER

edfi_api_client and lightbeam read Ed-Fi; oneroster (for ClassLink) and requests-oauthlib read OneRoster. None of them
was written here. Ends with 1 where a client read something else than the stub holds, or did not suffer from a fault that
should hurt it.
"""

import json
import logging
import subprocess
import sys
import tempfile
import warnings
from contextlib import contextmanager
from pathlib import Path

warnings.filterwarnings("ignore", category=SyntaxWarning)

import requests
from edfi_api_client import EdFiClient
from oneroster.classlink import ClasslinkConnector
from requests_oauthlib import OAuth1

HERE = Path(__file__).resolve().parent
DISTRICT = sys.argv[1]
EVENTS = "studentSchoolAttendanceEvents"
GRAND_BEND_MIDDLE = 255901044
failures = []
checks = 0


def check(promise, holds, found=""):
    """Notes whether a promise holds."""
    global checks
    checks += 1
    if not holds:
        failures.append(f"{promise}: {found}")
        print(f"FAILED {promise}: {found}", file=sys.stderr)


def error_of(action):
    """The error an action ends with; nothing where it ends well."""
    try:
        action()
    except Exception as error:  # whatever a client raises is its way of failing
        return error
    return None


class Stub:
    """A running stub."""

    def __init__(self, line):
        self.__dict__.update(json.loads(line))

    def post(self, route, **given):
        answer = requests.post(f"{self.control}/stub/{route}", json=given)
        answer.raise_for_status()
        return answer.json()

    def fault(self, name, **settings):
        self.post(f"faults/{name}", **settings)

    def state(self):
        return requests.get(f"{self.control}/stub/state").json()

    def held(self, name):
        return requests.get(f"{self.control}/stub/rows/{name}").json()


@contextmanager
def stub(protocol, *options, faults=()):
    """Starts a stub on the district, with faults on from the start."""
    named = [word for fault in faults for word in ("--fault", fault)]
    command = ["node", str(HERE.parent / "serve.mjs"), protocol, "--district", DISTRICT, *options, *named]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield Stub(process.stdout.readline())
    finally:
        process.stdin.close()
        process.wait(timeout=10)


def client(server, **options):
    """edfi_api_client, as its users make one."""
    return EdFiClient(server.url, server.clientId, server.clientSecret, **options)


def ids(rows):
    return sorted(row["id"] for row in rows)


def reads_every_row(server, version):
    """edfi_api_client reads each resource as the stub holds it, by the paging it chooses for that version."""
    api = client(server)
    for name, count in server.state()["counts"].items():
        rows = list(api.resource(name).get_rows(page_size=500))
        held = server.held(name)
        check(
            f"edfi_api_client on {version} reads every row of {name}",
            ids(rows) == ids(held),
            f"{len(rows)} of {len(held)}",
        )
        check(f"edfi_api_client on {version} counts {name}", api.resource(name).get_total_count() == count)
    events = {row["id"]: row for row in api.resource(EVENTS).get_rows(page_size=500)}
    without = lambda row: {
        key: value for key, value in row.items() if key not in ("_etag", "_lastModifiedDate", "changeVersion")
    }
    unlinked = lambda value: (
        {k: unlinked(v) for k, v in value.items() if k != "link"} if isinstance(value, dict) else value
    )
    same = all(unlinked(without(events[row["id"]])) == without(row) for row in server.held(EVENTS))
    check(f"edfi_api_client on {version} reads each mark as it is held", same)


def reads_changes(server, version):
    """A rename moves each mark of its session; deleted marks are seen, and hidden again where they come back."""
    api = client(server)
    newest = api.get_newest_change_version()
    check(
        f"edfi_api_client on {version} reads the newest change version",
        newest == server.state()["newestChangeVersion"],
        newest,
    )
    sessions = server.held("sessions")
    middle = [each for each in sessions if each["schoolReference"]["schoolId"] == GRAND_BEND_MIDDLE]
    session = (middle or sessions)[0]
    of = {
        "schoolId": session["schoolReference"]["schoolId"],
        "schoolYear": session["schoolYearTypeReference"]["schoolYear"],
    }
    here = [
        row for row in server.held(EVENTS) if row["sessionReference"] == {**of, "sessionName": session["sessionName"]}
    ]
    if middle:
        check("a session of Grand Bend has the 229 marks that a rename is known to move", len(here) == 229, len(here))
    server.post("rename-session", **of, sessionName=session["sessionName"], to="Renamed once")
    server.post("rename-session", **of, sessionName="Renamed once", to="Renamed twice")
    window = {"minChangeVersion": newest + 1, "maxChangeVersion": server.state()["newestChangeVersion"]}
    changes = list(api.resource(EVENTS, get_key_changes=True, params=window).get_rows())
    check(
        "one key change a moved mark, from the first key to the last",
        ids(changes) == ids(here)
        and {c["oldKeyValues"]["sessionName"] for c in changes} == {session["sessionName"]}
        and {c["newKeyValues"]["sessionName"] for c in changes} == {"Renamed twice"},
        f"{len(changes)} for {len(here)}",
    )
    moved = list(api.resource(EVENTS, params=window).get_rows())
    check(
        "each moved mark is in the window of the rename, under a change version of its own",
        ids(moved) == ids(here),
        len(moved),
    )

    gone = server.held(EVENTS)[:3]
    for row in gone:
        server.post("delete", resource=EVENTS, id=row["id"])
    deletes = list(api.resource(EVENTS, get_deletes=True).get_rows())
    check(
        "deleted marks are seen with their keys",
        ids(deletes) == ids(gone) and all("studentUniqueId" in d["keyValues"] for d in deletes),
        deletes,
    )
    again = {key: value for key, value in gone[0].items() if key not in ("id", "changeVersion")}
    server.post("upsert", resource=EVENTS, row=again)
    deletes = list(api.resource(EVENTS, get_deletes=True).get_rows())
    check("a mark that comes back is no longer among the deletes", ids(deletes) == ids(gone[1:]), deletes)
    window = {"min_change_version": 0, "max_change_version": api.get_newest_change_version()}
    stepped = api.resource(EVENTS, **window).get_pages(
        page_size=100, reverse_paging=True, step_change_version=True, change_version_step_size=1000
    )
    rows = [row for page in stepped for row in page]
    check(
        "reverse paging in steps of change versions reads every mark", ids(rows) == ids(server.held(EVENTS)), len(rows)
    )


def snapshot_stays(server):
    """What is read from a snapshot is what was there when it was taken."""
    before = server.held(EVENTS)
    server.post("snapshot")
    server.post("delete", resource=EVENTS, id=before[0]["id"])
    api = client(server, use_snapshot=True)
    check(
        "a snapshot still has what was deleted since", ids(api.resource(EVENTS).get_rows(page_size=500)) == ids(before)
    )
    check("the present has it no more", ids(client(server).resource(EVENTS).get_rows(page_size=500)) == ids(before[1:]))


@contextmanager
def lightbeam(server):
    """A folder for lightbeam's files, and a function that runs one of its commands there."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        settings = {
            "data_dir": name,
            "edfi_api": {
                "base_url": server.url,
                "version": 3,
                "mode": "shared_instance",
                "client_id": server.clientId,
                "client_secret": server.clientSecret,
            },
            "connection": {"verify_ssl": True},
            "fetch": {"page_size": 500},
            "log_level": "ERROR",
        }
        config = folder / "lightbeam.yaml"
        config.write_text(json.dumps(settings))
        program = Path(sys.executable).parent / "lightbeam"
        yield folder, lambda *words: subprocess.run([program, *words, "-c", config], capture_output=True, text=True)


def lightbeam_reads(server):
    """lightbeam counts and fetches every resource."""
    with lightbeam(server) as (folder, run):
        counted = run("count", "--results-file", folder / "counts.tsv")
        lines = (folder / "counts.tsv").read_text().splitlines()[1:] if counted.returncode == 0 else []
        counts = {name: int(count) for count, name in (line.split("\t") for line in lines)}
        check("lightbeam counts what the stub holds", counts == server.state()["counts"], counted.stderr or counts)
        fetched = run("fetch")
        for name in server.state()["counts"]:
            file = folder / f"{name}.jsonl"
            rows = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
            promise = f"lightbeam fetches every row of {name}"
            check(promise, ids(rows) == ids(server.held(name)), f"{len(rows)} {fetched.stderr[-300:]}")


def edfi_faults():
    """Each fault hurts a client that does not expect it; and none hurts one that is off."""
    old = ("--version", "5.3")

    def walk(server, name=EVENTS, **options):
        return list(client(server).resource(name).get_rows(page_size=100, **options))

    with stub("edfi", *old) as server:
        server.fault("delete-while-paging")
        rows, held = walk(server), server.held(EVENTS)
        lost = set(ids(held)) - set(ids(rows))
        check("delete-while-paging: forward offset paging loses a row that still exists", len(lost) == 1, len(lost))
        server.fault("delete-while-paging")
        window = {"min_change_version": 0, "max_change_version": server.state()["newestChangeVersion"]}
        pages = (
            client(server)
            .resource(EVENTS, **window)
            .get_pages(page_size=100, step_change_version=True, reverse_paging=True)
        )
        rows = [row for page in pages for row in page]
        lost = set(ids(server.held(EVENTS))) - set(ids(rows))
        check("delete-while-paging: reverse paging loses none", not lost, len(lost))
    with stub("edfi", *old) as server:
        server.fault("cut-mid-page", after=2)
        error = error_of(lambda: walk(server))
        check("cut-mid-page: the client ends with an error", error is not None, error)
        check("cut-mid-page: and strikes once", len(walk(server)) == len(server.held(EVENTS)))
    for name, status in (("rate-limit", "429"), ("unavailable", "Service Unavailable")):
        with stub("edfi", faults=[name]) as server:
            error = error_of(lambda: walk(server))
            check(f"{name}: a client that does not wait ends with an error", status in str(error), error)
            error_of(lambda: walk(server))
            check(f"{name}: and passes after two", error_of(lambda: walk(server)) is None)
    with stub("edfi", faults=["token-expires-mid-run"]) as server:
        error = error_of(lambda: walk(server))
        check("token-expires-mid-run: the client trusts expires_in and ends with 401", "401" in str(error), error)
    with stub("edfi", faults=["token-expires-mid-run", "forbidden-for-unauthorized"]) as server:
        error = error_of(lambda: walk(server))
        check("forbidden-for-unauthorized: the same is a 403", "403" in str(error), error)
    with stub("edfi", faults=["duplicate-rows"]) as server:
        rows = walk(server, "students", reverse_paging=False)
        check("duplicate-rows: the client hands rows on twice", len(rows) > len(set(ids(rows))), len(rows))
    with stub("edfi", *old, faults=["reordered"]) as server:
        rows = walk(server)
        check(
            "reordered: every row comes, the last first",
            [r["id"] for r in rows] == [r["id"] for r in reversed(server.held(EVENTS))],
        )
    with stub("edfi", faults=["change-queries-off"]) as server:
        check(
            "change-queries-off: there is no newest change version",
            "404" in str(error_of(client(server).get_newest_change_version)),
        )
        deletes = client(server).resource(EVENTS, get_deletes=True)
        check("change-queries-off: nor deletes", "404" in str(error_of(lambda: list(deletes.get_rows()))))
    with stub("edfi", faults=["deletes-only-ids"]) as server:
        server.post("delete", resource=EVENTS, id=server.held(EVENTS)[0]["id"])
        [deleted] = client(server).resource(EVENTS, get_deletes=True).get()
        check("deletes-only-ids: a delete has no natural key", set(deleted) == {"id", "changeVersion"}, deleted)
    with stub("edfi", faults=["snapshot-not-offered"]) as server:
        server.post("snapshot")
        error = error_of(lambda: client(server, use_snapshot=True).resource(EVENTS).get())
        check("snapshot-not-offered: Use-Snapshot is a 404", "404" in str(error), error)
    with stub("edfi", faults=["no-total-count"]) as server:
        error = error_of(client(server).resource(EVENTS).get_total_count)
        check("no-total-count: the client cannot count", isinstance(error, TypeError), error)
    with stub("edfi", faults=["no-content-for-not-found"]) as server:
        error = error_of(lambda: client(server).resource(EVENTS).get_by_id("0" * 32))
        check("no-content-for-not-found: the client expects JSON and finds none", isinstance(error, ValueError), error)
    with stub("edfi", faults=["redirect-other-host"]) as server:
        error_of(lambda: walk(server))
        check("redirect-other-host: the client goes where it is sent", server.state()["visits"]["byOtherName"] > 0)
    with stub("edfi", faults=["wrong-token-host"]) as server:
        with lightbeam(server) as (_, run):
            run("count", "-s", "students")
        check(
            "wrong-token-host: lightbeam gives its secret to another host", server.state()["visits"]["byOtherName"] > 0
        )
    with stub("edfi", faults=["cursor-empty-body-with-token"]) as server:
        rows = walk(server)
        check(
            "cursor-empty-body-with-token: a client that goes by the header reads every row",
            ids(rows) == ids(server.held(EVENTS)),
            len(rows),
        )
        server.fault("cursor-empty-body-with-token")
        rows = walk_until_empty(server)
        check(
            "cursor-empty-body-with-token: one that goes by the body does not",
            len(rows) < len(server.held(EVENTS)),
            len(rows),
        )


def walk_until_empty(server):
    """A walk by cursor that takes an empty page for the last: what the fault is for."""
    session = requests.Session()
    given = session.post(
        f"{server.url}/oauth/token",
        auth=(server.clientId, server.clientSecret),
        data={"grant_type": "client_credentials"},
    )
    session.headers["Authorization"] = f"Bearer {given.json()['access_token']}"
    rows, page = [], {"pageSize": 100}
    while True:
        answer = session.get(f"{server.url}/data/v3/ed-fi/{EVENTS}", params=page)
        if not answer.json():
            return rows
        rows += answer.json()
        if "Next-Page-Token" not in answer.headers:
            return rows
        page = {"pageSize": 100, "pageToken": answer.headers["Next-Page-Token"]}


def classlink(server, kind="users"):
    """What the oneroster package reads: it signs with HMAC-SHA256 and follows Link."""
    connector = ClasslinkConnector(f"{server.url}/", server.clientId, server.clientSecret, page_size=200)
    return sorted(row["sourcedId"] for row in connector.get_users(user_filter=kind))


def one_roster():
    """OneRoster 1.1 for somebody else's clients, and the faults that hurt them."""
    with stub("oneroster", "--version", "1.1") as server:
        held = sorted(row["sourcedId"] for row in server.held("users"))
        check("the oneroster package reads every user, signed with HMAC-SHA256", classlink(server) == held)
        students = sorted(row["sourcedId"] for row in server.held("users") if row["role"] == "student")
        check("and every student", classlink(server, "students") == students)
        for method in ("HMAC-SHA1", "HMAC-SHA256"):
            for secret, status in ((server.clientSecret, 200), ("somebody else's", 401)):
                signed = OAuth1(server.clientId, secret, signature_method=method)
                asked = {"limit": "3", "filter": "givenName>='A' AND status='active'", "fields": "sourcedId,givenName"}
                answer = requests.get(f"{server.url}/users", params=asked, auth=signed)
                check(
                    f"a request that requests-oauthlib signs with {method} is {status}",
                    answer.status_code == status,
                    answer.text,
                )
        server.fault("no-link")
        check("no-link: the client takes the first page for all", len(classlink(server)) == 200)
        server.fault("link-other-host")
        requests.delete(f"{server.control}/stub/faults/no-link")
        classlink(server)
        check("link-other-host: the client follows Link to another host", server.state()["visits"]["byOtherName"] > 0)
        requests.delete(f"{server.control}/stub/faults")
        server.fault("delete-while-paging")
        read = classlink(server)
        lost = {row["sourcedId"] for row in server.held("users")} - set(read)
        check("delete-while-paging: the client loses a user who still exists", len(lost) == 1, len(lost))
        server.fault("cut-mid-page", after=1)
        check("cut-mid-page: the client ends with an error", error_of(lambda: classlink(server)) is not None)
        for name in ("rate-limit", "unavailable", "redirect-other-host"):
            server.fault(name)
            check(f"{name}: the client ends with an error", error_of(lambda: classlink(server)) is not None)
            requests.delete(f"{server.control}/stub/faults")
        server.fault("duplicate-rows")
        read = classlink(server)
        check("duplicate-rows: the client hands users on twice", len(read) > len(set(read)))
    with stub("oneroster", "--version", "1.2") as server:
        session = requests.Session()
        form = {"grant_type": "client_credentials", "scope": " ".join(server.scopes)}
        given = session.post(server.tokenUrl, auth=(server.clientId, server.clientSecret), data=form).json()
        session.headers["Authorization"] = f"Bearer {given['access_token']}"
        walk = lambda: walk_until_short(session, f"{server.url}/users", 5000)
        check("a walk that stops at a short page reads every user", walk() == server.state()["counts"]["users"])
        server.fault("clamp-limit-500")
        check("clamp-limit-500: and loses those after 500", walk() == 500, walk())


def walk_until_short(session, url, limit):
    """A walk that takes a page shorter than it asked for as the last: how many rows it finds."""
    found = 0
    while True:
        rows = session.get(url, params={"limit": limit, "offset": found, "filter": "status='active'"}).json()["users"]
        found += len(rows)
        if len(rows) < limit:
            return found


logging.disable(logging.WARNING)
for version, standard in (("7.3", "5.0"), ("5.3", "3.3")):
    with stub("edfi", "--version", version, "--data-standard", standard) as running:
        reads_every_row(running, version)
        reads_changes(running, version)
        snapshot_stays(running)
with stub("edfi") as running:
    lightbeam_reads(running)
edfi_faults()
one_roster()
print(f"Public clients: {checks - len(failures)} of {checks} checks hold")
sys.exit(1 if failures else 0)
