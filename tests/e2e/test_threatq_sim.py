"""threatq-sim by itself: that the simulated server behaves as the real one is known to.

Everything is asked over HTTPS with the standard library; what must come out is worked out from the
admin port's /export, which shows the library without views, filters and pages."""

import base64
import gzip
import http.client
import json
import os
import re
import ssl
import subprocess
import time
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest

BUILD = Path(os.environ.get("TQ_BUILD", Path(__file__).resolve().parents[2] / "build"))
SIM = BUILD / "tests" / "sim" / "threatq-sim"
USER = {"email": "connector@example.org", "password": "connector-password"}
CLIENT = "0f3c9a17be5d4e22a8c1d6b790e4f512"
HASHES = [{"type_name": "MD5"}, {"type_name": "SHA-1"}, {"type_name": "SHA-256"}]
LENGTHS = {"MD5": 32, "SHA-1": 40, "SHA-256": 64}


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.text = response.read()

    @property
    def json(self):
        return json.loads(self.text)


class Sim:
    def __init__(self, folder, cert, *args):
        self.log = folder / f"writes-{time.monotonic_ns()}.jsonl"
        self.popen = subprocess.Popen([SIM, "--cert", cert, "--key", cert, "--log", self.log, *map(str, args)],
                                      stdout=subprocess.PIPE, text=True)
        ready = re.fullmatch(r"ready port=(\d+) admin=(\d+)\n", self.popen.stdout.readline())
        self.port, self.admin_port = int(ready.group(1)), int(ready.group(2))
        self.context = ssl.create_default_context(cafile=cert)
        self.connection = None
        self.bearer = None

    def close(self):
        self.popen.terminate()
        assert self.popen.wait(10) == 0
        self.popen.stdout.close()

    def raw(self, method, path, body=None, headers=None):
        """One request on the kept-alive connection; a new one after a failure."""
        self.connection = self.connection or http.client.HTTPSConnection("127.0.0.1", self.port, timeout=20,
                                                                         context=self.context)
        try:
            self.connection.request(method, path, body, headers or {})
            return Answer(self.connection.getresponse())
        except (OSError, http.client.HTTPException):
            self.connection.close()
            self.connection = None
            raise

    def login(self):
        path = f"/api/token?grant_type=password&client_id={CLIENT}"
        self.bearer = self.raw("POST", path, json.dumps(USER), {"Content-Type": "application/json"}).json["access_token"]

    def call(self, method, path, body=None):
        if not self.bearer:
            self.login()
        headers = {"Authorization": f"Bearer {self.bearer}", "Content-Type": "application/json"}
        return self.raw(method, path, None if body is None else json.dumps(body), headers)

    def query(self, query=None, **page):
        answer = self.call("POST", f"/api/indicators/query?{urlencode(page)}", query or {"criteria": {}, "filters": {}})
        assert answer.status == 200, answer.text
        return answer.json

    def all(self, query=None, limit=100, sort="id"):
        """All rows, page by page by offset."""
        rows = []
        while True:
            page = self.query(query, limit=limit, sort=sort, offset=len(rows))
            rows += page["data"] or []
            if not page["data"]:
                assert page["total"] == len(rows)
                return rows

    def all_by_cursor(self, query=None, limit=100, sort="id"):
        rows, mark = [], "*"
        while True:
            page = self.query(query, limit=limit, sort=sort, cursorMark=mark)
            assert "offset" not in page
            rows += page["data"] or []
            if page["nextCursorMark"] == mark:
                assert not page["data"]
                return rows
            mark = page["nextCursorMark"]

    def admin(self, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.admin_port, timeout=60)
        connection.request("GET" if body is None else "POST", path, None if body is None else json.dumps(body))
        answer = Answer(connection.getresponse())
        connection.close()
        assert answer.status == 200, answer.text
        return answer

    def export(self, arguments=""):
        return [json.loads(line) for line in self.admin(f"/export{arguments}").text.splitlines()]

    def one(self, row):
        return self.admin(f"/indicator/{row}").json

    def mutate(self, *operations, **when):
        return self.admin("/mutate", {"do": operations, **when}).json["ids"]


@pytest.fixture(scope="session")
def cert(tmp_path_factory):
    path = tmp_path_factory.mktemp("sim") / "cert.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", path, "-out", f"{path}.crt",
                    "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"],
                   check=True, capture_output=True)
    with open(path, "a") as f:
        f.write(Path(f"{path}.crt").read_text())
    return path


@pytest.fixture
def start(tmp_path, cert):
    started = []

    def make(*args):
        started.append(Sim(tmp_path, cert, *args))
        return started[-1]

    yield make
    for sim in started:
        sim.close()


