"""`rdbfetch emulator` called by the vendors' own SDKs: links on success, the vendor's own errors otherwise."""

import re
import shutil
import unittest

from support import LINK_OPERATION, SERVICES, Case, Emulator, binary, fetch, redis_check, scratch
from vendor_clients import CLIENTS, unavailable

TENCENT_CODES = {
    "wrong secret": "AuthFailure.SignatureFailure",
    "unknown key": "AuthFailure.SecretIdNotFound",
    "unknown instance": "ResourceNotFound.InstanceNotExists",
    "unknown backup": "InvalidParameterValue.BackupNotExists",
}
QCLOUD_CODES = {"wrong secret": 4100, "unknown key": 4100, "unknown instance": 10701, "unknown backup": 11213}
JDCLOUD_CODES = {"wrong secret": 401, "unknown key": 401, "unknown instance": 404, "unknown backup": 404}
UCLOUD_CODES = {"wrong secret": 171, "unknown key": 172}  # the rest is what the program's own `ops` says
CODES = {"tencent": TENCENT_CODES, "qcloud": QCLOUD_CODES, "jdcloud": JDCLOUD_CODES, "ucloud": UCLOUD_CODES}

# Characters that spoil a signature when anything on the way encodes or decodes once too often.
TOKEN = "tok/EN+of=a&sts@session%2B=="

_shared = []


def emulator():
    """One emulator for the whole module, started when the first test needs it."""
    if not _shared:
        try:
            _shared.append(Emulator())
        except AssertionError as problem:  # told by every test, but waited for once
            _shared.append(problem)
    if isinstance(_shared[0], Exception):
        raise _shared[0]
    return _shared[0]


def tearDownModule():
    for running in _shared:
        if isinstance(running, Emulator):
            running.stop()


def not_found_codes(case, service):
    """The codes of class not-found of the link operation, as `rdbfetch ops` documents them."""
    finished = case.run_program("ops", service, LINK_OPERATION[service], "--output", "json")
    case.assertExit(0, finished)
    found = finished.json()
    case.assertEqual([(op["service"], op["operation"]) for op in found], [(service, LINK_OPERATION[service])])
    codes = {str(error["code"]) for error in found[0]["errors"] if error["class"] == "not-found"}
    case.assertTrue(codes, "no error of class not-found is documented for this operation")
    return codes


def another(identifier):
    """An id of the same shape that is nobody's: every digit moved on by five."""
    moved = re.sub(r"\d", lambda digit: str((int(digit[0]) + 5) % 10), identifier)
    return moved if moved != identifier else identifier[::-1] + "0"


def tampered(link):
    """The link with one character in the middle of its signature (or of its whole query) changed."""
    signature = re.search(r"ignature(?:=|%3D)([^&]+)", link)
    start, end = signature.span(1) if signature else (link.index("?") + 1, len(link))
    middle = (start + end) // 2
    while link[middle] in "%+/=":  # an escape or padding may mean the same after a change
        middle += 1
    return link[:middle] + ("0" if link[middle] != "0" else "1") + link[middle + 1:]


class Facts(Case):
    def setUp(self):
        binary()
        super().setUp()

    def test_the_first_line(self):
        facts = self.note(emulator()).facts
        self.assertEqual(sorted(facts["endpoints"]), sorted(SERVICES))
        self.assertEqual(len(set(facts["endpoints"].values())), len(SERVICES), "one port per service")
        self.assertEqual(sorted(facts["samples"]), sorted(SERVICES))


