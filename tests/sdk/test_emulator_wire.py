"""The emulator through the vendors' SDKs: requests that are changed on their way, or sent again byte for byte."""

import re

from test_emulator_keys import WINDOW
from wire import instead, wire
from worlds import for_every_client


class Wire:
    def test_a_request_changed_on_its_way(self):
        with wire(lambda sent: sent.replace(b"b-01", b"b-02")) as requests:
            answer = self.sdk().link("many", "b-01")
        self.assertIn(b"b-02", requests[0])
        self.refused("wrong secret", answer)

    def test_another_method(self):
        with wire(lambda sent: re.sub(rb"^(GET|POST) ", b"PUT ", sent)) as requests:
            answer = self.sdk().link("many", "b-01")
        self.assertTrue(requests[0].startswith(b"PUT "))
        self.refused("wrong method", answer)

    def test_a_request_that_comes_again(self):
        with wire() as requests:
            self.succeeded(self.sdk().link("many", "b-01"))
        self.assertEqual(len(requests), 1)
        with instead(requests[0]):
            self.refused("replayed", self.sdk().link("many", "b-01"))

    def test_a_request_that_comes_again_too_late(self):
        with wire() as requests:
            self.succeeded(self.sdk().link("many", "b-01"))
        self.emulator.control("POST", "/clock/advance", {"by": f"{WINDOW[self.service] + 30}s"})
        with instead(requests[0]):
            self.refused("clock", self.sdk().link("many", "b-01"))


for_every_client(globals(), Wire)