@pytest.fixture
def sim(start):
    return start("--count", 700)


# Log in

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}
BASIC = {"Authorization": "Basic " + base64.b64encode(b"oauth-client:oauth-secret").decode()}
QUERY_GRANT = "/api/token?grant_type="
GRANTS = {
    "password, all in JSON": ("/api/token", json.dumps({**USER, "grant_type": "password", "client_id": CLIENT}), JSON),
    "password, client in the query": (f"{QUERY_GRANT}password&client_id={CLIENT}", json.dumps(USER), JSON),
    "password, form": ("/api/token", urlencode({**USER, "grant_type": "password", "client_id": CLIENT}), FORM),
    "client, query and Basic": (f"{QUERY_GRANT}client_credentials", None, BASIC),
    "client, Basic and array": (f"{QUERY_GRANT}client_credentials", '["oauth-client", "oauth-secret"]', {**BASIC, **JSON}),
    "client, form and Basic": ("/api/token", "grant_type=client_credentials", {**BASIC, **FORM}),
    "client, all in the query": (f"{QUERY_GRANT}client_credentials&client_id=oauth-client&client_secret=oauth-secret",
                                 None, {}),
}


@pytest.mark.parametrize("grant", GRANTS)
def test_every_form_of_log_in(sim, grant):
    path, body, headers = GRANTS[grant]
    answer = sim.raw("POST", path, body, headers)
    assert answer.status == 200
    assert answer.json["token_type"] == "Bearer" and answer.json["expires_in"] == 3600
    sim.bearer = answer.json["access_token"]
    assert sim.query(limit=1)["total"] == 700
    refreshed = sim.raw("POST", f"{QUERY_GRANT}refresh_token&refresh_token={answer.json['refresh_token']}", None,
                        {"Authorization": f"Bearer {sim.bearer}", **JSON})
    assert refreshed.status == 200 and refreshed.json["access_token"] != sim.bearer
    sim.bearer = refreshed.json["access_token"]
    assert sim.query(limit=1)["total"] == 700


@pytest.mark.parametrize("status", [400, 401])
def test_wrong_credentials_are_refused(start, status):
    sim = start("--refused-status", status)
    wrong = json.dumps({**USER, "password": "wrong"})
    assert sim.raw("POST", f"{QUERY_GRANT}password&client_id={CLIENT}", wrong, JSON).status == status
    assert sim.raw("POST", f"{QUERY_GRANT}password&client_id=x", json.dumps(USER), JSON).status == status
    assert sim.raw("POST", f"{QUERY_GRANT}client_credentials", None, {}).status == status
    assert sim.raw("POST", f"{QUERY_GRANT}refresh_token&refresh_token=x", None, {}).status == status
    assert sim.raw("POST", f"{QUERY_GRANT}magic", None, {}).status == 400


def test_only_a_capital_bearer_is_taken(sim):
    sim.login()
    for header, status in [(f"bearer {sim.bearer}", 401), (f"Bearer {sim.bearer}x", 401), ("Bearer ", 401),
                           (None, 401), (f"Bearer {sim.bearer}", 200)]:
        answer = sim.raw("GET", "/api/indicator/types", None, {"Authorization": header} if header else {})
        assert answer.status == status, header
        if status == 401:
            assert answer.json["error"] == "access_denied"


def test_tokens_expire_and_are_revoked(sim):
    sim.admin("/tokens", {"expires_in": 0})
    sim.login()
    assert sim.call("GET", "/api/connectors").status == 401
    sim.admin("/tokens", {"expires_in": 60})
    sim.login()
    assert sim.call("GET", "/api/connectors").status == 200
    sim.admin("/tokens", {"revoke": True})
    assert sim.call("GET", "/api/connectors").status == 401


# Searches


QUERIES = {
    "everything": ({}, lambda r: True),
    "hashes": ({"+or": HASHES}, lambda r: r["type"] in LENGTHS),
    "one status of several words": ({"status_name": "Under Investigation"},
                                    lambda r: r["status"] == "Under Investigation"),
    "several keys are and": ({"type_name": "MD5", "status_name": "Active"},
                             lambda r: r["type"] == "MD5" and r["status"] == "Active"),
    "score at least": ({"score": {"+gte": 7.5}}, lambda r: r["score"] is not None and r["score"] >= 7.5),
    "score between": ({"score": {"+gt": 3, "+lt": "9"}}, lambda r: r["score"] is not None and 3 < r["score"] < 9),
    "nested": ({"+and": [{"+or": HASHES}, {"+or": [{"status_name": "Active"}, {"status_name": "Review"}]},
                         {"score": {"+gte": 5, "+lte": 100}}]},
               lambda r: r["type"] in LENGTHS and r["status"] in ("Active", "Review") and (r["score"] or -1) >= 5),
    "unknown names match nothing": ({"+or": [{"type_name": "SHA-3"}, {"type_name": "MD5"}]},
                                    lambda r: r["type"] == "MD5"),
    "mentions": ({"mentions": "emotet"}, lambda r: any("emotet" in a["value"].lower() for a in r["attributes"])),
    "mentions anything": ({"mentions": ""}, lambda r: True),
    "contains": ({"value": {"+contains": "ab1"}}, lambda r: "ab1" in r["value"].lower()),
}


