"""Overrides: on whatever indicator, whenever it is set, once for each new value."""

import datetime

import oracle
import pytest
from checks import OVERRIDE, SHARED, share_status, told
from product import command
import tools

NAME = "Reputation Override - emea"
STRICT = {"selection": {"days": 10, "status": ["Active"], "min_score": 7, "attributes": ["Tier:1"]}, "enrichment": False}
DAY = 86400


def key(indicator):
    return oracle.TIE_TYPES[indicator.type], indicator.value.lower()


def insert(w, n, status="Active", score=9, age_days=1, tier="1"):
    w.created = getattr(w, "created", 0) + 1
    when = date(w.threatq.now - age_days * DAY)
    return w.threatq.change({"op": "insert", "type": "SHA-256", "value": f"{w.created:064x}", "status": status,
                             "manual": score, "created_at": when,
                             "attributes": [{"name": "Tier", "value": tier}]})[0]


def date(epoch):
    return datetime.datetime.fromtimestamp(epoch, datetime.timezone.utc).strftime("%Y-%m-%d %H:%M:%S")


def test_an_incremental_sweep_sees_an_override_on_any_indicator(world):
    w = world({"emea": {}}, STRICT, count=0)
    ids = {what: insert(w, what, **how) for what, how in {
        "old": {"age_days": 400}, "whitelisted": {"status": "Whitelisted"}, "zero": {"score": 0},
        "other attribute": {"tier": "9"}, "all at once": {"age_days": 400, "status": "Expired", "score": 0, "tier": ""},
    }.items()}
    assert w.run_once()["counts"]["emea"]["queued"] == 0
    for indicator in ids.values():
        w.threatq.add_attribute(indicator, NAME, "Might Be Trusted")
    second = w.run_once()
    assert second["sweep"].get("kind", "incremental") == "incremental"
    by_id = {i.id: i for i in w.threatq.indicators()}
    assert sorted(told(w.fabrics["emea"].tie)) == sorted((*key(by_id[i]), 70) for i in ids.values())
    assert {tuple(share_status(by_id[i], "emea")) for i in ids.values()} == {(OVERRIDE,)}


def test_each_new_value_is_pushed_once(world):
    w = world({"emea": {}}, {"enrichment": False}, count=0)
    one = insert(w, "one")
    levels = []
    for value, level in (("Known Malicious", 1), ("known_malicious", None), ("Known Trusted", 99), ("Known Malicious", 1)):
        w.threatq.delete_attributes(one, NAME)
        w.threatq.add_attribute(one, NAME, value)
        levels += [level] if level else []
        for _ in range(2):
            w.run_once()
            assert [t[2] for t in told(w.fabrics["emea"].tie)] == levels, value


def test_removed_overrides_fall_back_to_the_score(world):
    w = world({"emea": {"reputation": {"known_malicious": ["high"], "might_be_malicious": ["low"]}}},
              {"enrichment": False, "selection": {"days": 10, "status": ["Active"]}}, count=0)
    w.run_once()
    inside, outside, same = insert(w, "a", score=5), insert(w, "b", status="Expired"), insert(w, "c", score=9)
    for one, value in ((inside, "Known Trusted"), (outside, "Known Trusted"), (same, "Known Malicious")):
        w.threatq.add_attribute(one, NAME, value)
    w.run_once()
    assert len(told(w.fabrics["emea"].tie)) == 3
    for one in (inside, outside, same):
        w.threatq.delete_attributes(one, NAME)
    w.run_once()
    by_id = {i.id: i for i in w.threatq.indicators()}
    assert told(w.fabrics["emea"].tie)[3:] == [(*key(by_id[inside]), 30)], \
        "the one outside the selection is judged and filtered, the one whose level stays is told already"
    assert share_status(by_id[inside], "emea") == [SHARED]


def test_two_overrides_are_counted_and_reported_once(world):
    w = world({"emea": {}}, {"enrichment": False}, count=0)
    one, good = insert(w, "one"), insert(w, "good")
    for value in ("Known Trusted", "Known Malicious", "Unknown"):
        w.threatq.add_attribute(one, NAME, value)
    result = command(tools.CONSOLE, "run", "--json", "-c", w.config, "-v3")
    assert result.code == 0, result.stderr
    assert result.json["counts"]["emea"]["conflicting_override"] == 1
    lines = [line for line in result.stderr.splitlines() if "two different overrides" in line]
    assert len(lines) == 1 and f"first_id={one}" in lines[0] and "fabric=emea" in lines[0]
    by_id = {i.id: i for i in w.threatq.indicators()}
    assert told(w.fabrics["emea"].tie) == [(*key(by_id[good]), 15)]
    w.threatq.delete_attributes(one, NAME)
    w.threatq.add_attribute(one, NAME, "Unknown")
    w.run_once()
    assert told(w.fabrics["emea"].tie)[1:] == [(*key(by_id[one]), 50)], "mended, it is obeyed"


def test_other_share_status_words_replace_the_old_ones(world):
    words = {"shared": "Told", "override": "Told by order", "failed": "Refused", "pending": "On its way"}
    w = world({"emea": {}}, {"enrichment": False}, count=0)
    one, stays = insert(w, "one"), insert(w, "stays")
    w.run_once()
    w.configure({"enrichment": False, "connector": {"share_status": words}})
    w.threatq.add_attribute(one, NAME, "Known Trusted")
    w.run_once()
    by_id = {i.id: i for i in w.threatq.indicators()}
    assert share_status(by_id[one], "emea") == ["Told by order"], "one row, changed in place"
    assert share_status(by_id[stays], "emea") == [SHARED], "nothing is written without a push"
    w.threatq.delete_attributes(one, NAME)
    w.fabrics["emea"].tie.fault(error_set=1)
    w.run_once(code=1)
    by_id = {i.id: i for i in w.threatq.indicators()}
    assert share_status(by_id[one], "emea") == ["Refused"]


@pytest.mark.parametrize("label", ["Possible Malicious", "possible_malicious", "POSSIBLE-MALICIOUS"])
def test_the_old_label(world, label):
    w = world({"emea": {}}, {"enrichment": False}, count=0)
    one = insert(w, "one")
    w.threatq.add_attribute(one, NAME, label)
    w.run_once()
    assert [t[2] for t in told(w.fabrics["emea"].tie)] == [30]


def test_overrides_that_cannot_be_carried_out_are_said_once_and_again_when_spoilt_again(world):
    w = world({"emea": {}}, {"enrichment": False, "threatq": {"page_size": 2}}, count=0)
    ids = [insert(w, n) for n in range(9)]
    for one in ids[::2]:
        w.threatq.add_attribute(one, NAME, "Very Evil")
    stages = w.stages("--on-request").start()
    log = w.folder / "logs" / "mapper.log"

    def said():
        return [line for line in log.read_text().splitlines() if "names no reputation" in line]

    def sweep(touched=()):
        w.threatq.change({"op": "touch", "ids": list(touched), "updated": True})
        assert command(tools.CONSOLE, "run", "-c", w.config).code == 0

    stages.wait_report("publisher-emea", lambda r: r["connected"], "the service to run")
    for _ in range(3):
        sweep(ids)
    assert sum(int(line.split("indicators=")[1].split()[0]) for line in said()) == 5, "five pages, three sweeps"
    lines = len(said())
    w.threatq.delete_attributes(ids[0], NAME)
    sweep()
    w.threatq.add_attribute(ids[0], NAME, "Very Evil")
    sweep()
    assert len(said()) == lines + 1 and f"first_id={ids[0]}" in said()[-1]
