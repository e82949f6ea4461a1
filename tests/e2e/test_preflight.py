"""What a fabric offers, found out without quota; a set that is dropped in silence; `tie-publisher --check`."""

import hashlib
import json
import re
import ssl

import tools
from checks import SHARED, assert_told_all, expected, share_status, told
from product import command
from waiting import wait_until

SET = "/mcafee/service/tie/file/reputation/set"
GET = "/mcafee/service/tie/file/reputation"
REGISTRY = "/mcafee/service/dxl/svcregistry/query"
ONE = {"emea": {"daily_limit": 1000}}
QUICK = {"connector": {"patience": "4s"}, "publisher": {"request_timeout": "1s", "retry_delay": "100ms"}}


def thumbprint(certs, name="client"):
    return hashlib.sha1(ssl.PEM_cert_to_DER_cert(certs.crt(name).read_text())).hexdigest()


def not_allowed(certs):
    return (f"no answer to set: the certificate {thumbprint(certs)} is probably not allowed to send on {SET} "
            "(ePO: Server Settings, DXL Topic Authorization, TIE Server Set Enterprise Reputation); "
            "it can take hours to take effect")


def check(w, code):
    """The findings of `tie-publisher --check`, by name."""
    result = command(tools.PUBLISHER, "-c", w.config, "--fabric", "emea", "--check", timeout=60)
    assert result.code == code, f"exit {result.code}: {result.stdout}{result.stderr}"
    findings = [json.loads(line) for line in result.stdout.splitlines()]
    assert all(set(f) == {"check", "subject", "level", "text", "mend"} for f in findings)
    assert all(f["mend"] == "" for f in findings if f["level"] == "ok")
    assert all(f["mend"] for f in findings if f["level"] != "ok")
    return {f["check"]: f for f in findings}


def levels(findings):
    return {name: f["level"] for name, f in findings.items()}


def test_a_run_without_permission_ends_and_says_so(world, certs):
    w = world(ONE, QUICK, count=300)
    emea = w.fabrics["emea"]
    emea.broker.deny(SET)
    result = command(tools.CONSOLE, "run", "--json", "-c", w.config, timeout=100)
    assert result.code == 1
    fabric = result.json["fabrics"]["emea"]
    assert fabric["last_error"] == not_allowed(certs)
    assert 1 <= fabric["quota"]["used"] <= 16
    assert told(emea.tie) == []
    assert any(not_allowed(certs) in problem for problem in result.json["problems"])


def test_permission_given_later_needs_no_restart(world, certs):
    w = world(ONE, QUICK, count=60)
    emea = w.fabrics["emea"]
    emea.broker.deny(SET)
    stages = w.stages().start()
    report = stages.wait_report("publisher-emea", lambda r: r["last_error"] == not_allowed(certs),
                                "the publisher to say what the silence is")
    assert report["connected"] and report["queued"] > 0
    report = stages.wait_report("publisher-emea", lambda r: r["breaker"]["next_probe_at"], "the breaker to open")
    assert report["breaker"]["state"] == "open"
    assert report["breaker"]["silent"] >= 8
    assert report["quota"]["used"] <= 16
    assert report["preflight"] == {"registry": "answered", "get": "answered", "instances": 1, "set_instances": 1}
    pid = stages["publisher-emea"].pid

    emea.broker.deny()
    report = stages.wait_report("publisher-emea", lambda r: r["idle"] and r["queued"] == 0 and r["shared"] > 0
                                and r["breaker"]["state"] == "closed", "everything to be pushed", timeout=120)
    assert stages["publisher-emea"].pid == pid and stages["publisher-emea"].alive()
    assert report["breaker"] == {"state": "closed", "silent": 0, "next_probe_at": None}
    assert report["last_error"] == ""
    want = {p.told for p in w.expected("emea")}
    assert set(told(emea.tie)) == want and report["shared"] == len(want)


def test_a_plain_broker_holds_nothing_up(world):
    """mosquitto has no service registry: that is said, and sets go on at once, with the smallest window too."""
    w = world(ONE, {"publisher": {"request_timeout": "10s", "window": 1}}, count=40)
    emea = w.fabrics["emea"]
    emea.broker.deny(REGISTRY)
    stages = w.stages().start()
    report = stages.wait_report("publisher-emea", lambda r: r["shared"] == len(w.expected("emea")), "all to be shared")
    assert report["preflight"]["registry"] == "awaited", "the sets did not wait for the registry"
    report = stages.wait_report("publisher-emea", lambda r: r["preflight"]["registry"] == "silent", "the registry's silence")
    assert report["last_error"] == ""
    assert "the broker has no service registry that answers; TIE answers a get" in stages["publisher-emea"].output()
    assert report["quota"]["used"] == len(w.expected("emea")), "asking costs nothing"


def test_a_dead_instance_costs_one_request_that_goes_out_again(world):
    w = world(ONE, {"publisher": {"retry_delay": "1h"}}, count=60)
    emea = w.fabrics["emea"]
    emea.tie.fault(stale=3)
    summary = w.run_once(timeout=100)
    want = expected(w, "emea", summary)
    assert_told_all(w, "emea", summary)
    assert summary["fabrics"]["emea"]["failed"] == 0
    # Of the three, the preflight's own get may meet one.
    assert len(want) + 2 <= summary["fabrics"]["emea"]["quota"]["used"] <= len(want) + 3
    assert {tuple(share_status(i, "emea")) for i in w.threatq.indicators()} <= {(), (SHARED,)}