@pytest.mark.parametrize("part", ["criteria", "filters"])
@pytest.mark.parametrize("name", QUERIES)
def test_the_query_language(start, name, part):
    sim = start("--count", 900, "--no-score", 10)
    query, holds = QUERIES[name]
    want = [r["id"] for r in sim.export() if holds(r)]
    assert len(want) > 3
    assert [r["id"] for r in sim.all({"criteria": {}, "filters": {}, part: query})] == want


@pytest.mark.parametrize("key", ["created_at", "updated_at", "touched_at"])
def test_ranges_of_dates(sim, key):
    rows = sim.export()
    middle = sorted(r[key] for r in rows)[350]
    for relation, holds in {"+gt": lambda d: d > middle, "+gte": lambda d: d >= middle, "+lt": lambda d: d < middle,
                            "+lte": lambda d: d <= middle}.items():
        got = sim.all({"filters": {key: {relation: middle}}})
        assert [r["id"] for r in got] == [r["id"] for r in rows if holds(r[key])]
    assert sim.query({"filters": {key: {"+lte": "NOW"}}}, limit=1)["total"] == 700


@pytest.mark.parametrize("query", [{"filters": {"attribute": "x"}}, {"filters": {"score": {"+ne": 3}}},
                                   {"filters": {"created_at": {"+gt": "soon"}}}, {"filters": {"+or": {}}},
                                   {"filters": "x"}, []])
def test_what_is_no_query(sim, query):
    answer = sim.call("POST", "/api/indicators/query?limit=1", query)
    assert answer.status == 400 and answer.json["errors"]


def test_unknown_names_are_errors_in_some_versions(start):
    sim = start("--strict-names")
    assert sim.call("POST", "/api/indicators/query", {"filters": {"status_name": "Gone"}}).status == 400


@pytest.mark.parametrize("sort", ["id", "-id", "created_at", "-created_at,id", "updated_at,id", "touched_at", "-touched_at",
                                  "-score", "-created"])
@pytest.mark.parametrize("limit", [1, 97, 250, 1000])
def test_order_and_paging(start, sort, limit):
    sim = start("--count", 260)
    first, down = sort.split(",")[0].lstrip("-"), sort.startswith("-")
    rows = sim.export()
    if first == "created":
        first, down = "id", False  # no such field: ignored
    want = sorted(rows, key=lambda r: r["id"], reverse=sort == "-id")
    want.sort(key=lambda r: r[first], reverse=down)
    ids = [r["id"] for r in want]
    assert [r["id"] for r in sim.all(limit=limit, sort=sort)] == ids
    assert [r["id"] for r in sim.all_by_cursor(limit=limit, sort=sort)] == ids


def test_cursors_that_do_not_fit(sim):
    mark = sim.query(limit=5, sort="id", cursorMark="*")["nextCursorMark"]
    for page in ({"sort": "-id", "cursorMark": mark}, {"sort": "id", "cursorMark": "AoJ"},
                 {"sort": "id", "cursorMark": mark, "offset": 5}):
        assert sim.call("POST", f"/api/indicators/query?{urlencode(page)}", {}).status == 400


def test_a_server_without_cursors(start):
    sim = start("--no-cursor", "--count", 50)
    page = sim.query(limit=10, sort="id", cursorMark="*")
    assert "nextCursorMark" not in page and page["offset"] == 0 and len(page["data"]) == 10


@pytest.mark.parametrize("empty", [[], {}], ids=["array", "object"])
def test_empty_data(start, empty):
    sim = start("--count", 5, *([] if empty == [] else ["--empty-object"]))
    assert sim.query(limit=10, offset=5)["data"] == empty
    assert sim.query({"filters": {"type_name": "none"}})["data"] == empty


def test_ids_of_types_differ_by_instance(start):
    def types(seed):
        sim = start("--seed", seed)
        rows = sim.call("GET", "/api/indicator/types").json["data"]
        assert sim.call("GET", f"/api/indicator/types/{rows[0]['id']}").json["data"]["name"] == rows[0]["name"]
        assert [r["name"] for r in sim.call("GET", "/api/indicator/types?name=MD5").json["data"]] == ["MD5"]
        return {r["name"]: r["id"] for r in rows}

    assert types(1) != types(2)


