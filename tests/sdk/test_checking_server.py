"""The checker checked: each vendor's SDK is accepted, and is refused for every reason it should be."""

import unittest
from types import SimpleNamespace

import replies
import signatures
from checking_server import ACCESS_KEY, SECRET_KEY, TEMPORARY_KEY, TEMPORARY_SECRET, TOKEN, CheckingServer
from support import Case, fetch
from vendor_clients import CLIENTS, unavailable


class PublishedVectors(Case):
    """The two computations that no SDK function covers, against values that the vendors print."""

    def test_jdcloud2_colon_path(self):
        headers = {"x-jdcloud-date": "20190214T104514Z", "x-jdcloud-nonce": "testnonce", "x-my-header": "test",
                   "x-my-header_blank": " blank"}
        canonical, _, signature = signatures.jdcloud2_signature(
            "POST", "/v1/resource:action", "p1=p1&p0=p0&o=%&u=u", headers, sorted(headers), b"body data",
            headers["x-jdcloud-date"], "cn-north-1", "test", "TESTSK")
        self.assertIn("/v1/resource%3Aaction", canonical)
        self.assertEqual(signature, "2a98f83c074e7bee260bfc8ef64f009c07595bd93f7f0c3f4e156bf6479ed9bf")

    def test_tc3_signs_the_lower_cased_action(self):
        headers = {"content-type": "application/json; charset=utf-8", "host": "cvm.tencentcloudapi.com",
                   "x-tc-action": "DescribeInstances"}
        *_, signature = signatures.tc3_signature(
            "POST", "/", "", headers, sorted(headers),
            "35e9c5b0e3ae67532d3c9f17ead6c90222632e5b1ff7f6e89887f1398934f064", 1551113065, "2019-02-25", "cvm",
            "*" * 32)
        self.assertEqual(signature, "10b1a37a7301a02ca19a647ad722d5e43b4b3cff309d421d85b46093f6ab6c4f")


class WithServer(Case):
    def setUp(self):
        super().setUp()
        self.server = self.note(CheckingServer())
        self.addCleanup(self.server.close)


class Server(WithServer):
    def test_an_unsigned_request_is_refused_in_each_vendor_s_words(self):
        self.assertEqual(fetch(self.server.url("ucloud"))[0], 200)
        self.assertEqual(fetch(self.server.url("jdcloud") + "/v1/regions/cn-north-1/cacheInstance/a/backup")[0], 401)
        self.assertEqual([entry.verdict.problem for entry in self.server.entries], ["missing", "missing"])

    def test_every_link_has_something_to_spoil(self):
        for service, link in replies.served_links():
            for mark in ("'", "+", "@", "%", "/../"):
                self.assertIn(mark, link, (service, mark))


class Sdk:
    """For one way of calling one SDK; `client` is set by the subclasses below."""

    def setUp(self):
        if why := unavailable(self.client):
            self.skipTest(why)
        super().setUp()
        self.service = self.client.service
        self.facts = SimpleNamespace(region=replies.REGION[self.service], instance=replies.INSTANCE[self.service],
                                     backup=replies.BACKUP[self.service])

    def sdk(self, access_key=ACCESS_KEY, secret_key=SECRET_KEY, token=None):
        return self.client(self.server.url(self.service), access_key, secret_key, self.facts.region, token)

    def refused(self, answer, problem):
        self.note(answer)
        self.assertEqual(self.server.entries[-1].verdict.problem, problem)
        self.assertEqual((answer.error, answer.code), (self.client.error, replies.code(self.service, problem)))

    def test_accepted(self):
        answer = self.note(self.sdk().link(self.facts.instance, self.facts.backup))
        verdict = self.server.entries[-1].verdict
        self.assertIsNone(verdict.problem)
        self.assertTrue(verdict.checked_by)
        self.assertIsNone(answer.error)
        expected = [link["public_url"] for link in replies.expected_links(self.service, self.facts.backup)]
        self.assertEqual([link.strip() for link in answer.public], expected)
        self.assertNotIn(SECRET_KEY, str(self.server))

    def test_the_list_is_accepted(self):
        answer = self.note(self.sdk().backups(self.facts.instance))
        self.assertEqual((answer.error, answer.backups), (None, [self.facts.backup]))

    def test_wrong_secret(self):
        self.refused(self.sdk(secret_key="x" + SECRET_KEY).link(self.facts.instance, self.facts.backup), "signature")
        verdict = self.server.entries[-1].verdict
        self.assertTrue(verdict.string_to_sign)
        self.assertNotEqual(verdict.expected, verdict.received)

    def test_unknown_key(self):
        self.refused(self.sdk(access_key="AKIDnobody").link(self.facts.instance, self.facts.backup), "unknown-key")

    def test_temporary_credentials(self):
        sdk = self.sdk(TEMPORARY_KEY, TEMPORARY_SECRET, TOKEN)
        answer = self.note(sdk.link(self.facts.instance, self.facts.backup))
        self.assertEqual((answer.error, len(answer.public) > 0), (None, True))

    def test_wrong_token(self):
        for token in ("another", None):
            sdk = self.sdk(TEMPORARY_KEY, TEMPORARY_SECRET, token)
            self.refused(sdk.link(self.facts.instance, self.facts.backup), "token")
        self.refused(self.sdk(token=TOKEN).link(self.facts.instance, self.facts.backup), "token")

    def test_unknown_instance_and_backup(self):
        for problem, instance, backup in (("instance", "crs-00000000", self.facts.backup),
                                          ("backup", self.facts.instance, "00000000")):
            answer = self.note(self.sdk().link(instance, backup))
            self.assertIsNone(self.server.entries[-1].verdict.problem)
            self.assertEqual((answer.error, answer.code), (self.client.error, replies.code(self.service, problem)))


for _name, _client in CLIENTS.items():
    globals()[_name] = type(_name, (Sdk, WithServer), {"client": _client, "__module__": __name__})

if __name__ == "__main__":
    unittest.main()