def test_tie_that_is_not_there_fails_nothing(world):
    w = world(ONE, QUICK, count=200)
    emea = w.fabrics["emea"]
    emea.tie.fault(service_off=1)
    result = command(tools.CONSOLE, "run", "--json", "-c", w.config, timeout=100)
    fabric = result.json["fabrics"]["emea"]
    assert result.code == 1
    assert '0x80000001 "unable to locate service for request"' in fabric["last_error"]
    assert fabric["failed"] == 0
    assert 1 <= fabric["quota"]["used"] <= 16
    emea.tie.fault(service_off=0)
    summary = w.run_once()
    assert_told_all(w, "emea", summary)


def test_an_overloaded_tie_is_left_in_peace(world):
    w = world(ONE, QUICK, count=100)
    emea = w.fabrics["emea"]
    emea.tie.fault(error_set=1, error_code=0x80000002, error_text="service is overloaded")
    result = command(tools.CONSOLE, "run", "--json", "-c", w.config, timeout=100)
    fabric = result.json["fabrics"]["emea"]
    assert result.code == 1
    assert '0x80000002 "service is overloaded"' in fabric["last_error"]
    assert fabric["failed"] == 0
    assert 1 <= fabric["quota"]["used"] <= 80, "eight at a time, with pauses that double"
    emea.tie.fault(error_set=0)
    assert_told_all(w, "emea", w.run_once())


def test_check_of_a_good_fabric(world, certs):
    w = world(ONE, count=10)
    findings = check(w, 0)
    assert levels(findings) == dict.fromkeys(
        ["dxl-config", "client-certificate", "ca-certificate", "broker-certificate", "dxl-connection", "tie-registry",
         "tie-get", "tie-set"], "ok")
    assert f"127.0.0.1:{w.fabrics['emea'].broker.port}" in findings["dxl-connection"]["text"]
    assert "TIE servers registered: 1, for set: 1, for get: 1" in findings["tie-registry"]["text"]
    assert thumbprint(certs) in findings["tie-set"]["text"]
    assert not list((w.folder / "state").iterdir()), "a check keeps nothing"
    assert w.fabrics["emea"].tie.set_count() == 0


def test_check_names_what_is_wrong(world, certs):
    w = world(ONE, count=10)
    emea = w.fabrics["emea"]
    emea.broker.deny(REGISTRY)
    assert levels(check(w, 0))["tie-registry"] == "warning"
    emea.broker.deny(GET)
    findings = check(w, 1)
    assert findings["tie-get"]["level"] == "failed" and thumbprint(certs) in findings["tie-get"]["mend"]
    emea.broker.deny()
    emea.tie.fault(service_off=1)
    findings = check(w, 1)
    assert findings["tie-registry"]["level"] == "failed"
    assert '0x80000001 "unable to locate service for request"' in findings["tie-get"]["text"]
    certs.key("client").chmod(0o644)
    try:
        findings = check(w, 1)
    finally:
        certs.key("client").chmod(0o600)
    assert levels(findings) == {"dxl-config": "failed"} and "client.key" in findings["dxl-config"]["text"]
    emea.broker.stop()
    findings = check(w, 1)
    assert levels(findings) == {"dxl-config": "ok", "client-certificate": "ok", "ca-certificate": "ok", "dxl-connection": "failed"}
    assert "the first of the CAs in the bundle expires in" in findings["ca-certificate"]["text"]


def test_check_beside_a_publisher_that_works(world):
    """The same certificate twice, with the ClientId of the file: neither loses its connection."""
    w = world({"emea": {"daily_limit": 100000}}, count=3000)
    emea = w.fabrics["emea"]
    with open(emea.dxl_config, "a") as f:
        f.write("\n[General]\nClientId = {0f1e2d3c-4b5a-4697-8887-a6b5c4d3e2f1}\n")
    emea.tie.fault(delay_ms=20)
    stages = w.stages().start()
    stages.wait_report("publisher-emea", lambda r: r["shared"] > 0, "the first to be shared")
    for _ in range(3):
        assert check(w, 0)["tie-set"]["level"] == "ok"
    report = stages.wait_report("publisher-emea", lambda r: r["idle"] and r["queued"] == 0, "all to be shared", 120)
    assert report["quota"]["used"] == report["shared"] == len(w.expected("emea")), "nothing was sent twice"
    log = stages["publisher-emea"].output()
    assert log.count("connected to the fabric") == 1 and "lost" not in log


def test_check_says_what_the_running_publisher_met(world, certs):
    w = world(ONE, QUICK, count=60)
    w.fabrics["emea"].broker.deny(SET)
    stages = w.stages().start()
    stages.wait_report("publisher-emea", lambda r: r["last_error"] == not_allowed(certs)
                       and r["breaker"]["state"] == "open", "the publisher to say it")
    finding = check(w, 1)["tie-set"]
    assert finding["level"] == "failed" and not_allowed(certs) in finding["text"]
    # Between two probes; while one is out it says so instead.
    wait_until(lambda: re.search(r"Breaker \(UTC\) .*open, next", command(tools.CONSOLE, "status", "-c", w.config).stdout),
               "the status to name the next probe", 60)


def test_the_console_says_the_breaker(world):
    w = world(ONE, QUICK, count=60)
    w.fabrics["emea"].tie.fault(drop_set=1, drop_get=1)
    stages = w.stages().start()
    stages.wait_report("publisher-emea", lambda r: (r["breaker"] or {}).get("state") == "open"
                       and "to set nor to get, though it is registered" in r["last_error"], "the breaker to open")

    def look():
        breaker = command(tools.CONSOLE, "status", "--json", "-c", w.config).json["fabrics"]["emea"]["breaker"]
        return breaker["state"] == "open" and breaker["silent"] >= 8 and breaker["next_probe_at"]

    wait_until(look, "the console to show the next probe")