def test_statuses(sim):
    rows = sim.call("GET", "/api/indicator/statuses").json["data"]
    assert [(r["id"], r["name"]) for r in rows[:5]] == [(1, "Active"), (2, "Expired"), (3, "Indirect"), (4, "Review"),
                                                        (5, "Whitelisted")]
    assert len(rows) > 5


def test_the_library_is_made_from_the_seed(start):
    options = ("--count", 500, "--now", "2026-05-01 00:00:00", "--override", "emea=10")
    one, same, other = start("--seed", 7, *options), start("--seed", 7, *options), start("--seed", 8, *options)
    rows = one.export()
    assert rows == same.export() != other.export()
    assert all(a["id"] < b["id"] and a["created_at"] <= b["created_at"] for a, b in zip(rows, rows[1:]))
    assert all(r["created_at"] <= r["updated_at"] <= r["touched_at"] <= "2026-05-01 00:00:00" for r in rows)
    names = {a["name"] for r in rows for a in r["attributes"]}
    assert "Malware Family" in names and "Reputation Override - emea" in names
    assert all(len({(a["name"], a["value"]) for a in r["attributes"]}) == len(r["attributes"]) for r in rows)
    assert {0} < {r["manual_score"] for r in rows if r["manual_score"] is not None}
    assert any(r["score"] and r["score"] > 10 for r in rows)
    assert any(r["score"] and r["score"] % 1 for r in rows)


@pytest.mark.parametrize("percent", [0, 30])
def test_hashes_that_are_none(start, percent):
    rows = start("--count", 1000, "--invalid", percent, "--other-types", 0).export("?hashes=1")
    bad = [r for r in rows if not re.fullmatch(f"[0-9a-fA-F]{{{LENGTHS[r['type']]}}}", r["value"])]
    assert len(rows) == 1000
    assert len(bad) == 0 if percent == 0 else 200 < len(bad) < 400


# Shapes

VIEWS = {
    ("index",): (lambda r, t: r["type"]["name"] == t["type"] and r["status"]["name"] == t["status"]
                 and r.get("score") == t["score"]),
    ("index", "--score", "string"): lambda r, t: r["score"] == f"{t['score']:.2f}",
    ("relational",): (lambda r, t: r["type"]["wildcard_matching"] == "N" and r["description"] is None
                      and r["score"]["manual_score"] == t["manual_score"]
                      and r["score"]["generated_score"] == f"{t['generated_score']:.2f}"),
    ("ids",): lambda r, t: "type" not in r and r["type_id"] and r["status_id"] and "score" in r,
}


@pytest.mark.parametrize("view", VIEWS, ids=" ".join)
def test_shapes_of_a_row(start, view):
    sim = start("--count", 200, "--view", *view)
    truth = {r["id"]: r for r in sim.export()}
    for row in sim.all():
        want = truth[row["id"]]
        assert VIEWS[view](row, want), row
        assert row["value"] == want["value"] and row["touched_at"] == want["touched_at"]
        assert [(a["id"], a["name"], a["value"]) for a in row["attributes"]] == [
            (a["id"], a["name"], a["value"]) for a in want["attributes"]]
        assert row["sources"][0]["name"]


def test_fields_make_plain_names(sim):
    fields = ["id", "value", "type", "status", "score", "tags", "no_such_field"]
    row = sim.query({"fields": fields}, limit=1)["data"][0]
    assert set(row) == set(fields[:-1])
    assert isinstance(row["type"], str) and isinstance(row["status"], str) and isinstance(row["tags"], list)


def test_attributes_only_when_asked_for(start):
    sim = start("--no-unasked-attributes")
    assert "attributes" not in sim.query(limit=1)["data"][0]
    assert sim.query({"fields": ["id", "attributes"]}, limit=1)["data"][0]["attributes"]


def test_a_score_that_is_missing(start):
    sim = start("--count", 300, "--no-score", 50, "--manual", 0)
    missing = {r["id"] for r in sim.export() if r["score"] is None}
    assert 100 < len(missing) < 200
    assert {r["id"] for r in sim.all() if "score" not in r} == missing
    assert sim.query({"filters": {"score": {"+gte": 0}}}, limit=1)["total"] == 300 - len(missing)


