"""The emulator with `--tls`, through what insists on HTTPS or takes it unless told otherwise."""

import ssl
import urllib.request
from urllib.error import URLError

from support import scratch
from vendor_clients import CLIENTS
from vendor_programs import PROGRAMS
from worlds import for_every_client

SECURE = {name: CLIENTS[name] for name in ("Tencent", "TencentGet", "Ucloud")}
SECURE |= {name: PROGRAMS[name] for name in ("NodeTencent", "NodeJdcloud", "Tccli")}


class Https:
    arguments = ("--tls",)

    def test_links_lists_and_refusals(self):
        self.assertIn("b-01", self.succeeded(self.sdk().backups("many")).backups)
        self.refused("wrong secret", self.sdk((self.keys[0], "x")).link("many", "b-01"))
        self.refused("unknown backup", self.sdk().link("many", "b-99"))
        links = self.succeeded(self.sdk().link("many", "b-01")).public
        self.assertTrue(links)
        trusting = ssl.create_default_context(cafile=self.emulator.facts["ca_file"])
        for link in links:
            self.assertTrue(link.startswith("https://"), link)
            with urllib.request.urlopen(link.strip(), context=trusting, timeout=30) as reply:
                path = scratch("https") / "dump.rdb"
                path.write_bytes(reply.read())
            self.assertExit(0, self.run_program("verify", path))
            with self.assertRaises(URLError):  # without the emulator's authority nobody trusts it
                urllib.request.urlopen(link.strip(), context=ssl.create_default_context(), timeout=30)


class Distrust:
    """A client that is not told of the emulator's authority connects to nothing."""

    arguments = ("--tls",)

    def trust(self):
        return {}

    def test_nothing_is_sent(self):
        try:
            answer = self.sdk().backups("many")
        except Exception as problem:  # how it is told is the SDK's business
            told = f"{type(problem).__name__} {problem}"
        else:
            told = f"{answer.error} {answer.code} {answer.message} {answer.raw}"
        self.assertRegex(told.lower(), "certificate|ssl")
        self.assertEqual(self.emulator.control("GET", "/journal")["calls"], [])


for _suite in (Https, Distrust):
    for_every_client(globals(), _suite, clients=SECURE)
