"""`tap`: what flows on a channel, as the stages' own JSON Lines, and the channel does not notice."""

import json
import signal
import subprocess

import pytest

import checks
import tools
from product import command
from waiting import wait_until


class Tap:
    def __init__(self, w, *args):
        self.out = w.folder / f"tap-{'-'.join(args)}.out"
        self.err = w.folder / f"tap-{'-'.join(args)}.err"
        self.process = subprocess.Popen(
            [tools.CONSOLE, "tap", *args, "-c", w.config],
            stdout=open(self.out, "wb"), stderr=open(self.err, "wb"),
        )  # fmt: skip
        w.closers.append(self.close)
        wait_until(lambda: "taps" in self.err.read_text(), "the tap to be open")

    def lines(self):
        return [json.loads(line) for line in self.out.read_text().splitlines()]

    def of_type(self, kind):
        return [line for line in self.lines() if line["type"] == kind]

    def end(self, sig=signal.SIGINT):
        self.process.send_signal(sig)
        return self.process.wait(10)

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def swept(w, stages):
    """Asks for a sweep; waits until all of it is pushed."""
    summary = w.run_once()
    stages.wait_report("publisher-emea", lambda r: r["idle"], "all to be pushed")
    return summary


def test_every_channel_shows_what_flows(world):
    w = world({"emea": {"enrichment": False}}, {"threatq": {"page_size": 50}}, count=120)
    stages = w.stages("--on-request").start()
    stages.wait_report("publisher-emea", lambda r: r["connected"], "the fabric")
    taps = {name: Tap(w, name) for name in ("pages", "acks", "in", "outcomes", "written")}
    wait_until(lambda: taps["acks"].of_type("HELLO"), "a HELLO, which comes each second")
    summary = swept(w, stages)
    wanted = checks.expected(w, "emea", summary)
    pages = taps["pages"].of_type("PAGE")
    assert sum(len(p["rows"]) for p in pages) == summary["sweep"]["fetched"]
    batches = wait_until(
        lambda: len(taps["in"].of_type("BATCH")) == len(pages) and taps["in"].of_type("BATCH"), "each page's batch"
    )
    candidates = {i["hash"] for b in batches for i in b["items"] if i["verdict"] == "candidate"}
    assert {p.value for p in wanted} <= candidates
    assert taps["in"].of_type("SWEEP_END") and taps["pages"].of_type("SWEEP_END")
    acked = lambda: len({a["page"] for a in taps["acks"].of_type("ACK")}) == len(pages) + 1  # noqa: E731
    wait_until(acked, "each page, and the end, to be acknowledged")
    told = lambda kind, key: {o["id"] for m in taps[kind].of_type(kind.upper()) for o in m[key]}  # noqa: E731
    ids = {p.id for p in wanted}
    wait_until(lambda: told("outcomes", "outcomes") == ids, "all outcomes")
    wait_until(lambda: told("written", "receipts") == ids, "all receipts", 20)
    assert all(not t.of_type("DROPPED") and not t.of_type("UNREADABLE") for t in taps.values())
    assert [t.end() for t in taps.values()] == [0] * 5
    assert not list((w.folder / "run").glob("*.tap*")), "nothing is left behind"
    swept(w, stages)


def test_a_tap_that_does_not_read_holds_up_nothing_and_is_told_what_it_missed(world):
    w = world({"emea": {"enrichment": False, "daily_limit": 20}}, {"threatq": {"page_size": 60}}, count=6000)
    stages = w.stages("--on-request").start()
    stages.wait_report("publisher-emea", lambda r: r["connected"], "the fabric")
    tap = Tap(w, "in")
    tap.process.send_signal(signal.SIGSTOP)
    summary = swept(w, stages)
    assert checks.told(w.fabrics["emea"].tie) == [p.told for p in checks.expected(w, "emea", summary)[:20]]
    tap.process.send_signal(signal.SIGCONT)
    wait_until(lambda: tap.of_type("BATCH"), "what was kept for it")
    swept(w, stages)  # what comes then says how many were left out
    (dropped,) = wait_until(lambda: tap.of_type("DROPPED"), "what it missed to be said")
    first = [b for b in tap.of_type("BATCH") if b["sweep"] == summary["sweep"]["number"]]
    assert dropped["count"] > 0
    assert dropped["count"] + len(first) >= summary["sweep"]["pages"]


def test_a_killed_tap_is_forgotten_and_another_may_follow(world):
    w = world({"emea": {"enrichment": False}}, count=20)
    stages = w.stages("--on-request").start()
    first = Tap(w, "acks")
    wait_until(lambda: first.of_type("HELLO"), "a HELLO")
    second = command(tools.CONSOLE, "tap", "acks", "-c", w.config)
    assert second.code == 1 and "somebody taps acks already" in second.stderr
    first.end(signal.SIGKILL)
    after = command(tools.CONSOLE, "tap", "acks", "--count", "2", "-c", w.config)
    assert after.code == 0 and [json.loads(line)["type"] for line in after.stdout.splitlines()] == ["HELLO"] * 2
    swept(w, stages)


@pytest.mark.parametrize(
    ("args", "says"),
    [
        ([], "which channel"),
        (["pages", "acks"], "too much"),
        (["pipes"], "no channel 'pipes'"),
        (["in"], "name one by -cn"),
        (["pages", "--count", "0"], "a number from 1 on"),
    ],
)
def test_wrong_words_are_refused(world, args, says):
    w = world({"emea": {}, "apac": {}})
    done = command(tools.CONSOLE, "tap", *args, "-c", w.config)
    assert done.code == 2 and says in done.stderr