def test_one_indicator(sim):
    row = sim.export()[3]
    bare = sim.call("GET", f"/api/indicators/{row['id']}").json["data"]
    assert bare["value"] == row["value"] and "type" not in bare and "attributes" not in bare
    full = sim.call("GET", f"/api/indicators/{row['id']}?with=attributes,score,type,status,sources").json["data"]
    assert full["type"]["name"] == row["type"] and len(full["attributes"]) == len(row["attributes"])
    assert full["score"]["indicator_id"] == row["id"] and full["sources"][0]["pivot"]["indicator_id"] == row["id"]
    assert sim.call("GET", f"/api/indicators/{row['id']}?with=attack_pattern").status == 500
    assert sim.call("GET", "/api/indicators/999999999").status == 404
    assert sim.call("GET", "/api/nothing").status == 404


def test_the_relational_list(sim):
    rows = sim.export()
    md5 = sim.call("GET", "/api/indicator/types?name=MD5").json["data"][0]["id"]
    listed = sim.call("GET", f"/api/indicators?type_id={md5}&limit=5&offset=2&sort=-id&with=type").json
    want = [r["id"] for r in reversed(rows) if r["type"] == "MD5"]
    assert [r["id"] for r in listed["data"]] == want[2:7] and listed["total"] == len(want)
    value = rows[9]["value"]
    assert [r["id"] for r in sim.call("GET", f"/api/indicators?value={quote(value)}").json["data"]] == [rows[9]["id"]]


def test_compressed_answers(start):
    sim = start("--gzip")
    sim.login()
    headers = {"Authorization": f"Bearer {sim.bearer}", "Accept-Encoding": "gzip"}
    answer = sim.raw("POST", "/api/indicators/query?limit=50", "{}", headers)
    assert answer.headers["Content-Encoding"] == "gzip"
    assert len(json.loads(gzip.decompress(answer.text))["data"]) == 50


def test_rows_are_padded(start):
    rows = start("--row-bytes", 3000, "--count", 20).query()["data"]
    assert all(3000 <= len(json.dumps(r, separators=(",", ":"))) < 3100 for r in rows)


# Attributes

def attributes(sim, row, arguments=""):
    return sim.call("GET", f"/api/indicators/{row}/attributes{arguments}").json["data"]


def test_an_attribute_is_added_once(sim):
    row = sim.export()[0]
    path = f"/api/indicators/{row['id']}/attributes"
    added = sim.call("POST", path, {"name": "Share Status", "value": "Shared", "sources": [{"name": "A"}]})
    assert added.status == 201 and isinstance(added.json["data"], list)
    first = added.json["data"][0]
    assert first["attribute"] == {"id": first["attribute_id"], "name": "Share Status"}
    assert first["indicator_id"] == row["id"] and first["id"] != first["attribute_id"]
    assert [s["name"] for s in first["sources"]] == ["A"]
    sim.admin("/clock", {"ahead_s": 60})
    again = sim.call("POST", path, {"name": "Share Status", "value": "Shared", "sources": [{"name": "B"}]}).json["data"][0]
    assert again["id"] == first["id"] and again["touched_at"] > first["touched_at"]
    assert [s["name"] for s in again["sources"]] == ["A", "B"]
    other = sim.call("POST", path, {"name": "Share Status", "value": "Failed"}).json["data"][0]
    assert other["id"] != first["id"] and other["attribute_id"] == first["attribute_id"]
    assert [s["name"] for s in other["sources"]] == ["connector@example.org"]
    rows = attributes(sim, row["id"])
    assert [a["value"] for a in rows if a["name"] == "Share Status"] == ["Shared", "Failed"]
    assert len(rows) == len(row["attributes"]) + 2
    assert sim.admin("/stats").json["attributes_repeated"] == 1


def test_writing_touches_the_indicator(sim):
    row = sim.export()[0]
    path = f"/api/indicators/{row['id']}/attributes"
    touched = {"filters": {"touched_at": {"+gt": row["touched_at"]}, "id": row["id"]}}
    assert sim.query(touched)["total"] == 0
    sim.call("POST", path, {"name": "N", "value": "v"})
    assert sim.query(touched)["total"] == 1
    now = sim.one(row["id"])
    assert now["touched_at"] > row["touched_at"] and now["updated_at"] == row["updated_at"]


def test_several_at_once(sim):
    row = sim.export()[5]
    items = [{"name": f"N{i}", "value": str(i), "sources": []} for i in range(7)]
    answer = sim.call("POST", f"/api/indicators/{row['id']}/attributes", items)
    assert answer.status == 201 and [a["name"] for a in answer.json["data"]] == [i["name"] for i in items]
    assert len(attributes(sim, row["id"], "?limit=1000")) == len(row["attributes"]) + 7
    part = sim.call("GET", f"/api/indicators/{row['id']}/attributes?limit=3&offset=2").json
    assert len(part["data"]) == 3 and part["total"] == len(row["attributes"]) + 7


