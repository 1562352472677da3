"""`rdbfetch link` and `backups` against a server that checks every request with the vendors' own SDK code."""

import re
import unittest
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote

import replies
from checking_server import ACCESS_KEY, SECRET_KEY, TEMPORARY_KEY, TEMPORARY_SECRET, TOKEN, CheckingServer
from support import LINK_OPERATION, Case, binary, credentials

LINK_FIELDS = ["backup", "instance", "links", "operation", "request_id", "service"]
BACKUP_FIELDS = ["backup", "created_at", "instance", "kind", "name", "region", "service", "size", "state",
                 "vendor_state"]
ERROR_FIELDS = {"kind", "code", "message", "operation", "request_id", "http_status", "retryable"}
OUR_KEY = credentials(ACCESS_KEY, SECRET_KEY)


def moment(text):
    """A time as contract.md writes them: RFC 3339, UTC."""
    if not isinstance(text, str) or not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)", text):
        raise AssertionError(f"not an RFC 3339 time in UTC: {text!r}")
    return datetime.fromisoformat(text)


class Program(Case):
    """One checking server for a class; its journal is emptied before and printed after a test that fails."""

    @classmethod
    def setUpClass(cls):
        cls.server = CheckingServer()
        cls.addClassCleanup(cls.server.close)

    def setUp(self):
        binary()
        super().setUp()
        self.server.clear()
        self.note(self.server)

    def rdbfetch(self, command, service, *args, env=OUR_KEY, path="", instance=None, region=None):
        finished = self.run_program(
            command, service, "--endpoint", self.server.url(service) + path,
            "--region", region or replies.REGION[service], "--instance", instance or replies.INSTANCE[service],
            "--output", "json", *args, env=env)
        self.nothing_secret(finished)
        return finished

    def link(self, service, *args, backup=None, **options):
        return self.rdbfetch("link", service, "--backup", backup or replies.BACKUP[service], *args, **options)

    def nothing_secret(self, finished):
        """No secret in anything printed or sent, no signed link on stderr, whatever the test is about."""
        for secret in (SECRET_KEY, TEMPORARY_SECRET, TOKEN):
            self.assertNotIn(secret, finished.stdout, "a secret on stdout")
            self.assertNotIn(secret, finished.stderr, "a secret on stderr")
        for entry in self.server.entries:
            sent = f"{entry.request.target} {entry.request.headers} {entry.request.body!r}"
            for text in (sent, unquote(sent)):
                self.assertNotIn(SECRET_KEY, text, "the secret key was sent")
                self.assertNotIn(TEMPORARY_SECRET, text, "the secret key was sent")
        for _, link in replies.served_links():
            self.assertNotIn(link.partition("?")[2], finished.stderr, "a signed link on stderr")

    def all_accepted(self):
        self.assertTrue(self.server.entries, "no request came")
        self.assertEqual([str(e.verdict.problem) for e in self.server.entries], ["None"] * len(self.server.entries))

    def asked(self, kind="link"):
        """The requests of one kind, all of which the SDK's code agreed with."""
        self.all_accepted()
        return [entry for entry in self.server.entries if entry.asked.kind == kind]

    def is_link_reply(self, finished, service, backup):
        """Byte for byte the links that the server sent, in exactly the fields of contract.md."""
        self.assertExit(0, finished)
        document, entry = finished.json(), self.asked()[-1]
        self.assertEqual(sorted(document), LINK_FIELDS)
        self.assertEqual(document["service"], service)
        self.assertEqual(document["operation"], LINK_OPERATION[service])
        self.assertEqual(document["instance"], replies.INSTANCE[service])
        self.assertEqual(document["backup"], backup)
        self.assertEqual(document["request_id"], entry.request_id if replies.has_request_id(service) else None)
        found, expected = document["links"], replies.expected_links(service, backup)
        without = [{k: v for k, v in link.items() if k != "expires_at"} for link in expected]
        self.assertEqual([{k: v for k, v in link.items() if k != "expires_at"} for link in found], without)
        for link, wanted in zip(found, expected):
            self.assertIn("expires_at", link)
            expires = moment(link["expires_at"])
            if wanted["expires_at"] is replies.HALF_A_DAY:
                self.assertLess(abs(expires - datetime.now(UTC) - timedelta(hours=12)), timedelta(minutes=2))
            else:
                self.assertEqual(expires, wanted["expires_at"])

    def is_refusal(self, finished, exit_code, service, problem, *, retryable=False):
        """The exit code, nothing on stdout, and the one-line error with the vendor's own code."""
        self.assertExit(exit_code, finished)
        self.assertEqual(finished.stdout, "", "a failure prints nothing on stdout")
        error, entry = finished.error(), self.server.entries[-1]
        self.assertGreaterEqual(set(error), ERROR_FIELDS)
        self.assertEqual(str(error["code"]), str(replies.code(service, problem)))
        # The first call that is refused may be the look-up of the instance.
        self.assertEqual(error["operation"], entry.asked.action)
        self.assertIn(error["operation"], (LINK_OPERATION[service], "DescribeUMem"))
        self.assertEqual(error["http_status"], entry.status)
        self.assertEqual(error["request_id"], entry.request_id if replies.has_request_id(service) else None)
        self.assertIs(error["retryable"], retryable)
        self.assertTrue(isinstance(error["kind"], str) and error["kind"])
        self.assertTrue(isinstance(error["message"], str) and error["message"])


