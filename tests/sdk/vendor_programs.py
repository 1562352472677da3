"""SDKs in other languages and the vendors' command-line tools, each with the methods of the clients in
vendor_clients.py. Every call is a process of its own."""

import json
import os
import re
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

from support import TIMEOUT, scratch
from vendor_clients import Answer

HERE = Path(__file__).resolve().parent


def _present(*links):
    return [link for link in links if link]


def _run(command, given=None, **env):
    """A process with nothing of this one's environment but PATH."""
    home = env.pop("HOME", None) or str(scratch("home"))
    return subprocess.run(command, input=given, capture_output=True, text=True, timeout=TIMEOUT,
                          env={"PATH": os.environ["PATH"], "HOME": home, "NO_PROXY": "*", **env})


class Program:
    """What these clients share: how the answers of a vendor's operations are read."""

    method, slow = "POST", True

    def __init__(self, url, access_key, secret_key, region, token=None, ca_file=None):
        self.url, self.keys, self.region = url, (access_key, secret_key), region
        self.token, self.ca_file = token, ca_file

    def _read(self, answer, read):
        if answer.error is None:
            for name, value in read(answer.raw).items():
                setattr(answer, name, value)
        return answer


class TencentProgram(Program):
    service = "tencent"

    def link(self, instance, backup):
        answer = self.invoke("DescribeBackupUrl", {"InstanceId": instance, "BackupId": backup})
        return self._read(answer, lambda raw: {
            "public": _present(*(info["DownloadUrl"] for info in raw["BackupInfos"])),
            "internal": _present(*(info["InnerDownloadUrl"] for info in raw["BackupInfos"]))})

    def backups(self, instance, offset=0, limit=20):
        answer = self.invoke("DescribeInstanceBackups", {
            "InstanceId": instance, "Limit": limit, "Offset": offset, "Status": [1, 2, 3, 4]})
        return self._read(answer, lambda raw: {
            "backups": [item["BackupId"] for item in raw["BackupSet"]], "total": raw["TotalCount"],
            "states": {item["BackupId"]: item["Status"] for item in raw["BackupSet"]}})

    def create(self, instance, name):
        answer = self.invoke("ManualBackupInstance", {"InstanceId": instance, "Remark": name})
        return self._read(answer, lambda raw: {"total": raw["TaskId"]})


