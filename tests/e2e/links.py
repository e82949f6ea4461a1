"""The block `links:` for stages that reach one another by tcp: keys of the hosts, ports, endpoints."""

import socket

import product
import tools


def keygen(folder):
    """A pair made by the product in folder/link.key; the public key."""
    folder.mkdir(parents=True, exist_ok=True)
    made = product.command(tools.CONSOLE, "keygen", "--out", folder)
    assert made.code == 0, made.stderr
    return made.stdout.strip()


def free_ports(count):
    """The first of so many ports in a row that are free on loopback."""
    while True:
        taken = []
        try:
            with socket.socket() as first:
                first.bind(("127.0.0.1", 0))
                base = first.getsockname()[1]
            for port in range(base, base + count):
                taken.append(socket.create_server(("127.0.0.1", port)))
            return base
        except (OSError, OverflowError):
            continue
        finally:
            for s in taken:
                s.close()


def block(fabrics, addresses, port, keys=None, key_file=None, allow=()):
    """addresses and keys (public ones): by "fetcher" and by fabric. The fetcher takes two ports from
    `port` on, each publisher three."""
    def stage(name, first):
        place = {"endpoint": f"tcp://{addresses[name]}:{first}"}
        return {**place, "public_key": keys[name]} if keys else place

    links = {"fetcher": stage("fetcher", port),
             "publishers": [{"fabric": f, **stage(f, port + 2 + 3 * i)} for i, f in enumerate(fabrics)],
             "allow": list(allow)}
    return {**links, "key_file": str(key_file)} if key_file else links