class EveryService:
    """What holds for all four; `service` is set by the subclasses below."""

    service = None
    fewest_signed = ()  # headers that the default signature must cover

    def test_link_is_accepted_and_comes_out_byte_for_byte(self):
        self.is_link_reply(self.link(self.service), self.service, replies.BACKUP[self.service])
        self.assertEqual(len(self.asked()), 1, "one link, one request")
        verdict = self.asked()[0].verdict
        self.assertLessEqual(set(self.fewest_signed), set(verdict.signed_headers))

    def test_wrong_secret_is_exit_4(self):
        wrong = "x" + SECRET_KEY
        finished = self.link(self.service, env=credentials(ACCESS_KEY, wrong))
        self.assertEqual([entry.verdict.problem for entry in self.server.entries], ["signature"], "sent once")
        self.is_refusal(finished, 4, self.service, "signature")
        self.assertNotIn(wrong, finished.stderr)

    def test_unknown_key_is_exit_4(self):
        finished = self.link(self.service, env=credentials("AKIDnobody", SECRET_KEY))
        self.assertEqual([entry.verdict.problem for entry in self.server.entries], ["unknown-key"], "sent once")
        self.is_refusal(finished, 4, self.service, "unknown-key")

    def test_temporary_credentials(self):
        finished = self.link(self.service, env=credentials(TEMPORARY_KEY, TEMPORARY_SECRET, TOKEN))
        self.is_link_reply(finished, self.service, replies.BACKUP[self.service])

    def test_wrong_token_is_exit_4(self):
        finished = self.link(self.service, env=credentials(TEMPORARY_KEY, TEMPORARY_SECRET, "another token"))
        self.assertEqual([entry.verdict.problem for entry in self.server.entries], ["token"], "sent once")
        self.is_refusal(finished, 4, self.service, "token")

    def test_verbose_tells_no_secret(self):
        self.assertExit(0, self.link(self.service, "-v"))
        self.assertExit(4, self.link(self.service, "-v", env=credentials(ACCESS_KEY, "x" + SECRET_KEY)))

    def test_backups(self):
        finished = self.rdbfetch("backups", self.service)
        self.assertExit(0, finished)
        self.assertTrue(self.asked("list"))
        document = finished.json()
        self.assertEqual([sorted(backup) for backup in document], [BACKUP_FIELDS])
        self.assertEqual(moment(document[0].pop("created_at")), replies.TAKEN)
        self.assertEqual(document[0].pop("name"), replies.NAMES[self.service])
        self.assertEqual(document[0].pop("vendor_state"), "Success" if self.service == "ucloud" else "2")
        self.assertEqual(document[0], {
            "service": self.service, "region": replies.REGION[self.service],
            "instance": replies.INSTANCE[self.service], "backup": replies.BACKUP[self.service],
            "size": replies.LISTED_SIZE[self.service], "state": "finished", "kind": "manual"})

    def test_a_kind_that_is_told_is_not_looked_up(self):
        for told, instances in (((), self.service == "ucloud"), (("--kind", "standalone"), False)):
            self.server.clear()
            self.is_link_reply(self.link(self.service, *told), self.service, replies.BACKUP[self.service])
            self.assertEqual(len(self.asked("instances")), int(instances), told)

    def test_link_of_the_latest_backup(self):
        finished = self.link(self.service, backup="latest")
        self.is_link_reply(finished, self.service, replies.BACKUP[self.service])
        self.assertTrue(self.asked("list"))

    def test_loopback_bypasses_proxies(self):
        nowhere = "http://127.0.0.1:9"
        finished = self.link(self.service, env={**OUR_KEY, "HTTP_PROXY": nowhere, "http_proxy": nowhere,
                                                "HTTPS_PROXY": nowhere, "https_proxy": nowhere, "ALL_PROXY": nowhere})
        self.is_link_reply(finished, self.service, replies.BACKUP[self.service])