class JdcloudProgram(Program):
    service = "jdcloud"

    def link(self, instance, backup):
        answer = self.invoke("describeDownloadUrl", {"cacheInstanceId": instance, "baseId": backup})
        return self._read(answer, lambda raw: {
            "public": _present(*(item["link"] for item in raw["downloadUrls"])),
            "internal": _present(*(item["internalLink"] for item in raw["downloadUrls"]))})

    def backups(self, instance, offset=0, limit=20):
        answer = self.invoke("describeBackups", {
            "cacheInstanceId": instance, "pageNumber": offset // limit + 1, "pageSize": limit})
        return self._read(answer, lambda raw: {
            "backups": [item["baseId"] for item in raw["backups"]], "total": raw["totalCount"],
            "states": {item["baseId"]: item["backupStatus"] for item in raw["backups"]}})

    def create(self, instance, name):
        answer = self.invoke("createBackup", {"cacheInstanceId": instance, "fileName": name, "backupType": 1})
        return self._read(answer, lambda raw: {"backups": [raw["baseId"]]})


class Node:
    """node/call.js."""

    @staticmethod
    def unavailable():
        if not os.environ.get("NODE_SDKS"):
            return "NODE_SDKS does not name the folder node_modules that `npm ci` makes of node/package-lock.json"
        return None

    def invoke(self, operation, parameters, version=None):
        call = {"sdk": self.service, "url": self.url, "accessKey": self.keys[0], "secretKey": self.keys[1],
                "token": self.token, "region": self.region, "operation": operation, "parameters": parameters,
                "method": self.method, "signMethod": "TC3-HMAC-SHA256", "version": version}
        trust = {"NODE_EXTRA_CA_CERTS": self.ca_file} if self.ca_file else {}
        done = _run(["node", str(HERE / "node" / "call.js")], json.dumps(call),
                    NODE_PATH=os.path.abspath(os.environ["NODE_SDKS"]), **trust)
        if done.returncode != 0 or not done.stdout:
            raise AssertionError(f"node ended with {done.returncode}\n{done.stdout}\n{done.stderr}")
        outcome = json.loads(done.stdout.splitlines()[-1])
        if problem := outcome.get("error"):
            return Answer(error=problem.get("type"), code=problem.get("code"), message=problem.get("message"),
                          request_id=problem.get("requestId"), raw=problem)
        result = outcome["result"]
        return Answer(raw=result, request_id=result.get("RequestId") or result.get("requestId"))


class NodeTencent(Node, TencentProgram):
    """tencentcloud-sdk-nodejs-common: rejects with its own exception."""

    error = "TencentCloudSDKHttpException"


class NodeJdcloud(Node, JdcloudProgram):
    """jdcloud-sdk-js: rejects with the vendor's answer."""

    error = "Object"


class Tool:
    """A tool in the folder that SDK_TOOLS names."""

    @classmethod
    def unavailable(cls):
        if not os.environ.get("SDK_TOOLS"):
            return "SDK_TOOLS does not name the folder bin of a venv made of tools.txt"
        return None

    @staticmethod
    def path(name):
        return os.path.join(os.path.abspath(os.environ["SDK_TOOLS"]), name)


class Tccli(Tool, TencentProgram):
    """tccli: prints the answer, or one line with the vendor's code on standard error."""

    error = "TencentCloudSDKException"

    def invoke(self, operation, parameters, version=None):
        address = urlsplit(self.url)
        plain = "http://" if address.scheme == "http" else ""  # without a scheme it takes https
        command = [self.path("tccli"), "redis", operation, "--region", self.region, "--secretId", self.keys[0],
                   "--secretKey", self.keys[1], "--endpoint", plain + address.netloc]
        if self.token is not None:
            command += ["--token", self.token]
        for name, value in parameters.items():
            command += [f"--{name}", value if isinstance(value, str) else json.dumps(value)]
        trust = {"PYTHONPATH": str(HERE / "trust"), "TRUST_CA_FILE": self.ca_file} if self.ca_file else {}
        done = _run(command, **trust)
        told = re.search(r"\[(\w+)\] code:(\S+) message:(.*?) requestId:(\S+)", done.stderr + done.stdout, re.S)
        if told:
            return Answer(error=told[1], code=told[2], message=told[3], request_id=told[4], raw=done.stderr)
        if done.returncode != 0:
            raise AssertionError(f"tccli ended with {done.returncode}\n{done.stdout}\n{done.stderr}")
        raw = json.loads(done.stdout)
        return Answer(raw=raw, request_id=raw["RequestId"])


class Jdc(Tool, JdcloudProgram):
    """jdc: prints the vendor's answer, errors too."""

    error = "error"

    def invoke(self, operation, parameters, version=None):
        home = scratch("jdc")
        (home / ".jdc").mkdir()
        address = urlsplit(self.url)
        (home / ".jdc" / "current").write_text("default")
        (home / ".jdc" / "config").write_text(
            f"[default]\naccess_key = {self.keys[0]}\nsecret_key = {self.keys[1]}\nregion_id = {self.region}\n"
            f"endpoint = {address.netloc}\nscheme = {address.scheme}\ntimeout = 20\n")
        dashed = lambda name: re.sub(r"[A-Z]", lambda letter: "-" + letter[0].lower(), name)
        command = [self.path("jdc"), "redis", dashed(operation)]
        for name, value in parameters.items():
            command += ["--" + dashed(name), str(value)]
        if self.token is not None:
            command += ["--headers", json.dumps({"x-jdcloud-security-token": self.token})]
        done = _run(command, HOME=str(home))
        if done.returncode != 0 or not done.stdout.startswith("{"):
            raise AssertionError(f"jdc ended with {done.returncode}\n{done.stdout}\n{done.stderr}")
        raw = json.loads(done.stdout)
        if problem := raw["error"]:
            return Answer(error="error", code=problem["code"], message=problem["message"],
                          request_id=raw["request_id"], raw=raw)
        return Answer(raw=raw["result"], request_id=raw["request_id"])


PROGRAMS = {
    "NodeTencent": NodeTencent,
    "NodeTencentGet": type("NodeTencentGet", (NodeTencent,), {"method": "GET"}),
    "NodeJdcloud": NodeJdcloud,
    "Tccli": Tccli,
    "Jdc": Jdc,
}
