"""The vendors' own SDKs, each called the way its users call it, and what it hands or raises to them."""

import http.client
import json
import logging
import socket
from dataclasses import dataclass, field
from unittest import mock
from urllib.parse import urlsplit

from jdcloud_sdk.core.config import Config as JdcloudConfig
from jdcloud_sdk.core.credential import Credential as JdcloudCredential
from jdcloud_sdk.core.logger import FATAL, Logger
from jdcloud_sdk.core.jdcloudrequest import JDCloudRequest
from jdcloud_sdk.services.redis.apis.CreateBackupRequest import CreateBackupParameters, CreateBackupRequest
from jdcloud_sdk.services.redis.apis.DescribeAvailableRegionRequest import (
    DescribeAvailableRegionParameters, DescribeAvailableRegionRequest)
from jdcloud_sdk.services.redis.apis.DescribeBackupInfoRequest import (
    DescribeBackupInfoParameters, DescribeBackupInfoRequest)
from jdcloud_sdk.services.redis.apis.DescribeCacheInstanceRequest import (
    DescribeCacheInstanceParameters, DescribeCacheInstanceRequest)
from jdcloud_sdk.services.redis.apis.DescribeCacheInstancesRequest import (
    DescribeCacheInstancesParameters, DescribeCacheInstancesRequest)
from jdcloud_sdk.services.redis.apis.DescribeBackupsRequest import DescribeBackupsParameters, DescribeBackupsRequest
from jdcloud_sdk.services.redis.apis.DescribeDownloadUrlRequest import (
    DescribeDownloadUrlParameters, DescribeDownloadUrlRequest)
from jdcloud_sdk.services.redis.client.RedisClient import RedisClient as JdcloudRedis
from QcloudApi.common.api_exception import ApiExceptionBase
from QcloudApi.modules.redis import Redis as QcloudRedis
from QcloudApi.qcloudapi import QcloudApi
from tencentcloud.common.credential import Credential as TencentCredential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.redis.v20180412 import models as tencent_models
from tencentcloud.redis.v20180412.redis_client import RedisClient as TencentRedis
from ucloud.client import Client as UcloudClient
from ucloud.core.exc import UCloudException

import signatures

logging.getLogger("ucloud").handlers.clear()
logging.getLogger("ucloud").setLevel(logging.CRITICAL)


@dataclass
class Answer:
    """What a caller of the SDK ends up with."""

    public: list = field(default_factory=list)
    internal: list = field(default_factory=list)
    names: list = field(default_factory=list)
    backups: list = field(default_factory=list)
    states: dict = field(default_factory=dict)  # of the listed backups: the vendor's own word or number
    instances: list = field(default_factory=list)  # (id, name, the vendor's state, the vendor's kind, zone)
    places: list = field(default_factory=list)  # (id, name) of regions or projects
    total: int | None = None
    error: str | None = None  # the class that the SDK raises, or the place where it leaves the vendor's error
    code: object = None
    message: str | None = None
    request_id: str | None = None
    raw: object = None


def _listed(items, backup, state, total):
    """What a list says, each item a mapping."""
    return {"backups": [item[backup] for item in items], "total": total,
            "states": {item[backup]: item[state] for item in items}}


def _instances(items, names, total):
    return {"instances": [tuple(item.get(name) for name in names) for item in items], "total": total}


def _places(items, place, name):
    return {"places": [(item.get(place), item.get(name)) for item in items]}


def _present(*links):
    return [link for link in links if link]


