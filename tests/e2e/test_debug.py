"""One stage looked at alone: the README's examples as they stand there, -v3, counters, a stage started by hand."""

import json
import os
import re
import signal
import subprocess

import tools
from checks import expected, told
from process import Process
from product import command
from waiting import wait_until

TWO = {"emea": {"daily_limit": 100000}, "apac": {"selection": {"days": 30, "status": ["Active"], "min_score": 5}}}
MARK = "-------- next block"


def readme_blocks():
    """The shell blocks of the chapter, first to last."""
    text = (tools.ROOT / "README.md").read_text()
    chapter = text[text.index("## Debug one stage"):]
    chapter = chapter[:chapter.index("\n## ", 1)]
    return re.findall(r"^```sh\n(.*?)^```$", chapter, re.M | re.S)


def run_blocks(world, blocks):
    """Runs them in one shell, the first (which sets C) replaced; [(stdout, stderr)] of each."""
    assert blocks[0].startswith("C=/etc/"), blocks[0]
    mark = f"echo '{MARK}'; echo '{MARK}' >&2\n"
    script = mark.join([f"C={world.config}\n", *blocks[1:]])
    programs = (tools.FETCHER, tools.MAPPER, tools.PUBLISHER, tools.ENRICHER)
    path = ":".join([str(p.parent) for p in programs] + [os.environ["PATH"]])
    done = subprocess.run(["bash", "-euc", script], cwd=world.folder, env={**os.environ, "PATH": path},
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-3000:]
    return list(zip(done.stdout.split(MARK + "\n"), done.stderr.split(MARK + "\n")))


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_the_examples_of_the_readme(world):
    w = world(TWO, {"threatq": {"page_size": 100}}, count=300)
    _, capture, replay, gdb, push, write = run_blocks(w, readme_blocks())

    pages = lines(w.folder / "pages.jsonl")
    rows = [row for page in pages if page["type"] == "PAGE" for row in page["rows"]]
    assert sorted(r["id"] for r in rows) == sorted(i.id for i in w.asked_for())
    assert [json.loads(line) for line in capture[0].splitlines()] == [
        [r["id"], r["value"], r["status"], r["score"]] for r in rows]

    page, = lines(w.folder / "page.jsonl")
    ids = [row["id"] for row in page["rows"]]
    *decided, emea, apac = replay[0].splitlines()
    assert [json.loads(line)[:2] for line in decided] == [[f, i] for f in ("emea", "apac") for i in ids]
    for fabric, line in (("emea", emea), ("apac", apac)):
        verdict = [json.loads(d)[2] for d in decided if json.loads(d)[:2] == [fabric, ids[0]]]
        assert re.search(rf" debug decided fabric={fabric} id={ids[0]} .* verdict={verdict[0]}\b", line)

    assert "Breakpoint 1, mapping_decide" in gdb[0], gdb
    assert re.search(rf"^\$1 = {page['rows'][0]['score']:g}$", gdb[0], re.M)
    assert re.search(r"^\$2 = VERDICT_CANDIDATE$", gdb[0], re.M)

    started = {"sweep": {"started_at": "1970-01-01T00:00:00Z"}}
    want = [p.told for p in expected(w, "emea", started, w.asked_for())]
    assert sorted(told(w.fabrics["emea"].tie)) == sorted(want)
    assert told(w.fabrics["apac"].tie) == []
    answers = lines(w.folder / "answers.jsonl")
    assert len({a["page"] for a in answers if a["type"] == "ACK"}) == len(pages) - 1, "one of the ends is apac's"
    assert push[1].count(" debug TIE took it ") == len(want)

    receipts = [r for line in lines(w.folder / "written.jsonl") for r in line["receipts"]]
    assert len(receipts) == len(want)
    assert {r["result"] for r in receipts} == {"done"}
    assert 'attribute="Share Status - emea" value="Shared" do=add' in write[1]
    shared = [i for i in w.threatq.indicators() if any(n == "Share Status - emea" for n, _ in i.attributes)]
    assert len(shared) == len(want)
    assert w.stages().report("publisher-emea")["outbox"] == 0


def pushed(stages):
    """Waits until the first sweep is pushed and written back; the fetcher's report."""
    report = stages.wait_report("fetcher", lambda r: r["sweep"]["state"] == "idle" and r["sweep"]["number"], "a sweep")
    stages.wait_report("publisher-emea", lambda r: r["idle"] and not r["outbox"] and not r["sweep_open"], "the push")
    return report


