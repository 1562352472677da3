"""An emulator with a world of its own, and what each service calls the situations that can be brought about in it."""

import json
import unittest

from support import SERVICES, Case, Emulator, binary, scratch
from vendor_clients import CLIENTS, unavailable

REGIONS = {"tencent": "ap-guangzhou", "qcloud": "ap-guangzhou", "ucloud": "cn-bj2", "jdcloud": "cn-north-1"}
BACKUPS = 23
# Characters that spoil a signature when anything on the way encodes or decodes once too often.
TOKEN = "tok/EN+of=a&sts@session%2B=="
DENIED, SESSION, EXPIRED = ("AKIDDENIED", "denied-secret"), ("AKIDSESSION", "s/+="), ("AKIDEXPIRED", "expired-secret")

LINK = {"tencent": "DescribeBackupUrl", "ucloud": "DescribeURedisBackupURL", "qcloud": "GetBackupDownloadUrl",
        "jdcloud": "describeDownloadUrl"}
LIST = {"tencent": "DescribeInstanceBackups", "ucloud": "DescribeURedisBackup", "qcloud": "GetRedisBackupList",
        "jdcloud": "describeBackups"}
IDS = {"tencent": ("InstanceId", "BackupId"), "ucloud": ("GroupId", "BackupId"), "qcloud": ("redisId", "backupId"),
       "jdcloud": ("cacheInstanceId", "baseId")}
# What each service answers where it refuses; None where it does not.
CODES = {
    "unknown key": {"tencent": "AuthFailure.SecretIdNotFound", "ucloud": 172, "jdcloud": 401, "qcloud": 4100},
    "wrong secret": {"tencent": "AuthFailure.SignatureFailure", "ucloud": 171, "jdcloud": 401, "qcloud": 4100},
    "wrong token": {"tencent": "AuthFailure.TokenFailure", "ucloud": 174, "jdcloud": 401, "qcloud": 4100},
    "clock": {"tencent": "AuthFailure.SignatureExpire", "ucloud": None, "jdcloud": 401, "qcloud": 4500},
    "replayed": {"tencent": None, "ucloud": None, "jdcloud": 401, "qcloud": 4500},
    "unknown action": {"tencent": "InvalidAction", "ucloud": 161, "jdcloud": 404, "qcloud": 4000},
    "missing": {"tencent": "MissingParameter", "ucloud": 220, "jdcloud": 400, "qcloud": 11201},
    "malformed": {"tencent": "InvalidParameter", "ucloud": 230, "jdcloud": 400, "qcloud": 11201},
    "out of bounds": {"tencent": "InvalidParameterValue", "ucloud": 230, "jdcloud": 400, "qcloud": 11201},
    "unknown parameter": {"tencent": "UnknownParameter", "ucloud": None, "jdcloud": None, "qcloud": None},
    "wrong method": {"tencent": "UnsupportedProtocol", "ucloud": 161, "jdcloud": 404, "qcloud": 4000},
    "wrong version": {"tencent": "NoSuchVersion", "jdcloud": 404},
    "wrong region": {"tencent": "UnsupportedRegion", "ucloud": 230, "jdcloud": 400, "qcloud": 11201},
    "not ready": {"tencent": "ResourceUnavailable.BackupStatusInvalid", "ucloud": 20210, "jdcloud": 404,
                  "qcloud": 10711},
    "unknown instance": {"tencent": "ResourceNotFound.InstanceNotExists", "ucloud": 20209, "jdcloud": 404,
                         "qcloud": 10701},
    "unknown backup": {"tencent": "InvalidParameterValue.BackupNotExists", "ucloud": 20209, "jdcloud": 404,
                       "qcloud": 11213},
    "denied": {"tencent": "AuthFailure.UnauthorizedOperation", "ucloud": 299, "jdcloud": 403, "qcloud": 4101},
    "throttled": {"tencent": "RequestLimitExceeded", "ucloud": 153, "jdcloud": 429, "qcloud": 4400},
    "internal": {"tencent": "InternalError", "ucloud": 150, "jdcloud": 500, "qcloud": 6000},
}


def _account(keys, **more):
    return {"access_key": keys[0], "secret_key": keys[1], **more}


def scenario():
    """The path of a scenario: for each service an instance with many backups and one where a backup never ends."""
    file = [{"keys": 10}]
    backups = [{"id": f"b-{n:02}", "created": f"-{n}h", "files": file} for n in range(1, BACKUPS + 1)]
    busy = [{"id": "ready", "created": "-1h", "files": file}, {"id": "busy", "created": "-1m", "state": "running"}]
    instances = [{"id": "many", "backups": backups}, {"id": "states", "backups": busy}]
    world = {
        "accounts": [
            _account(DENIED, denied=[f"{service}/{LINK[service]}" for service in SERVICES]),
            _account(SESSION, token=TOKEN),
            _account(EXPIRED, token=TOKEN, expires="-1m"),
        ],
        "services": {service: {"regions": {REGIONS[service]: {"instances": instances}}} for service in SERVICES},
    }
    path = scratch("scenario") / "scenario.yaml"
    path.write_text(json.dumps(world))  # which is YAML too
    return path


class World(Case):
    """For one way of calling one SDK, `client`: an emulator for each class, as it was at its start for each test."""

    client, arguments, scenario = None, (), staticmethod(scenario)

    @classmethod
    def setUpClass(cls):
        if why := unavailable(cls.client):
            raise unittest.SkipTest(why)
        binary()
        cls.service = cls.client.service
        cls.emulator = Emulator("--scenario", str(cls.scenario()), "--control", *cls.arguments)
        cls.addClassCleanup(cls.emulator.stop)

    def setUp(self):
        super().setUp()
        self.note(self.emulator)
        self.emulator.control("POST", "/reset")
        self.keys = (self.emulator.access_key, self.emulator.secret_key)

    def sdk(self, keys=None, token=None, region=None):
        return self.client(self.emulator.facts["endpoints"][self.service], *(keys or self.keys),
                           region or REGIONS[self.service], token, **self.trust())

    def trust(self):
        """What the client needs to trust the emulator, where that speaks HTTPS."""
        ca_file = self.emulator.facts.get("ca_file")
        return {"ca_file": ca_file} if ca_file else {}

    def named(self, instance, backup=None):
        """The ids of an instance and a backup as parameters."""
        names = IDS[self.service]
        return {names[0]: instance, **({names[1]: backup} if backup else {})}

    def succeeded(self, answer):
        self.note(answer)
        self.assertIsNone(answer.error, "the SDK saw an error")
        return answer

    def refused(self, situation, answer):
        """The SDK's user sees the vendor's error, or success where the vendor does not mind."""
        code = CODES[situation][self.service]
        if code is None:
            return self.succeeded(answer)
        self.note(answer)
        self.assertEqual((answer.error, answer.code), (self.client.error, code), situation)
        self.assertTrue(answer.message, "an error says something")
        if self.service != "qcloud":
            self.assertTrue(answer.request_id, "a request id")
        return answer


def for_every_client(module, suite, services=SERVICES, clients=CLIENTS, world=World):
    """Makes a class of tests of `suite` for every client of some services, in `module` (its globals)."""
    for name, client in clients.items():
        if client.service not in services:
            continue
        made = f"{suite.__name__}{name}"
        module[made] = type(made, (suite, world), {"client": client, "__module__": module["__name__"]})