def test_a_value_is_replaced_and_a_row_deleted(sim):
    row = sim.export()[8]
    path = f"/api/indicators/{row['id']}/attributes"
    old = attributes(sim, row["id"])[0]
    put = sim.call("PUT", f"{path}/{old['id']}", {"value": "new value"})
    assert put.status == 200 and put.json["data"]["id"] == old["id"] and put.json["data"]["value"] == "new value"
    values = {a["id"]: a["value"] for a in attributes(sim, row["id"])}
    assert values[old["id"]] == "new value" and len(values) == len(row["attributes"])
    gone = sim.call("DELETE", f"{path}/{old['id']}")
    assert gone.status == 204 and gone.text == b""
    assert old["id"] not in {a["id"] for a in attributes(sim, row["id"])}
    assert sim.call("DELETE", f"{path}/{old['id']}").status == 404
    assert sim.call("PUT", f"{path}/{old['id']}", {"value": "x"}).status == 404
    assert sim.call("PUT", f"{path}/{old['attribute_id'] + 90000000}", {"value": "x"}).status == 404


def test_every_attribute_can_be_deleted(sim):
    row = sim.export()[11]["id"]
    sim.call("POST", f"/api/indicators/{row}/attributes", [{"name": n, "value": "1"} for n in "abc"])
    while rows := attributes(sim, row):
        assert sim.call("DELETE", f"/api/indicators/{row}/attributes/{rows[len(rows) // 2]['id']}").status == 204
    assert sim.one(row)["attributes"] == []


@pytest.mark.parametrize("body", [{"name": "N"}, {"value": "v"}, {"name": "", "value": "v"}, {"name": "N", "value": ""},
                                  {"name": "N", "value": ["v"]}, {"name": "x" * 300, "value": "v"},
                                  {"name": "N", "value": "v", "sources": ["A"]}])
def test_attributes_that_are_refused(sim, body):
    row = sim.export()[0]
    path = f"/api/indicators/{row['id']}/attributes"
    one = sim.call("POST", path, body)
    assert one.status == 400 and one.json["data"]["errors"]
    several = sim.call("POST", path, [{"name": "good", "value": "1"}, body])
    assert several.status == 400 and several.json["errors"]
    assert sim.one(row["id"])["attributes"] == row["attributes"], "nothing is written"
    assert sim.call("POST", "/api/indicators/5/attributes", {"name": "N", "value": "v"}).status == 404


@pytest.mark.parametrize("shown", ["asked", "always", "never"])
def test_sources_of_attribute_rows(start, shown):
    sim = start("--attribute-sources", shown)
    row = sim.export()[0]["id"]
    assert ("sources" in attributes(sim, row)[0]) == (shown == "always")
    assert ("sources" in attributes(sim, row, "?with=attribute,sources")[0]) == (shown != "never")


# Other writes

def test_scores_statuses_and_new_indicators(sim):
    row = sim.export()[20]
    put = sim.call("PUT", f"/api/indicator/{row['id']}/scores", {"manual_score": 0}).json["data"]
    assert put["manual_score"] == 0 and sim.one(row["id"])["score"] == 0
    assert sim.call("PUT", f"/api/indicator/{row['id']}/scores", {"manual_score": None}).json["data"]["manual_score"] is None
    assert sim.one(row["id"])["score"] == row["generated_score"]
    for body in ({"status_id": 2}, {"status": "Review"}, {"status": {"name": "Under Investigation"}}):
        assert sim.call("PUT", f"/api/indicators/{row['id']}", body).status == 200
    assert sim.one(row["id"])["status"] == "Under Investigation"
    assert sim.call("PUT", f"/api/indicators/{row['id']}", {"status": "Nope"}).status == 400
    new = {"value": "d41d8cd98f00b204e9800998ecf8427e", "type": "MD5", "status": "Review",
           "attributes": [{"name": "N", "value": "v"}]}
    first = sim.call("POST", "/api/indicators", new)
    again = sim.call("POST", "/api/indicators/consume", [new])
    assert first.status == 201 and [i["existing"] for i in first.json["data"] + again.json["data"]] == ["N", "Y"]
    made = sim.one(first.json["data"][0]["id"])
    assert made["type"] == "MD5" and made["status"] == "Review" and len(made["attributes"]) == 1
    assert sim.call("DELETE", f"/api/indicators/{made['id']}").status == 204
    assert sim.call("GET", f"/api/indicators/{made['id']}").status == 404
    assert sim.query(limit=1)["total"] == 700
    writes = [json.loads(line) for line in sim.log.read_text().splitlines()]
    assert len(writes) == 9 and writes[0]["body"] == {"manual_score": 0} and writes[-1]["method"] == "DELETE"