class Tencent:
    """tencentcloud-sdk-python-redis: raises TencentCloudSDKException with the vendor's code."""

    service, error = "tencent", "TencentCloudSDKException"
    method = "POST"

    def __init__(self, url, access_key, secret_key, region, token=None, ca_file=None):
        http = HttpProfile(protocol=urlsplit(url).scheme, endpoint=urlsplit(url).netloc, reqTimeout=30,
                           certification=ca_file, reqMethod=self.method)
        self._client = TencentRedis(TencentCredential(access_key, secret_key, token), region,
                                    ClientProfile(httpProfile=http))

    def _answer(self, call):
        try:
            return call()
        except TencentCloudSDKException as problem:
            return Answer(error=type(problem).__name__, code=problem.get_code(), message=problem.get_message(),
                          request_id=problem.get_request_id(), raw=str(problem))

    def _call(self, operation, request, read):
        def call():
            reply = getattr(self._client, operation)(request)
            return Answer(raw=reply.to_json_string(), request_id=reply.RequestId, **read(reply))
        return self._answer(call)

    def invoke(self, operation, parameters, version=None):
        """Any operation with any parameters, as the SDK's general call has them."""
        self._client._apiVersion = version or TencentRedis._apiVersion
        return self._answer(lambda: Answer(raw=self._client.call_json(operation, dict(parameters))))

    def link(self, instance, backup):
        request = tencent_models.DescribeBackupUrlRequest()
        request.InstanceId, request.BackupId = instance, backup
        return self._call("DescribeBackupUrl", request, lambda reply: {
            "public": _present(*(info.DownloadUrl for info in reply.BackupInfos or [])),
            "internal": _present(*(info.InnerDownloadUrl for info in reply.BackupInfos or [])),
            "names": [info.FileName for info in reply.BackupInfos or []]})

    def backups(self, instance, offset=0, limit=20):
        request = tencent_models.DescribeInstanceBackupsRequest()
        request.InstanceId, request.Limit, request.Offset = instance, limit, offset
        request.Status = [1, 2, 3, 4]  # without it, only what is finished
        return self._call("DescribeInstanceBackups", request, lambda reply: _listed(
            [vars(item) for item in reply.BackupSet or []], "_BackupId", "_Status", reply.TotalCount))

    def create(self, instance, name):
        request = tencent_models.ManualBackupInstanceRequest()
        request.InstanceId, request.Remark = instance, name
        return self._call("ManualBackupInstance", request, lambda reply: {"total": reply.TaskId})

    def instances(self, offset=0, limit=20, **more):
        request = tencent_models.DescribeInstancesRequest()
        request.Limit, request.Offset = limit, offset
        for name, value in more.items():
            setattr(request, name, value)
        names = ("_InstanceId", "_InstanceName", "_Status", "_ProductType", "_ZoneId")
        return self._call("DescribeInstances", request, lambda reply: _instances(
            [vars(item) for item in reply.InstanceSet or []], names, reply.TotalCount))

    def regions(self):
        return self._call("DescribeProductInfo", tencent_models.DescribeProductInfoRequest(), lambda reply: _places(
            [vars(item) for item in reply.RegionSet], "_RegionId", "_RegionName"))

    def task(self, number):
        request = tencent_models.DescribeTaskInfoRequest()
        request.TaskId = number
        return self._call("DescribeTaskInfo", request, lambda reply: {"states": {number: reply.Status}})

    def detail(self, instance, backup):
        request = tencent_models.DescribeBackupDetailRequest()
        request.InstanceId, request.BackupId = instance, backup
        return self._call("DescribeBackupDetail", request, lambda reply: {
            "backups": [reply.BackupId], "states": {reply.BackupId: reply.Status}, "total": reply.BackupSize,
            "names": [reply.Remark]})


