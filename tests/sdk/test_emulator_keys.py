"""The emulator through the vendors' SDKs: keys, temporary credentials, permissions and clocks."""

from worlds import DENIED, EXPIRED, SESSION, TOKEN, for_every_client

WINDOW = {"tencent": 5 * 60, "jdcloud": 15 * 60, "qcloud": 2 * 60 * 60, "ucloud": 24 * 60 * 60}


class Keys:
    def test_an_unknown_key(self):
        self.refused("unknown key", self.sdk(("AKIDNOBODY", self.keys[1])).link("many", "b-01"))

    def test_a_wrong_secret_for_every_operation(self):
        sdk = self.sdk((self.keys[0], self.keys[1] + "x"))
        for answer in (sdk.link("many", "b-01"), sdk.backups("many"), sdk.create("many", "before_release")):
            self.refused("wrong secret", answer)

    def test_a_denied_operation(self):
        self.refused("denied", self.sdk(DENIED).link("many", "b-01"))
        self.succeeded(self.sdk(DENIED).backups("many"))


class Tokens:
    def test_the_right_token(self):
        self.succeeded(self.sdk(SESSION, TOKEN).backups("many"))
        self.assertTrue(self.succeeded(self.sdk(SESSION, TOKEN).link("many", "b-01")).public)

    def test_a_wrong_token(self):
        self.refused("wrong token", self.sdk(SESSION, TOKEN + "x").link("many", "b-01"))

    def test_a_missing_token(self):
        self.refused("wrong token", self.sdk(SESSION).link("many", "b-01"))

    def test_an_expired_token(self):
        self.refused("wrong token", self.sdk(EXPIRED, TOKEN).link("many", "b-01"))

    def test_a_wrong_secret_with_the_right_token(self):
        self.refused("wrong secret", self.sdk((SESSION[0], "x"), TOKEN).link("many", "b-01"))


class Clock:
    def at(self, seconds):
        self.emulator.control("PUT", "/clock", {"mode": "offset", "ahead": f"{seconds}s"})
        return self.sdk().backups("many")

    def test_late_and_early(self):
        window = WINDOW[self.service]
        for sign in (1, -1):
            with self.subTest(emulator="ahead" if sign > 0 else "behind"):
                self.succeeded(self.at(sign * (window - 30)))
                self.refused("clock", self.at(sign * (window + 30)))


for _suite in (Keys, Tokens, Clock):
    for_every_client(globals(), _suite)