class DocumentedNotFound:
    """Services whose link operation has documented codes for an unknown instance and an unknown backup."""

    def test_unknown_instance_is_exit_5(self):
        self.is_refusal(self.link(self.service, instance="crs-unknown0"), 5, self.service, "instance")
        self.all_accepted()

    def test_unknown_backup_is_exit_5(self):
        self.is_refusal(self.link(self.service, backup="000000000000000000000000"), 5, self.service, "backup")
        self.all_accepted()


class Ucloud(EveryService, Program):
    service = "ucloud"

    def test_the_documented_example_s_shape(self):
        """BackupPath is filler there, so the retiring BackupURL is the link; its newline is trimmed."""
        backup = replies.OTHER["ucloud"]
        self.is_link_reply(self.link("ucloud", backup=backup), "ucloud", backup)

    def test_further_parameters(self):
        self.assertExit(0, self.link("ucloud", "--project", "org-4nfe1i", "--param", "SlaveZone=cn-bj2-05",
                                     "--param", "IsCrossRegion=true"))
        sent = self.asked()[-1].asked.params
        self.assertEqual({name: sent.get(name) for name in ("Region", "ProjectId", "SlaveZone", "IsCrossRegion")},
                         {"Region": "cn-bj2", "ProjectId": "org-4nfe1i", "SlaveZone": "cn-bj2-05",
                          "IsCrossRegion": "true"})

    def test_a_parameter_with_odd_characters_is_signed_and_arrives(self):
        value = "区 +&=%2B/~*'()\"\\"
        self.assertExit(0, self.link("ucloud", "--param", "SlaveZone=" + value))
        self.assertEqual(self.asked()[-1].asked.params["SlaveZone"], value)

    def test_a_path_in_the_endpoint_is_prefixed(self):
        self.is_link_reply(self.link("ucloud", path="/gate/way"), "ucloud", replies.BACKUP["ucloud"])
        self.assertTrue(self.asked()[-1].request.path.startswith("/gate/way"))


class Tencent(DocumentedNotFound, EveryService, Program):
    service = "tencent"
    fewest_signed = ("content-type", "host")

    def test_the_common_headers(self):
        self.assertExit(0, self.link("tencent"))
        headers = self.asked()[-1].request.headers
        self.assertEqual((headers.get("x-tc-action"), headers.get("x-tc-version"), headers.get("x-tc-region")),
                         ("DescribeBackupUrl", "2018-04-12", "ap-guangzhou"))

    def test_the_retiring_arrays_alone(self):
        backup = replies.OTHER["tencent"]
        self.is_link_reply(self.link("tencent", backup=backup), "tencent", backup)

    def test_further_parameters(self):
        self.assertExit(0, self.link("tencent", "--param", "LimitType=NoLimit"))
        self.assertEqual(self.asked()[-1].asked.params, {
            "InstanceId": replies.INSTANCE["tencent"], "BackupId": replies.BACKUP["tencent"], "LimitType": "NoLimit"})

    def test_a_backup_that_is_not_ready_is_exit_6(self):
        finished = self.link("tencent", backup=replies.NOT_READY["tencent"])
        self.assertExit(6, finished)
        self.assertEqual(finished.error()["code"], "ResourceUnavailable.BackupStatusInvalid")


