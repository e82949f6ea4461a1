"""`tq-trellix-tie serve`: metrics that agree with a run, who is let in, and what it bears."""

import json
import os
import re
import select
import signal
import socket
import subprocess

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

import product
import tools
from broker import free_port
from product import command
from waiting import wait_until
from webserver import OPENMETRICS, WebServer

TWO = {
    "emea": {"daily_limit": 100000},
    "apac": {"daily_limit": 30, "reputation": {"known_malicious": ["very high"], "might_be_malicious": ["high"]}},
}
TOKEN = "correct-horse-battery-staple-web"


def samples(text):
    """{(name, fabric or None, other label's value or None): value} by a strict reader of OpenMetrics."""
    found = {}
    for family in text_string_to_metric_families(text):
        for s in family.samples:
            labels = dict(s.labels)
            fabric = labels.pop("fabric", None)
            key = (s.name.removeprefix("tq_trellix_tie_"), fabric, *labels.values())
            assert key not in found, key
            found[key] = s.value
    return found


def lasting(text):
    """The samples of a text but those that differ from look to look: dates that are reckoned from now."""
    return [line for line in text.splitlines() if not re.match(r"#|tq_trellix_tie_(quota_\w+_timestamp|seen_)", line)]


def test_metrics_agree_with_the_run(world):
    w = world(TWO, {"selection": {"days": 200, "status": ["Active", "Review"], "min_score": 2}}, count=800)
    w.fabrics["emea"].tie.fault(error_set=2)
    web = WebServer(w)
    web.wait_ready()
    assert web.get("/metrics", Accept=OPENMETRICS).text.count("sweeps_total 0\n") == 1
    summary = w.run_once(code=1)
    assert summary["counts"]["emea"]["sent"] > 0 and summary["counts"]["emea"]["failed"] > 0
    assert summary["counts"]["apac"]["waiting_quota"] > 0

    reply = web.get("/metrics", Accept=OPENMETRICS)
    assert reply.headers["Content-Type"].startswith("application/openmetrics-text; version=1.0.0")
    have = samples(reply.text)
    for name, counts in summary["counts"].items():
        filtered = {"collection": 0, **counts["filtered"]}  # which `run` leaves out when it has none
        outcomes = {**{f"filtered_{k}": v for k, v in filtered.items()},
                    **{k: counts[k] for k in ("invalid", "conflicting_override", "unmapped", "already_shared", "queued")}}
        assert {k[2]: v for k, v in have.items() if k[:2] == ("sweep_indicators", name)} == outcomes
        assert sum(outcomes.values()) == have["sweep_fetched_indicators", name] == counts["fetched"]
        assert {k[2]: v for k, v in have.items() if k[:2] == ("sweep_pushes", name)} == {
            k: counts[k] for k in ("sent", "failed", "waiting_quota")}
    for name, fabric in summary["fabrics"].items():
        for metric, value in {"queued_indicators": fabric["queued"], "in_flight_requests": fabric["in_flight"],
                              "outbox_results": fabric["outbox"], "shared_hashes": fabric["shared"],
                              "failed_hashes": fabric["failed"], "quota_limit_requests": fabric["quota"]["limit"],
                              "quota_used_requests": fabric["quota"]["used"],
                              "quota_left_requests": fabric["quota"]["left"]}.items():
            assert have[metric, name] == value, metric
    written = sum(v for k, v in have.items() if k[0] == "enrichment_attributes_written_total")
    assert written == summary["enrichment"]["written"] > 0
    assert have["sweep_distinct_indicators", None] == summary["sweep"]["fetched"]
    assert have["sweep_pages", None] == summary["sweep"]["pages"]
    assert have["sweeps_total", None] == summary["sweep"]["number"] == 1

    # The other text format says the same, and promtool has nothing to say about it.
    plain = web.get("/metrics")
    assert plain.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert lasting(plain.text) == lasting(reply.text) != []
    done = subprocess.run(["promtool", "check", "metrics"], input=plain.text, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")

    page, printed = web.get("/api/status").json, product.status(w.config)
    for fabric in (*page["fabrics"].values(), *printed["fabrics"].values()):
        del fabric["quota"]["next_free_at"]
    assert page == printed


def test_what_runs_is_seen(world):
    w = world({"emea": {}}, count=50)
    web = WebServer(w, "--every", "500ms")
    assert web.wait_ready().status == 503
    assert web.get("/readyz").text == "down\n"
    assert web.get("/healthz").text == "ok\n"
    stages = w.stages().start()
    wait_until(lambda: web.get("/readyz").text == "fine\n", "the pipeline to be fine")
    assert web.get("/readyz").status == 200
    have = samples(web.get("/metrics", Accept=OPENMETRICS).text)
    assert {k[2] if k[1] is None else k[1:]: v for k, v in have.items() if k[0] == "stage_processes"} == {
        "fetcher": 1, "mapper": 1, "enricher": 1, ("emea", "publisher"): 1}
    assert have["health_state", None, "fine"] == 1
    assert have["fabric_connected", "emea"] == 1
    # What was pushed while it looked is counted on.
    count = len(w.expected("emea"))
    wait_until(lambda: samples(web.get("/metrics", Accept=OPENMETRICS).text)["seen_answers_total", "emea"] == count,
               "all answers to be counted")
    stages.kill("publisher-emea")
    wait_until(lambda: web.get("/readyz").text == "down\n", "the pipeline to be down")
    assert web.process.terminate() == 0


def test_a_loopback_address_is_for_this_machine(world):
    w = world({"emea": {}}, count=1)
    web = WebServer(w)
    for path in ("/healthz", "/readyz", "/metrics", "/api/status"):
        assert web.get(path, Host="evil.example").status == 403
        assert web.get(path, Host=f"evil.example:{web.port}").status == 403
        assert web.get(path, Host=f"localhost:{web.port}").status in (200, 503)
        assert web.get(path, "POST").status == 405
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"):
        reply = web.get("/metrics", method)
        assert reply.status == 405 and reply.headers["Allow"] == "GET, HEAD", method
    head = web.get("/api/status", "HEAD")
    assert (head.status, head.text) == (200, "") and int(head.headers["Content-Length"]) > 100
    assert web.get("/nothing").status == 404
    assert web.get("/../../etc/passwd").status == 404
    headers = web.get("/api/status").headers
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff" and headers["Cache-Control"] == "no-store"
    # A second one at the same place says so.
    second = command(tools.CONSOLE, "serve", "-c", w.config, "--listen", f"127.0.0.1:{web.port}")
    assert second.code == 1 and "cannot listen on" in second.stderr and "in use" in second.stderr


def test_a_search_tells_what_explain_tells(world):
    w = world(TWO, count=60)
    web = WebServer(w)
    w.run_once()
    indicator = max(w.threatq.valid_hashes(), key=lambda i: i.score)
    for about in (indicator.value, str(indicator.id)):
        reply = web.get(f"/api/explain?q={about}")
        assert reply.status == 200
        told = command(tools.CONSOLE, "explain", "--json", "-c", w.config, about).json
        assert reply.json == told
        assert set(told["fabrics"]) == set(TWO) and told["fabrics"]["emea"]["indicators"][0]["story"]
    for about in ("", "--help", "abc", "1%200", "%00", "../x", "g" * 32, "a" * 65):
        reply = web.get(f"/api/explain?q={about}")
        assert reply.status == 400 and "error" in reply.json, about
    assert web.get("/api/explain").status == 400
    assert web.get(f"/api/explain?q={indicator.id}", "POST").status == 405


@pytest.fixture
def token_file(tmp_path):
    path = tmp_path / "token"
    path.write_text(TOKEN + "\n")
    path.chmod(0o600)
    return path


def test_other_machines_need_a_token(world, token_file):
    w = world({"emea": {}}, count=1)

    def refused(*args):
        result = command(tools.CONSOLE, "serve", "-c", w.config, *args, timeout=20)
        assert result.code == 2, result.stderr
        return result.stderr

    for where in ("0.0.0.0:0", "[::]:0"):
        assert "--token-file" in refused("--listen", where)
    assert "write an IP address" in refused("--listen", "localhost:80")
    token_file.chmod(0o644)
    assert "chmod 600" in refused("--token-file", token_file)
    token_file.chmod(0o600)
    token_file.write_text("short\n")
    assert "at least 16 characters" in refused("--token-file", token_file)
    assert str(w.folder / "none") in refused("--token-file", w.folder / "none")
    token_file.write_text(TOKEN + "\n")

    web = WebServer(w, "--token-file", token_file, listen="0.0.0.0:0")
    web.wait_ready()
    for path in ("/metrics", "/api/status", "/api/history", "/api/explain", "/nothing"):
        for headers in ({}, {"Authorization": "Bearer " + TOKEN[:-1]}, {"Authorization": f"Basic {TOKEN}"},
                        {"Cookie": f"tq_session={TOKEN}"}, {"Cookie": "tq_session="}):
            reply = web.get(path, **headers)
            assert reply.status == 401 and reply.headers["WWW-Authenticate"] == "Bearer", (path, headers)
        assert web.get(f"{path}?token={TOKEN}").status == 401
    reply = web.get("/metrics", Host="tie.example", Authorization=f"Bearer {TOKEN}")
    assert reply.status == 200 and "sweeps_total" in reply.text
    # Probes need none, and learn one word.
    assert web.get("/healthz").text == "ok\n"
    assert web.get("/readyz").text == "down\n"
    assert TOKEN not in web.process.output()


def test_what_a_stranger_sends_is_bounded(world):
    w = world({"emea": {}}, count=1)
    web = WebServer(w)
    assert web.get("/metrics", X_Long="a" * 20000).status == 431
    assert web.get("/metrics?q=" + "a" * 20000).status == 414
    # Connections that say nothing, or less than a request, hold their place for some seconds only.
    held = [socket.create_connection(("127.0.0.1", web.port)) for _ in range(64)]
    for s in held[::2]:
        s.sendall(b"GET /metrics HTTP/1.1\r\n")
    with socket.create_connection(("127.0.0.1", web.port)) as surplus:
        surplus.settimeout(60)
        surplus.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        for s in held:
            s.settimeout(60)
            while chunk := s.recv(1000):
                assert b"200" not in chunk
            s.close()
        # One more waits until there is room.
        assert surplus.recv(1000).startswith(b"HTTP/1.1 200")
    assert web.get("/healthz").status == 200


def test_a_request_that_drips_is_cut_off(world):
    web = WebServer(world({"emea": {}}, count=1))
    with socket.create_connection(("127.0.0.1", web.port)) as s:
        s.sendall(b"GET /healthz HTTP/1.1\r\nX-Slow: ")
        for _ in range(120):
            readable, _, _ = select.select([s], [], [], 0.5)
            if readable:
                break
            s.sendall(b"a")
        assert readable, "it may drip for ever"
        try:
            assert s.recv(1000) == b""
        except ConnectionError:
            pass


def test_it_ends_at_once_while_somebody_waits(world):
    w = world({"emea": {}}, count=1)
    web = WebServer(w)
    web.wait_ready()
    with socket.create_connection(("127.0.0.1", web.port)) as waiting:
        os.kill(web.process.pid, signal.SIGSTOP)
        waiting.sendall(b"GET /api/status HTTP/1.1\r\nHost: localhost\r\n\r\n" * 2)
        os.kill(web.process.pid, signal.SIGTERM)
        os.kill(web.process.pid, signal.SIGCONT)
        assert web.process.wait(5) == 0
    assert "serves" in web.process.output() and json.dumps("error") not in web.process.output()


def test_it_takes_a_changed_configuration_on_sighup(world):
    """Without a terminal, as a service: the same process, at the same address; a wrong one is said and not taken."""
    w = world({"emea": {}}, count=5)
    server = WebServer(w, listen=f"127.0.0.1:{free_port()}", before=["setsid"])
    server.wait_ready()
    served = "tq-trellix-tie: serves"

    def fabrics():
        return set(server.get("/api/status").json["fabrics"])

    def hang_up(words, times=1):
        server.process.signal(signal.SIGHUP)
        wait_until(lambda: server.process.output().count(words) == times, f"{words!r} to be said")

    good = w.config.read_text()
    w.config.write_text(good.replace("name: emea", "name: 'e/mea'"))
    hang_up("the configuration is wrong")
    assert fabrics() == {"emea"}
    w.config.write_text(good.replace("name: emea", "name: apac"))
    hang_up(served, 2)
    server.wait_ready()
    assert fabrics() == {"apac"}
    server.process.signal(signal.SIGHUP)
    assert fabrics() == {"apac"}
    server.process.terminate()
    assert server.process.popen.returncode == 0
    assert server.process.output().count(served) == 2, "what says nothing new is no reason to start anew"