def test_saved_searches(sim):
    query = {"criteria": {}, "filters": {"+or": HASHES}}
    for name in ("Hashes for TIE", "Again"):
        body = {"name": name, "json": {"ui_query": {}, "api_query": query}}
        assert sim.call("POST", "/api/search/query", body).status == 201
    saved = sim.call("GET", "/api/search/query").json["data"]
    assert saved[0]["json"]["api_query"] == query and json.loads(saved[1]["json"])["api_query"] == query
    got = sim.call("GET", f"/api/indicators/query/hash/{saved[0]['hash']}?limit=1000&sort=id&cursorMark=*").json
    assert [r["id"] for r in got["data"]] == [r["id"] for r in sim.export("?hashes=1")]
    assert sim.call("GET", "/api/indicators/query/hash/0123").status == 404


# The admin port

FAULTS = {
    "302": 302, "401": 401, "403": 403, "422": 422, "429": 429, "500": 500, "503": 503, "500html": 500, "502html": 502, "504html": 504,
}


@pytest.mark.parametrize("kind", FAULTS)
def test_faults_that_answer(sim, kind):
    sim.admin("/fault", {"kind": kind, "path": "query", "method": "POST", "count": 2, "after": 1, "retry_after": 3})
    answers = [sim.call("POST", "/api/indicators/query?limit=1", {}) for _ in range(4)]
    assert [a.status for a in answers] == [200, FAULTS[kind], FAULTS[kind], 200]
    assert answers[1].headers["Retry-After"] == "3" and answers[0].headers["Retry-After"] is None
    assert answers[1].text.startswith(b"" if kind == "302" else b"<html>" if "html" in kind else b"{")
    assert (answers[1].headers["Location"] is not None) == (kind == "302")
    assert sim.call("GET", "/api/connectors").status == 200, "other paths are not hit"


def test_faults_of_the_body(sim):
    for kind, look in {"error-json": lambda a: a.json["errors"], "empty": lambda a: a.json == {},
                       "garbage": lambda a: b"\xff" in a.text}.items():
        sim.admin("/fault", {"kind": kind, "path": "query", "count": 1})
        answer = sim.call("POST", "/api/indicators/query?limit=1", {})
        assert answer.status == 200 and look(answer), kind


def test_retry_after_may_be_a_date(sim):
    date = "Fri, 01 May 2026 10:00:00 GMT"
    sim.admin("/fault", {"kind": "503", "path": "query", "count": 1, "retry_after": date})
    assert sim.call("POST", "/api/indicators/query?limit=1", {}).headers["Retry-After"] == date


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("cut", [None, 0, 1000])
def test_a_truncated_body(sim, cut, chunked):
    sim.admin("/options", {"chunked": chunked})
    answer = sim.call("POST", "/api/indicators/query?limit=50", {})
    assert (answer.headers["Content-Length"] is None) == chunked and len(answer.json["data"]) == 50
    sim.admin("/fault", {"kind": "truncate", "path": "query", "count": 1, **({} if cut is None else {"bytes": cut})})
    with pytest.raises((http.client.IncompleteRead, ssl.SSLError, ConnectionError)):
        sim.call("POST", "/api/indicators/query?limit=50", {})
    assert len(sim.query(limit=50)["data"]) == 50


@pytest.mark.parametrize("kind, written", [("reset", 0), ("lost", 1)])
def test_a_reset_before_and_after_the_write(sim, kind, written):
    row = sim.export()[0]
    sim.admin("/fault", {"kind": kind, "path": "attributes", "count": 1})
    with pytest.raises((http.client.HTTPException, OSError)):
        sim.call("POST", f"/api/indicators/{row['id']}/attributes", {"name": "N", "value": "v"})
    assert len(sim.one(row["id"])["attributes"]) == len(row["attributes"]) + written


def test_slow_answers_hold_up_nobody_else(sim):
    sim.admin("/fault", {"kind": "slow", "path": "connectors", "count": 1, "delay_ms": 20000})
    sim.login()
    waiting = http.client.HTTPSConnection("127.0.0.1", sim.port, timeout=30, context=sim.context)
    waiting.request("GET", "/api/connectors", None, {"Authorization": f"Bearer {sim.bearer}"})
    assert sim.query(limit=1)["total"] == 700
    waiting.close()  # and the end of the program does not wait for it


def test_a_body_that_drips(sim):
    sim.admin("/fault", {"kind": "drip", "path": "query", "count": 1, "delay_ms": 20})
    before = time.monotonic()
    assert len(sim.query(limit=200)["data"]) == 200
    assert time.monotonic() - before > 0.1