class Qcloud(DocumentedNotFound, EveryService, Program):
    service = "qcloud"

    def test_hmac_sha256(self):
        self.is_link_reply(self.link("qcloud", "--signature", "HmacSHA256"), "qcloud", replies.BACKUP["qcloud"])
        self.assertEqual(self.asked()[-1].verdict.variant, "HmacSHA256")

    def test_hmac_sha256_with_a_wrong_secret(self):
        wrong = credentials(ACCESS_KEY, "x" + SECRET_KEY)
        self.is_refusal(self.link("qcloud", "--signature", "HmacSHA256", env=wrong), 4, "qcloud", "signature")

    def test_every_request_has_its_own_nonce(self):
        for _ in range(2):
            self.assertExit(0, self.link("qcloud"))
        nonces = [entry.asked.params["Nonce"] for entry in self.asked()]
        self.assertEqual(len(set(nonces)), 2, nonces)

    def test_a_backup_that_is_not_ready_is_exit_6(self):
        finished = self.link("qcloud", backup=replies.NOT_READY["qcloud"])
        self.assertExit(6, finished)
        self.assertEqual(str(finished.error()["code"]), "10711")


class Jdcloud(DocumentedNotFound, EveryService, Program):
    service = "jdcloud"
    fewest_signed = ("host", "x-jdcloud-date", "x-jdcloud-nonce")

    def test_the_default_signature_is_jdcloud2(self):
        self.assertExit(0, self.link("jdcloud"))
        self.assertEqual(self.asked()[-1].verdict.variant, "JDCLOUD2")

    def test_jdcloud3(self):
        self.is_link_reply(self.link("jdcloud", "--signature", "JDCLOUD3"), "jdcloud", replies.BACKUP["jdcloud"])
        verdict = self.asked()[-1].verdict
        self.assertEqual((verdict.variant, verdict.checked_by), ("JDCLOUD3", ["jdcloud_sdk"]))
        self.assertLessEqual(set(self.fewest_signed), set(verdict.signed_headers))

    def test_jdcloud3_with_temporary_credentials(self):
        finished = self.link("jdcloud", "--signature", "JDCLOUD3",
                             env=credentials(TEMPORARY_KEY, TEMPORARY_SECRET, TOKEN))
        self.is_link_reply(finished, "jdcloud", replies.BACKUP["jdcloud"])

    def test_jdcloud3_with_a_wrong_secret(self):
        wrong = credentials(ACCESS_KEY, "x" + SECRET_KEY)
        self.is_refusal(self.link("jdcloud", "--signature", "JDCLOUD3", env=wrong), 4, "jdcloud", "signature")

    def test_odd_characters_in_the_query_are_signed(self):
        """An unknown backup, but found to be unknown only after the signature was good."""
        for variant in ("JDCLOUD2", "JDCLOUD3"):
            finished = self.link("jdcloud", "--signature", variant, backup="a b+c:d~e*f'g")
            self.assertExit(5, finished)
            self.all_accepted()
            self.assertEqual(self.server.entries[-1].asked.params["baseId"], "a b+c:d~e*f'g")

    def test_every_request_has_its_own_nonce(self):
        for _ in range(2):
            self.assertExit(0, self.link("jdcloud"))
        nonces = [entry.request.headers["x-jdcloud-nonce"] for entry in self.asked()]
        self.assertEqual(len(set(nonces)), 2, nonces)


class Usage(Program):
    def test_an_unknown_service_is_exit_2_and_sends_nothing(self):
        finished = self.run_program("link", "nosuchcloud", "--endpoint", self.server.url("ucloud"), "--instance", "a",
                                    "--backup", "b", "--output", "json", env=OUR_KEY)
        self.assertExit(2, finished)
        self.assertEqual(self.server.entries, [])

    def test_no_credentials_is_exit_4_or_2_and_sends_nothing(self):
        for service in replies.REGION:
            finished = self.link(service, env={})
            self.assertIn(finished.code, (2, 4), "authentication, or usage")
            self.assertEqual(self.server.entries, [])


if __name__ == "__main__":
    unittest.main()
