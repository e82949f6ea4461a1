"""The list of brokers: the fastest is taken, another one takes over, WebSockets, and the way through a proxy."""

import base64

import pytest
from broker import Broker, broker_line, free_port, write_dxl_config
from checks import assert_told_all, assert_told_exactly, told
from network import AskedProxy, Line, Proxy, Silence
from product import command
import tools

ONE = {"emea": {"daily_limit": 100000}}


def use(w, sections, name="client"):
    """Has the product reach emea's fabric so."""
    write_dxl_config(w.fabrics["emea"].dxl_config, w.certs, name, sections)


def closing(w, thing):
    w.closers.append(thing.close if hasattr(thing, "close") else thing.stop)
    return thing


def test_the_third_is_taken_and_the_second_takes_over(world):
    """Three brokers of one fabric: one is dead, one is far away, one is near. TIE is connected to a fourth."""
    w = world(ONE, {"publisher": {"window": 64}}, count=4000, other_types=0)
    hub = w.fabrics["emea"].broker
    w.fabrics["emea"].tie.fault(delay_ms=2)
    far, near = (closing(w, Broker(w.folder / n, w.certs, bridge=hub)) for n in ("far", "near"))
    slow = closing(w, Line(far.port, delay=0.5))
    use(w, {"Brokers": [broker_line("{dead}", free_port()), broker_line("{far}", slow.port),
                        broker_line("{near}", near.port)]})
    stages = w.stages().start()
    report = stages.wait_report("publisher-emea", lambda r: r["shared"] > 500, "a part to be told")
    assert report["broker"] == f"{{near}} 127.0.0.1:{near.port}"
    near.process.kill()
    report = stages.wait_report("publisher-emea", lambda r: r["connected"] and "{far}" in r["broker"],
                                "the other broker to take over")
    assert report["shared"] < 3000, "it happened while it was at work"
    stages.wait_report("publisher-emea", lambda r: not r["queued"] and not r["in_flight"] and r["idle"], "the end", 120)

    sweep = stages.wait_report("fetcher", lambda r: r["sweep"]["number"] and r["sweep"]["state"] == "idle", "the sweep to end")
    want = assert_told_all(w, "emea", sweep)
    report = stages.report("publisher-emea")
    assert report["shared"] == len(want) and report["failed"] == 0
    repeats = len(told(w.fabrics["emea"].tie)) - len(want)
    assert 0 <= repeats <= 64, "what was in flight is sent once more, and nothing else"
    assert report["quota"]["used"] >= len(told(w.fabrics["emea"].tie)), "what is sent again is counted again"
    assert report["quota"]["used"] <= len(want) + 64


def test_all_brokers_are_measured_anew(world):
    """The order of the list does not count, nor what was the best one before."""
    w = world(ONE, count=20)
    port = w.fabrics["emea"].broker.port
    lines = [closing(w, Line(port, delay)) for delay in (0.6, 0.3, 0.0)]
    use(w, {"Brokers": [broker_line(f"{{{n}}}", line.port) for n, line in enumerate(lines)]})
    stages = w.stages().start()
    seen = []
    for n in (2, 1, 0):
        report = stages.wait_report("publisher-emea", lambda r, n=n: r["connected"] and f"{{{n}}}" in r["broker"],
                                    f"broker {n} to be taken")
        seen.append(report["broker"])
        lines[n].close()
    assert len(set(seen)) == 3
    stages.wait_report("publisher-emea", lambda r: not r["connected"], "no broker to be left")


def test_a_broker_that_is_slower_than_the_measurement_is_taken_when_it_is_the_only_one(world):
    w = world(ONE, count=20)
    line = closing(w, Line(w.fabrics["emea"].broker.port, delay=1.5))
    use(w, {"Brokers": [broker_line("{dead}", free_port()), broker_line("{slow}", line.port)]})
    assert_told_exactly(w, "emea", w.run_once())


def test_a_silent_handshake_is_given_up_and_stopped_at_once(world):
    """The port is open, the broker says nothing: ten seconds are the limit, and none at all on SIGTERM."""
    w = world(ONE, count=5)
    silence = closing(w, Silence())
    use(w, {"Brokers": [broker_line("{mute}", silence.port)]})
    stages = w.stages().start("publisher-emea")
    stages.wait_report("publisher-emea", lambda r: "no answer to the TLS handshake" in r["last_error"], "the reason")
    stages.restart("publisher-emea")
    publisher = stages["publisher-emea"]
    publisher.line_with("", 30)
    assert stages.terminate("publisher-emea", timeout=5) == 0


def test_the_address_is_used_when_the_name_is_none(world):
    w = world(ONE, count=20)
    port = w.fabrics["emea"].broker.port
    use(w, {"Brokers": [f"{{x}}={{x}};{port};no-such-host.invalid;127.0.0.1"]})
    assert_told_exactly(w, "emea", w.run_once())


def test_ipv6_and_client_id(world):
    w = world(ONE, count=5)
    broker = w.fabrics["emea"].broker
    use(w, {"General": ["ClientId = {my-own-client-id}"],
            "Brokers": [f"{{x}}={{x}};{broker.port};[::ffff:127.0.0.1];[::ffff:127.0.0.1]"]})
    assert_told_exactly(w, "emea", w.run_once())
    log = (broker.folder / "mosquitto.log").read_text()
    assert "as {my-own-client-id}" in log


