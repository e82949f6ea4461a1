"""`failed`: what TIE refused for good is listed with its reason, tried again, and taken off."""

import json

import pytest

import tools
from product import command

ONE = {"emea": {"enrichment": False}}
FAST = {"publisher": {"retry_delay": "50ms"}}


def failed(w, *words, code=0):
    done = command(tools.CONSOLE, "failed", *words, "-c", w.config)
    assert done.code == code, done.stdout + done.stderr
    return done


def listed(w):
    return [json.loads(line) for line in failed(w, "--json").stdout.splitlines()]


def refused(world, fabrics=ONE):
    """A world in which TIE has refused everything, and takes everything from now on."""
    w = world(fabrics, FAST, count=20)
    for fabric in w.fabrics.values():
        fabric.tie.fault(error_set=1)
    w.run_once(code=1)
    for fabric in w.fabrics.values():
        fabric.tie.fault(error_set=0)
    return w


def test_the_list_names_each_with_its_reason(world):
    w = world(ONE, FAST, count=20)
    assert "nothing failed for good" in failed(w).stdout
    w = refused(world)
    rows = listed(w)
    wanted = w.expected("emea")
    assert {(r["id"], r["hash"]) for r in rows} == {(p.id, p.value) for p in wanted}
    assert {(r["fabric"], r["level"]) for r in rows} == {("emea", "Most Likely Malicious")}
    assert all(r["code"].startswith("0x") and r["text"] and r["at"] for r in rows)
    table = failed(w, "list").stdout
    assert max(map(len, table.splitlines())) <= 80
    assert f"indicator {wanted[0].id}, " in table and rows[0]["text"].split()[0] in table
    story = failed(w, "show", wanted[0].value).stdout
    assert "It failed for good" in " ".join(story.split())


def test_retry_and_drop_while_nothing_runs(world):
    w = refused(world)
    wanted = w.expected("emea")
    before = w.fabrics["emea"].tie.set_count()
    done = failed(w, "drop", str(wanted[0].id))
    assert done.stdout == "emea: 1 taken off the list.\n"
    assert len(listed(w)) == len(wanted) - 1
    assert failed(w, "retry", wanted[1].value.upper(), wanted[2].id).stdout == (
        "emea: 2 queued again, to go with the next run.\n"
    )
    assert {r["id"] for r in listed(w)} == {p.id for p in wanted[3:]}
    report = command(tools.PUBLISHER, "-c", w.config, "--fabric", "emea", "--report").json
    assert (report["queued"], report["failed"]) == (2, len(wanted) - 3)
    assert "none of them is on a list" in failed(w, "retry", "999999", code=1).stderr
    w.run_once()
    assert w.fabrics["emea"].tie.set_count() - before == len(wanted), "what is wanted still was tried again"
    assert listed(w) == []


def test_a_publisher_that_runs_is_asked(world):
    w = refused(world, {"emea": {"enrichment": False}, "apac": {"enrichment": False}})
    stages = w.stages("--on-request").start("publisher-emea")
    stages.wait_report("publisher-emea", lambda r: r["connected"], "emea to run")
    wanted = w.expected("emea")
    told = failed(w, "retry", "all", "--json").stdout.splitlines()
    by_fabric = {answer["fabric"]: answer for answer in map(json.loads, told)}
    assert by_fabric["emea"] == {
        "fabric": "emea", "done": len(wanted), "unwanted": 0, "pid": stages.report("publisher-emea")["pid"],
    }  # fmt: skip
    assert by_fabric["apac"]["done"] == len(wanted) and by_fabric["apac"]["pid"] == 0
    report = stages.wait_report("publisher-emea", lambda r: r["shared"] == len(wanted), "all to be told after all")
    assert report["failed"] == 0
    assert not list((w.folder / "state").glob("*.failed-*")), "nothing is left of the question"
    assert command(tools.PUBLISHER, "-c", w.config, "--fabric", "apac", "--report").json["queued"] == len(wanted)


def test_an_order_that_nobody_waits_for_is_done_and_a_bad_one_is_removed(world):
    w = refused(world)
    order = w.folder / "state" / "publisher-emea.failed-order"
    order.write_text("drop all")
    stages = w.stages("--on-request").start("publisher-emea")
    stages.wait_report("publisher-emea", lambda r: r["failed"] == 0, "the order to be done")
    order.write_text("dance")
    stages.wait_report("publisher-emea", lambda r: not order.exists(), "the bad order to be removed")
    assert "holds no order" in stages["publisher-emea"].output()


def test_pages_and_messages_that_cannot_be_read_are_kept_for_a_look(world):
    w = world(ONE, FAST, count=20)
    w.threatq.fault("garbage", path="/api/indicators/query", count=1)
    w.run_once()
    (page,) = (w.folder / "state" / "kept").iterdir()
    assert page.name.startswith("fetcher@") and page.name.endswith(".json") and page.stat().st_size > 0
    assert f"1 page or message that could not be read: see {page.parent}" in failed(w).stdout.replace("\n", " ")


@pytest.mark.parametrize(
    "words",
    [["forget"], ["retry"], ["drop"], ["show"], ["list", "1"], ["show", "1", "2"], ["retry", "all", "1"], ["drop", "x"]],
)
def test_wrong_words_are_refused(words):
    done = command(tools.CONSOLE, "failed", *words)
    assert done.code == 2 and done.stderr