class Ucloud:
    """ucloud-sdk-python3: raises RetCodeException. It has no setting for a token; its middleware adds the parameter."""

    service, error = "ucloud", "RetCodeException"

    def __init__(self, url, access_key, secret_key, region, token=None, ca_file=None):
        client = UcloudClient({"region": region, "public_key": access_key, "private_key": secret_key,
                                     "base_url": url, **({"ssl_cacert": ca_file} if ca_file else {})})
        self._client, self._account = client.umem(), client.uaccount()
        if token is not None:
            self._client.middleware.request(lambda asked: {**asked, "SecurityToken": token})

    def _call(self, call, read):
        try:
            reply = call()
        except UCloudException as problem:
            return Answer(error=type(problem).__name__, code=getattr(problem, "code", None), raw=str(problem),
                          message=getattr(problem, "message", None),
                          request_id=getattr(problem, "request_uuid", None))
        return Answer(raw=reply, **read(reply))

    def link(self, instance, backup, **more):
        asked = {"GroupId": instance, "BackupId": backup, **more}
        return self._call(lambda: self._client.describe_uredis_backup_url(asked), lambda reply: {
            "public": _present(reply.get("BackupPath") or reply.get("BackupURL")),
            "internal": _present(reply.get("InnerBackupPath"))})

    def backups(self, instance, offset=0, limit=20):
        asked = {"GroupId": instance, "Limit": limit, "Offset": offset}
        return self._call(lambda: self._client.describe_uredis_backup(asked), lambda reply: _listed(
            reply["DataSet"], "BackupId", "State", reply["TotalCount"]))

    def instances(self, offset=0, limit=20, **more):
        asked = {"Protocol": "redis", "Limit": limit, "Offset": offset, **more}
        names = ("ResourceId", "Name", "State", "ResourceType", "Zone")
        return self._call(lambda: self._client.describe_umem(asked), lambda reply: _instances(
            reply["DataSet"], names, reply["TotalCount"]))

    def projects(self):
        return self._call(self._account.get_project_list, lambda reply: _places(
            reply["ProjectSet"], "ProjectId", "ProjectName"))

    def regions(self):
        return self._call(self._account.get_region, lambda reply: _places(reply["Regions"], "Region", "RegionName"))

    def distributed(self, space, zone):
        """The same calls for a distributed instance."""
        return Distributed(self, {"SpaceId": space, "Zone": zone})

    def create(self, instance, name):
        return self._call(lambda: self._client.create_uredis_backup({"GroupId": instance, "BackupName": name}),
                          lambda reply: {"backups": [reply["BackupId"]]})

    def invoke(self, operation, parameters, version=None):
        """Any operation with any parameters, as the SDK's general call has them."""
        return self._call(lambda: self._client.invoke(operation, dict(parameters)), lambda reply: {})


class Distributed:
    """A distributed instance of UCloud, whose backups have operations of their own."""

    def __init__(self, client, asked):
        self._call, self._client, self._asked = client._call, client._client, asked

    def link(self, backup):
        return self._call(lambda: self._client.describe_umem_backup_url({**self._asked, "BackupId": backup}),
                          lambda reply: {"public": reply["BackupURL"]})

    def backups(self, **more):
        return self._call(lambda: self._client.describe_umem_backup({**self._asked, **more}), lambda reply: {
            **_listed(reply["DataSet"], "BackupId", "State", reply["TotalCount"]),
            "names": [item.get("BackupName") for item in reply["DataSet"]]})

    def create(self, name):
        return self._call(lambda: self._client.create_umem_backup({**self._asked, "BackupName": name}),
                          lambda reply: {"backups": [reply["BackupId"]]})