@pytest.mark.parametrize("load", [200, 5000])
def test_websockets(world, load):
    w = world(ONE, {"publisher": {"window": 64}}, count=load, other_types=0)
    web = closing(w, Broker(w.folder / "web", w.certs, websockets=True, bridge=w.fabrics["emea"].broker))
    use(w, {"Brokers": [broker_line("{dead}", free_port())], "BrokersWebSockets": [broker_line("{web}", web.port)],
            "General": ["UseWebSockets = True"]})
    summary = w.run_once()
    assert_told_exactly(w, "emea", summary)
    assert summary["fabrics"]["emea"]["broker"] == f"{{web}} 127.0.0.1:{web.port}"


def test_websockets_survive_the_loss_of_the_broker(world):
    w = world(ONE, count=3000, other_types=0)
    w.fabrics["emea"].tie.fault(delay_ms=2)
    web = closing(w, Broker(w.folder / "web", w.certs, websockets=True, bridge=w.fabrics["emea"].broker))
    use(w, {"BrokersWebSockets": [broker_line("{web}", web.port)]})
    stages = w.stages().start()
    stages.wait_report("publisher-emea", lambda r: r["shared"] > 300, "a part to be told")
    web.process.kill()
    stages.wait_report("publisher-emea", lambda r: not r["connected"], "the loss to be seen")
    web.start()
    stages.wait_report("publisher-emea", lambda r: r["shared"] > 300 and not r["queued"] and r["idle"], "the end", 120)
    sweep = stages.wait_report("fetcher", lambda r: r["sweep"]["number"] and r["sweep"]["state"] == "idle", "the sweep to end")
    assert_told_all(w, "emea", sweep)


def web_sections(web, proxy, *lines):
    return {"BrokersWebSockets": [broker_line("{web}", web.port)],
            "Proxy": ["Address = 127.0.0.1", f"Port = {proxy.port}", *lines]}


@pytest.mark.parametrize("user, password", [(None, None), ("dxl", "p4ss")])
def test_proxy(world, user, password):
    w = world(ONE, count=300, other_types=0)
    web = closing(w, Broker(w.folder / "web", w.certs, websockets=True, bridge=w.fabrics["emea"].broker))
    proxy = closing(w, Proxy(w.folder / "proxy", web.port, user, password))
    use(w, web_sections(web, proxy, *([f"User = {user}", f"Password = {password}"] if user else [])))
    assert_told_exactly(w, "emea", w.run_once())
    assert proxy.connects() >= 2, "the look and the connection"


def check_error(w, *words):
    """What `run` says of emea's connection, in words."""
    result = command(tools.CONSOLE, "run", "--json", "-c", w.config, timeout=90)
    assert result.code == 1
    error = result.json["fabrics"]["emea"]["last_error"]
    for word in words:
        assert word in error, error
    return error


def test_a_password_of_the_proxy_with_any_characters(world):
    w = world(ONE, count=20, other_types=0)
    web = closing(w, Broker(w.folder / "web", w.certs, websockets=True, bridge=w.fabrics["emea"].broker))
    proxy = closing(w, AskedProxy(web.port))
    use(w, web_sections(web, proxy, "User = dxl@example.com", "Password = \"a:b@c/d %41 é#;\""))
    assert_told_exactly(w, "emea", w.run_once())
    token = base64.b64encode("dxl@example.com:a:b@c/d %41 é#;".encode()).decode()
    assert len(proxy.heads) >= 2
    for head in proxy.heads:
        assert head.startswith(f"CONNECT 127.0.0.1:{web.port} HTTP/1.1\r\n"), head
        assert f"proxy-authorization: basic {token.lower()}\r\n" in head.lower(), head


IMPATIENT = {"connector": {"patience": "4s"}}


def test_proxy_that_refuses(world):
    w = world(ONE, IMPATIENT, count=5)
    web = closing(w, Broker(w.folder / "web", w.certs, websockets=True))
    proxy = closing(w, Proxy(w.folder / "proxy", web.port, "dxl", "right"))
    use(w, web_sections(web, proxy, "User = dxl", "Password = wrong"))
    error = check_error(w, "the proxy refused", "[Proxy]")
    assert "wrong" not in error, "no secret"
    other = closing(w, Proxy(w.folder / "other", 1))
    use(w, web_sections(web, other))
    check_error(w, "the proxy refused", "403")
    other.close()
    check_error(w, "the proxy 127.0.0.1", "Connection refused")


def test_the_environments_proxy_is_not_ours(world, monkeypatch):
    """paho would take it, for plain MQTT too."""
    w = world(ONE, count=20)
    monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("no_proxy", "127.0.0.1")  # for ThreatQ; paho does not know it
    assert_told_exactly(w, "emea", w.run_once())


def test_a_broker_that_refuses_says_why(world):
    w = world(ONE, IMPATIENT, count=5)
    strict = closing(w, Broker(w.folder / "strict", w.certs, extra="allow_anonymous false"))
    use(w, {"Brokers": [broker_line("{x}", strict.port)]})
    check_error(w, f"127.0.0.1:{strict.port}: the broker refused: the client certificate is not authorized")


def test_a_port_that_speaks_no_websockets(world):
    w = world(ONE, IMPATIENT, count=5)
    use(w, {"BrokersWebSockets": [broker_line("{x}", w.fabrics["emea"].broker.port)]})
    check_error(w, "speak WebSockets on this port")