class Sdk:
    """For one way of calling one SDK; `client` is set by the subclasses below."""

    def setUp(self):
        if why := unavailable(self.client):
            self.skipTest(why)
        binary()
        super().setUp()
        self.emulator = self.note(emulator())
        self.service = self.client.service
        self.sample = self.emulator.facts["samples"][self.service]

    def sdk(self, access_key=None, secret_key=None, token=None):
        return self.client(self.emulator.facts["endpoints"][self.service], access_key or self.emulator.access_key,
                           secret_key or self.emulator.secret_key, self.sample["region"], token)

    def succeeded(self, answer):
        self.note(answer)
        self.assertIsNone(answer.error, "the SDK saw an error")
        return answer

    def refused(self, what, answer):
        self.note(answer)
        self.assertEqual(answer.error, self.client.error, "where the SDK surfaces the vendor's error")
        if what in CODES[self.service]:
            self.assertEqual(answer.code, CODES[self.service][what])
        else:
            self.assertIn(str(answer.code), not_found_codes(self, self.service))
        self.assertTrue(answer.message, "an error says something")
        if self.service != "qcloud":
            self.assertTrue(answer.request_id, "a request id")

    def links(self):
        return self.succeeded(self.sdk().link(self.sample["instance"], self.sample["backup"]))

    def test_links(self):
        answer = self.links()
        self.assertTrue(answer.public, "no public link")
        for link in answer.public + answer.internal:
            self.assertRegex(link, r"^https?://")
        self.assertEqual(len(set(answer.names)), len(answer.names), "one name per file")

    def test_the_list_holds_the_sample(self):
        answer = self.succeeded(self.sdk().backups(self.sample["instance"]))
        self.assertIn(self.sample["backup"], answer.backups)

    def test_wrong_secret(self):
        sdk = self.sdk(secret_key="x" + self.emulator.secret_key)
        self.refused("wrong secret", sdk.link(self.sample["instance"], self.sample["backup"]))
        self.refused("wrong secret", sdk.backups(self.sample["instance"]))

    def test_unknown_key(self):
        sdk = self.sdk(access_key=another(self.emulator.access_key))
        self.refused("unknown key", sdk.link(self.sample["instance"], self.sample["backup"]))

    def test_unknown_instance(self):
        self.refused("unknown instance", self.sdk().link(another(self.sample["instance"]), self.sample["backup"]))

    def test_unknown_backup(self):
        self.refused("unknown backup", self.sdk().link(self.sample["instance"], another(self.sample["backup"])))

    def test_temporary_token(self):
        """The emulator issues no tokens, so it takes any; where the vendor signs them, the signature covers it."""
        token = self.emulator.facts["credentials"].get("token") or TOKEN
        answer = self.succeeded(self.sdk(token=token).link(self.sample["instance"], self.sample["backup"]))
        self.assertTrue(answer.public)
        wrong = self.sdk(secret_key="x" + self.emulator.secret_key, token=token)
        self.refused("wrong secret", wrong.link(self.sample["instance"], self.sample["backup"]))

    def test_every_link_gives_an_rdb_file(self):
        checker = shutil.which("redis-check-rdb")
        for number, link in enumerate(self.links().public):
            status, headers, body = fetch(link.strip())
            self.assertEqual((status, body[:5]), (200, b"REDIS"), link)
            self.assertEqual(int(headers["Content-Length"]), len(body))
            if checker:
                path = scratch("rdb") / f"{number}.rdb"
                path.write_bytes(body)
                self.assertIsNone(redis_check(path), link)

    def test_a_tampered_link_is_403(self):
        for link in self.links().public:
            status, _, body = fetch(tampered(link.strip()))
            self.assertEqual((status, b"REDIS" in body[:5]), (403, False), f"{link}\nas {tampered(link.strip())}")

    def test_a_range_is_206(self):
        link = self.links().public[0].strip()
        _, _, whole = fetch(link)
        for asked, expected in (("bytes=0-4", whole[:5]), ("bytes=5-8", whole[5:9]), ("bytes=9-", whole[9:]),
                                ("bytes=-8", whole[-8:])):
            status, headers, body = fetch(link, {"Range": asked})
            self.assertEqual((status, body), (206, expected), asked)
            start = len(whole) - 8 if asked == "bytes=-8" else int(re.search(r"\d+", asked)[0])
            self.assertEqual(headers["Content-Range"], f"bytes {start}-{start + len(expected) - 1}/{len(whole)}")
        self.assertEqual(fetch(link, {"Range": f"bytes={len(whole)}-"})[0], 416)


for _name, _client in CLIENTS.items():
    globals()[_name] = type(_name, (Sdk, Case), {"client": _client, "__module__": __name__})


class OddCharacters(Case):
    """Values that the SDKs encode each in its own way must still verify."""

    def setUp(self):
        binary()
        super().setUp()
        self.emulator = self.note(emulator())

    def test_ucloud_form(self):
        sample = self.emulator.facts["samples"]["ucloud"]
        sdk = CLIENTS["Ucloud"](self.emulator.facts["endpoints"]["ucloud"], self.emulator.access_key,
                                self.emulator.secret_key, sample["region"])
        answer = self.note(sdk.link(sample["instance"], sample["backup"], SlaveZone="区 +&=%2B/~*'()\"\\",
                                    RegionFlag=False, IsCrossRegion=True))
        self.assertIsNone(answer.error)

    def test_an_unknown_id_with_odd_characters_is_unknown_not_badly_signed(self):
        for name in ("Tencent", "QcloudGetSha1", "QcloudPostSha256"):
            client = CLIENTS[name]
            sample = self.emulator.facts["samples"][client.service]
            sdk = client(self.emulator.facts["endpoints"][client.service], self.emulator.access_key,
                         self.emulator.secret_key, sample["region"])
            answer = self.note(sdk.link("区 +&=%2B/~*'()\"\\", sample["backup"]))
            self.assertEqual((name, answer.code), (name, CODES[client.service]["unknown instance"]))


if __name__ == "__main__":
    unittest.main()