class Jdcloud3:
    """jdcloud-sdk, which signs JDCLOUD3: raises nothing, leaves the vendor's error in response.error."""

    service, error = "jdcloud", "response.error"

    def __init__(self, url, access_key, secret_key, region, token=None):
        self._region, self._endpoint = region, urlsplit(url)
        self._header = {"x-jdcloud-security-token": token} if token is not None else None
        self._client = self._connect(access_key, secret_key)

    def _connect(self, access_key, secret_key):
        where = JdcloudConfig(self._endpoint.netloc, self._endpoint.scheme, 30)
        return JdcloudRedis(JdcloudCredential(access_key, secret_key), where, Logger(FATAL))

    def _request(self, known, parameters):
        return known(parameters, dict(self._header) if self._header else None)

    def _call(self, request, read):
        reply = self._client.send(request)
        if reply.error is not None:
            return Answer(error="response.error", code=reply.error.code, message=reply.error.message,
                          request_id=reply.request_id, raw=vars(reply.error))
        return Answer(raw=reply.result, request_id=reply.request_id, **read(reply.result or {}))

    def link(self, instance, backup):
        parameters = DescribeDownloadUrlParameters(self._region, instance, backup)
        return self._call(self._request(DescribeDownloadUrlRequest, parameters), lambda result: {
            "public": _present(*(item["link"] for item in result.get("downloadUrls", []))),
            "internal": _present(*(item.get("internalLink") for item in result.get("downloadUrls", []))),
            "names": [item.get("name") for item in result.get("downloadUrls", [])]})

    def backups(self, instance, offset=0, limit=20):
        parameters = DescribeBackupsParameters(self._region, instance)
        parameters.setPageNumber(offset // limit + 1)
        parameters.setPageSize(limit)
        return self._call(self._request(DescribeBackupsRequest, parameters), lambda result: _listed(
            result["backups"], "baseId", "backupStatus", result["totalCount"]))

    def create(self, instance, name):
        parameters = CreateBackupParameters(self._region, instance, name, 1)
        return self._call(self._request(CreateBackupRequest, parameters), lambda result: {
            "backups": [result["baseId"]]})

    def instances(self, offset=0, limit=20, **more):
        parameters = DescribeCacheInstancesParameters(self._region)
        parameters.setPageNumber(offset // limit + 1)
        parameters.setPageSize(limit)
        names = ("cacheInstanceId", "cacheInstanceName", "cacheInstanceStatus", "cacheInstanceType")
        return self._call(self._request(DescribeCacheInstancesRequest, parameters), lambda result: _instances(
            [{**item, "zone": item["azId"]["master"]} for item in result["cacheInstances"]], (*names, "zone"),
            result["totalCount"]))

    def instance(self, instance):
        parameters = DescribeCacheInstanceParameters(self._region, instance)
        names = ("cacheInstanceId", "cacheInstanceName", "cacheInstanceStatus", "cacheInstanceType")
        return self._call(self._request(DescribeCacheInstanceRequest, parameters), lambda result: _instances(
            [result["cacheInstance"]], names, None))

    def regions(self):
        parameters = DescribeAvailableRegionParameters(self._region)
        return self._call(self._request(DescribeAvailableRegionRequest, parameters), lambda result: _places(
            result["availableRegions"], "regionId", "regionName"))

    def detail(self, instance, backup):
        parameters = DescribeBackupInfoParameters(self._region, instance, backup)
        return self._call(self._request(DescribeBackupInfoRequest, parameters), lambda result: {
            "backups": [result["baseId"]], "states": {result["baseId"]: result["backupStatus"]},
            "total": result["backupSize"], "names": [result.get("backupFileName")]})

    def invoke(self, operation, parameters, version=None):
        """Any GET under an instance's backups with any parameters; `operation` is what follows the colon, if not ''."""
        path = "/regions/{regionId}/cacheInstance/{cacheInstanceId}/backup" + (operation and ":" + operation)

        class Known(JDCloudRequest):
            def __init__(self, known, header):
                super().__init__(path, "GET", header, version or "v1")
                self.parameters = known

        named = type("Parameters", (), {})()
        vars(named).update({"regionId": self._region, **parameters})
        return self._call(self._request(Known, named), lambda result: {})


class Jdcloud2(Jdcloud3):
    """The same calls through jdcloud-sdk-core 1.3.3, which signs JDCLOUD2; only where JDCLOUD2_CORE names it."""

    def _connect(self, access_key, secret_key):
        core = signatures.jdcloud2_core()
        where = core.config.Config(self._endpoint.netloc, self._endpoint.scheme, 30)
        return core.jdcloudclient.JDCloudClient(core.credential.Credential(access_key, secret_key), where, "redis",
                                                "2.7.46", core.logger.Logger(core.logger.FATAL))

    def _request(self, known, parameters):
        newer = super()._request(known, parameters)
        older = signatures.jdcloud2_core().jdcloudrequest.JDCloudRequest(
            newer.url, newer.method, newer.header, newer.version)
        older.parameters = parameters
        return older


class Qcloud:
    """qcloudapi-sdk-python: hands the raw body to its caller, who finds the vendor's `code` in it.

    It insists on https, so its connection is replaced by a plain one. With `own_host` False nothing else changes: it
    signs and sends `Host: redis.api.qcloud.com`, as if that name led here. With True it is told the address instead.
    """

    service, error = "qcloud", "code"
    method, signature, own_host = "GET", "HmacSHA1", False

    def __init__(self, url, access_key, secret_key, region, token=None):
        self._netloc = urlsplit(url).netloc
        address = (urlsplit(url).hostname, urlsplit(url).port)
        self._config = {"Region": region, "secretId": access_key, "secretKey": secret_key, "method": self.method,
                        "SignatureMethod": self.signature}
        if token is not None:
            self._config["Token"] = token

        class Plain(http.client.HTTPConnection):
            request_length = 0  # the SDK's class counts, and the SDK reads the count

            def connect(self):
                self.sock = socket.create_connection(address, 30)

        self._plain = Plain

    def _call(self, action, params, read):
        host = self._netloc if self.own_host else QcloudRedis.requestHost
        with mock.patch("QcloudApi.common.request.MyHTTPSConnection", self._plain), \
                mock.patch.object(QcloudRedis, "requestHost", host):
            try:
                raw = QcloudApi("redis", dict(self._config)).call(action, params)
            except ApiExceptionBase as problem:
                return Answer(error=type(problem).__name__, raw=str(problem))
        reply = json.loads(raw)
        if int(reply["code"]) != 0:
            return Answer(error="code", code=int(reply["code"]), message=reply.get("message"), raw=reply)
        return Answer(raw=reply, **read(reply["data"]))

    def link(self, instance, backup):
        return self._call("GetBackupDownloadUrl", {"redisId": instance, "backupId": backup}, lambda data: {
            "public": _present(data["extranet"]), "internal": _present(data["intranet"])})

    def backups(self, instance, offset=0, limit=20):
        asked = {"redisId": instance, "limit": limit, "offset": offset}
        answer = self._call("GetRedisBackupList", asked, lambda data: _listed(
            data["redisBackupSet"], "backupId", "status", None))
        if answer.error is None:
            answer.total = answer.raw["totalCount"]
        return answer

    def instances(self, offset=0, limit=20, **more):
        names = ("redisId", "redisName", "status", "typeId", "zoneId")
        answer = self._call("DescribeRedis", {"limit": limit, "offset": offset, **more}, lambda data: _instances(
            data["redisSet"], names, None))
        if answer.error is None:
            answer.total = answer.raw["totalCount"]
        return answer

    def task(self, number):
        return self._call("DescribeTaskInfo", {"requestId": number}, lambda data: {"states": {number: data["status"]}})

    def create(self, instance, name):
        return self._call("ManualBackupInstance", {"redisId": instance, "remark": name}, lambda data: {
            "total": data["requestId"]})

    def invoke(self, operation, parameters, version=None):
        return self._call(operation, parameters, lambda data: {})


def _qcloud(method, signature, own_host=False):
    return type("Qcloud", (Qcloud,), {"method": method, "signature": signature, "own_host": own_host})


# Every way in which a user of a vendor's SDK may come; the names end up in the names of the tests.
CLIENTS = {
    "Tencent": Tencent,
    "TencentGet": type("TencentGet", (Tencent,), {"method": "GET"}),
    "Ucloud": Ucloud,
    "Jdcloud3": Jdcloud3,
    "Jdcloud2": Jdcloud2,
    "QcloudGetSha1": _qcloud("GET", "HmacSHA1"),
    "QcloudGetSha256": _qcloud("GET", "HmacSHA256"),
    "QcloudPostSha1": _qcloud("POST", "HmacSHA1"),
    "QcloudPostSha256": _qcloud("POST", "HmacSHA256"),
    "QcloudOwnHostGet": _qcloud("GET", "HmacSHA1", True),
    "QcloudOwnHostPost": _qcloud("POST", "HmacSHA256", True),
}


for _client in CLIENTS.values():
    _client.slow = False


def unavailable(client):
    """Why a client cannot be used here, or None."""
    if hasattr(client, "unavailable"):
        return client.unavailable()
    if client is Jdcloud2 and signatures.jdcloud2_core() is None:
        return "JDCLOUD2_CORE does not name a folder with jdcloud-sdk-core 1.3.3 (see requirements.txt)"
    return None