def test_v3_logs_each_decision(world):
    w = world({"emea": {"selection": {"days": 365, "min_score": 4}}, "small": {"daily_limit": 5}},
              {"threatq": {"page_size": 50}, "connector": {"source": "TIE Connector"}}, count=200)
    w.fabrics["emea"].tie.fault(error_set=7)
    stages = w.stages()
    for line in stages.commands.values():
        line.append("-v3")
    stages.start()
    fetched = pushed(stages)
    said = {name: process.output() for name, process in stages.running.items()}
    asked = w.asked_for()
    pushes = expected(w, "emea", {"sweep": fetched["sweep"]}, asked)

    for page in range(1, fetched["sweep"]["pages"] + 1):
        for word in ("fetched", "sent", "acknowledged", "settled"):
            assert re.search(rf" debug page {word} sweep=1 page={page}\b", said["fetcher"]), (word, page)
    verdicts = dict(re.findall(r" debug decided fabric=emea id=(\d+) .* verdict=(\w+)", said["mapper"]))
    assert sorted(map(int, verdicts)) == sorted(i.id for i in asked)
    assert list(verdicts.values()).count("candidate") == len(pushes)

    publisher = said["publisher-emea"]
    hexes = {p.told[1] for p in pushes}
    assert set(re.findall(r" debug wanted id=\d+ \w+=(\w+) ", publisher)) == hexes
    why = dict(re.findall(r" debug not wanted id=(\d+)(?: \w+=[0-9a-f]+)? why=(\w+)", publisher))
    assert why == {i: v for i, v in verdicts.items() if v != "candidate"}
    sends = re.findall(r" debug sends id=\d+ \w+=(\w+) level=\"[^\"]+\" by=score score=\S+ errors=(\d)", publisher)
    sets = w.fabrics["emea"].tie.sets()
    assert [s.value for s in sets] == [value for value, _ in sends], "one line for each request, in their order"
    refused = re.findall(r" debug TIE refused it id=\d+ \w+=(\w+) .*: again in 0\.\d s", publisher)
    took = re.findall(r" debug TIE took it id=\d+ \w+=(\w+) ", publisher)
    assert refused and sorted(took) == sorted(hexes)
    assert len(refused) + len(took) == len(sets)

    small = stages["publisher-small"]
    wait_until(lambda: re.search(r" debug waits for quota limit=5 next_free_in=8\d{4}s$", small.output(), re.M),
               "the small fabric to say why it sends no more")
    assert small.output().count(" debug sends ") == 5

    assert len(re.findall(r' attribute="Share Status - emea" value="Shared" do=add', said["enricher"])) == len(pushes)
    one = w.threatq.plain_hashes()[0]
    w.threatq.add_attribute(one.id, "Reputation Override - emea", "Known Trusted")
    w.run_once()
    stages.wait_report("publisher-emea", lambda r: not r["outbox"], "the write-back")
    assert re.search(rf" debug decided fabric=emea id={one.id} .* level=\"Known Trusted\" by=override",
                     stages["mapper"].output())
    assert re.search(rf" debug sends id={one.id} .* by=override ", stages["publisher-emea"].output())
    done = dict(re.findall(rf' debug decided id={one.id} attribute="([^"]+)" .* do=(\w+)', stages["enricher"].output()))
    assert done["Share Status - emea"] == "change"
    assert "leave" in done.values(), "what is right already"


def counters(process):
    """What it says on SIGUSR1, as numbers."""
    count = process.output().count(" info counters ")
    process.signal(signal.SIGUSR1)
    wait_until(lambda: process.output().count(" info counters ") > count, f"{process.name} to log its counters")
    line = [line for line in process.output().splitlines() if " info counters " in line][-1]
    return {name: int(value) for name, value in re.findall(r" (\w+)=(\d+)", line)}


def test_counters_add_up_and_the_lock_names_whom_to_ask(world):
    w = world({"emea": {"daily_limit": 100000}}, {"threatq": {"page_size": 50}}, count=200)
    stages = w.stages().start()
    report = pushed(stages)
    for name in ("fetcher", "publisher-emea"):
        assert int((w.folder / "state" / f"{name}.lock").read_text()) == stages[name].pid
    count = len(told(w.fabrics["emea"].tie))
    fetched, pages = report["sweep"]["fetched"], report["sweep"]["pages"]
    assert counters(stages["fetcher"]).items() >= {"fetched": fetched, "pages": pages}.items()
    mapper = counters(stages["mapper"])  # a page is sent again when its acknowledgement is late
    assert mapper["rows"] >= fetched and mapper["pages"] >= pages and mapper["batches"] > mapper["pages"]
    assert counters(stages["publisher-emea"]).items() >= {"shared": count, "queued": 0, "outbox": 0}.items()
    assert counters(stages["enricher"])["done"] == count


def test_a_stage_started_by_hand_joins_or_is_refused(world):
    w = world({"emea": {"daily_limit": 100000}}, {"threatq": {"page_size": 20}}, count=400)
    stages = w.stages().start()
    hand = {}
    for name in ("mapper", "enricher"):
        hand[name] = Process(f"{name} by hand", stages.commands[name], w.folder / f"{name}.hand")
        w.closers.append(hand[name].close)
        hand[name].line_with("20")  # its first line of log
    pushed(stages)
    pids = {name: process.pid for name, process in stages.running.items()}
    before = counters(hand["mapper"])["pages"], counters(stages["mapper"])["pages"]
    sweep = w.run_once()["sweep"]  # our own writes have touched what was pushed
    after = counters(hand["mapper"])["pages"], counters(stages["mapper"])["pages"]
    assert after[0] > before[0] and after[1] > before[1], "both have their share"
    assert sum(after) - sum(before) >= sweep["pages"]
    assert counters(hand["enricher"])["outcomes"] > 0

    for name in ("fetcher", "publisher-emea"):
        for extra in ([], ["--stdio"]):
            result = command(*stages.commands[name], *extra, timeout=30)
            if name == "fetcher" and extra:  # it keeps nothing, so that there is nothing to guard
                assert result.code == 0
            else:
                assert result.code == 3
                assert f"runs already pid={pids[name]} " in result.stderr
    for process in hand.values():
        assert process.terminate() == 0
    assert {name: p.pid for name, p in stages.running.items() if p.alive()} == pids
    assert stages.report("fetcher")["sweep"]["number"] == sweep["number"], "nobody noticed the capture"
