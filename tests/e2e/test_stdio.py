"""The stages as a pipe: tie-fetcher --stdio | tie-mapper --stdio, JSON Lines in and out."""

import json
import subprocess

import oracle
import tools
from checks import told

VERDICTS = {"invalid": {"invalid", "bad_override"}, "days": {"days"}, "status": {"status"}, "score": {"score"},
            "attributes": {"attributes"}, "conflicting_override": {"conflicting_override"}, "unmapped": {"unmapped"},
            "push": {"candidate"}}


def pipe(config):
    """The lines of `tie-fetcher --stdio </dev/null | tie-mapper --stdio`, parsed."""
    with subprocess.Popen([tools.FETCHER, "-c", config, "--stdio"], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE) as fetcher:
        mapper = subprocess.run([tools.MAPPER, "-c", config, "--stdio"], stdin=fetcher.stdout, capture_output=True,
                                text=True, timeout=60)
        fetcher.stdout.close()
        assert fetcher.wait(20) == 0
    assert mapper.returncode == 0, mapper.stderr
    return [json.loads(line) for line in mapper.stdout.splitlines()]


def test_fetcher_and_mapper_in_a_pipe(world):
    two = {"emea": {}, "apac": {"reputation": {"known_malicious": ["very high", "high"]}}}
    w = world(two, {"selection": {"days": 365, "min_score": 3}}, count=900)
    lines = pipe(w.config)
    batches = [line for line in lines if line["type"] == "BATCH"]
    ends = [line for line in lines if line["type"] == "SWEEP_END"]
    assert {b["fabric"] for b in batches} == {"emea", "apac"}
    assert sorted(e["fabric"] for e in ends) == ["apac", "emea"]
    asked = {i.id: i for i in w.asked_for()}
    for fabric in two:
        items = [item for b in batches if b["fabric"] == fabric for item in b["items"]]
        assert sorted(i["id"] for i in items) == sorted(asked), "each indicator once"
        now = batches[0]["started_at"]
        for item in items:
            verdict, push = oracle.judge(asked[item["id"]], fabric, w.selection(fabric), w.reputation(fabric), now)
            assert item["verdict"] in VERDICTS[verdict], item
            if push:
                assert item["level"] == push.level
                assert item["override"] == push.override
    assert told(w.fabrics["emea"].tie) == []
    assert not any((w.folder / "state").iterdir()), "nothing is kept"


def test_fetcher_alone_prints_pages(world):
    w = world({"emea": {}}, {"threatq": {"page_size": 100}}, count=450)
    done = subprocess.run([tools.FETCHER, "-c", w.config, "--stdio"], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    pages = [json.loads(line) for line in done.stdout.splitlines()]
    rows = [row["id"] for page in pages if page["type"] == "PAGE" for row in page["rows"]]
    assert sorted(rows) == sorted(i.id for i in w.asked_for())
    assert pages[-1]["type"] == "SWEEP_END"


def test_mapper_refuses_lines_that_are_no_messages(world):
    w = world({"emea": {}}, count=10)
    done = subprocess.run([tools.MAPPER, "-c", w.config, "--stdio"], input='nonsense\n{"type":"PAGE"}\n\n[1]\n',
                          capture_output=True, text=True, timeout=30)
    assert done.returncode == 0
    assert done.stdout == ""
    assert done.stderr, "it says that it dropped something"