def test_every_third_and_clear(sim):
    sim.admin("/fault", {"kind": "500", "path": "query", "every": 3})
    status = [sim.call("POST", "/api/indicators/query?limit=1", {}).status for _ in range(6)]
    assert status == [200, 200, 500, 200, 200, 500]
    sim.admin("/clear", {})
    assert {sim.call("POST", "/api/indicators/query?limit=1", {}).status for _ in range(6)} == {200}
    assert sim.admin("/stats").json["faults"] == 2


def test_changes_at_once(sim):
    a, b = sim.export("?hashes=1")[:2]
    sim.mutate({"op": "manual", "ids": [a["id"]], "manual": 9.5}, {"op": "status", "ids": [a["id"]], "status": "Expired"},
               {"op": "attribute", "ids": [a["id"], b["id"]], "name": "Reputation Override - emea", "value": "Known Trusted"},
               {"op": "remove-attribute", "ids": [b["id"]], "name": "Malware Family"},
               {"op": "created", "ids": [b["id"]], "created_at": "2020-01-01 00:00:00"})
    a, b = sim.one(a["id"]), sim.one(b["id"])
    assert a["score"] == 9.5 and a["status"] == "Expired" and a["attributes"][-1]["value"] == "Known Trusted"
    assert b["created_at"] == "2020-01-01 00:00:00" and "Malware Family" not in {x["name"] for x in b["attributes"]}
    sim.mutate({"op": "manual", "ids": [a["id"]], "manual": None}, {"op": "delete", "ids": [b["id"]]})
    assert sim.one(a["id"])["manual_score"] is None
    assert b["id"] not in {r["id"] for r in sim.all()}
    made = sim.mutate({"op": "insert", "count": 3, "type": "SHA-1", "score": 8, "status": "Review",
                       "attributes": [{"name": "N", "value": "v"}]})
    assert len(made) == 3 and all(len(sim.one(i)["value"]) == 40 and sim.one(i)["score"] == 8 for i in made)
    assert [r["id"] for r in sim.all({"filters": {"type_name": "SHA-1"}})][-3:] == made


def test_rows_move_between_two_pages(start):
    sim = start("--count", 400, "--other-types", 0)
    ids = [r["id"] for r in sim.export()]
    page = lambda offset: [r["id"] for r in sim.query(limit=50, sort="id", offset=offset)["data"]]
    sim.mutate({"op": "delete", "from": "before", "count": 7}, after_page=2)
    assert page(0) == ids[:50] and page(50) == ids[50:100]
    assert page(100) == ids[107:157], "seven rows slipped by between the pages"
    sim.mutate({"op": "delete", "from": "after", "count": 2}, every_page=1)
    assert page(0) == ids[:50]
    assert page(50) == ids[52:93] + ids[100:109], "two more after each page"


def test_kept_answers_follow_changes(sim):
    query = {"filters": {"score": {"+gte": 9}, "status_name": "Active", "+or": HASHES}}
    pick = [r["id"] for r in sim.export("?hashes=1")[::5]]
    sim.all(query)
    for step, operation in enumerate([{"op": "manual", "manual": 9}, {"op": "status", "status": "Active"},
                                      {"op": "manual", "manual": 8.99}, {"op": "manual", "manual": 10}, {"op": "delete"}]):
        sim.mutate({**operation, "ids": pick})
        want = [r["id"] for r in sim.export("?hashes=1") if r["status"] == "Active" and (r["score"] or 0) >= 9]
        assert [r["id"] for r in sim.all(query)] == want, step
        assert sorted(r["id"] for r in sim.all_by_cursor(query, sort="-touched_at")) == want


def test_options_change_while_it_runs(sim):
    sim.admin("/options", {"no_cursor": True, "empty_object": True})
    page = sim.query(limit=10, offset=9999, cursorMark="*")
    assert page["data"] == {} and "nextCursorMark" not in page


def test_statistics(sim):
    sim.query(limit=30)
    sim.query(limit=5)
    stats = sim.admin("/stats").json
    assert stats["pages"] == 2 and stats["rows"] == 35 and stats["tokens"] == 1 and stats["max_active"] == 1
    assert stats["routes"]["POST /api/indicators/query"] == 2 and stats["routes"]["POST /api/token"] == 1


def test_a_million_rows_take_little_memory(start):
    sim = start("--count", 1000000, "--other-types", 0)
    assert len(sim.query(limit=1000, sort="id", offset=999500)["data"]) == 500
    status = Path(f"/proc/{sim.popen.pid}/status").read_text()
    assert int(re.search(r"VmHWM:\s+(\d+)", status).group(1)) < 64 * 1024
