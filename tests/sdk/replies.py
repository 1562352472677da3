"""What the checking server answers: one instance, a few backups, links full of bytes that clients like to spoil."""

import json
import re
import uuid
from datetime import UTC, datetime
from types import SimpleNamespace
from urllib.parse import unquote

REGION = {"ucloud": "cn-bj2", "tencent": "ap-guangzhou", "qcloud": "ap-guangzhou", "jdcloud": "cn-north-1"}
INSTANCE = {"ucloud": "uredis-sbsgh2xy", "tencent": "crs-4y9t57vt", "qcloud": "crs-4y9t57vt",
            "jdcloud": "redis-k3v8mzp1"}
BACKUP = {"ucloud": "a75b24a9-d9e1-4d38-9dc1-aecad4640045", "tencent": "678362566696298532848117",
          "qcloud": "678362566696298532848117", "jdcloud": "a607efba-ff06-4d78-ba3c-b3119fce27fd"}
# A backup whose answer has the other documented shape: UCloud's example, Tencent's three retiring arrays.
OTHER = {"ucloud": "b86c35ba-eaf2-5e49-8ed2-bfdbe5751156", "tencent": "789473677707309643959228"}
# A backup that cannot be downloaded yet, where the service documents an error for that.
NOT_READY = {"tencent": "890584788818410754060339", "qcloud": "890584788818410754060339"}

TAKEN = datetime(2025, 3, 7, 2, 0, 5, tzinfo=UTC)  # when the listed backup was made
SIZE = 1264547
HALF_A_DAY = "issue time + 12 h"  # what expires_at must be where nothing in the link tells it


def _iso(epoch):
    return datetime.fromtimestamp(epoch, UTC)


def _link(name, size, public, internal, expires):
    return {"name": name, "size": size, "public_url": public, "internal_url": internal, "expires_at": expires}


_UFILE = ("/uredis-x//a/../b/./sg'bf_%7Ex%2fy%2Fz?UCloudPublicKey=ucloudabc+d@example.com1426&Expires=1529927068"
          "&Signature=sbH+QOWbt/X6z5o6HBxr%3DOcU=")
_UCLOUD_PUBLIC = "http://umem-backup-9001.cn-bj.ufile.example" + _UFILE
_UCLOUD_INNER = "http://umem-backup-9001.internal-cn-bj.ufile.example" + _UFILE.replace("sbH+", "tcI+")

_COS = "https://redis-database-backup-1251937656.cos.ap-chengdu.example/251005863/../data//-9527208-'4.0.8'-"
_COS_SIGN = ("q-sign-algorithm%3Dsha1%26q-ak%3DAKID21te+P99@b%26q-sign-time%3D1551952863%3B1551974523"
             "%26q-key-time%3D1551952863%3B1551974523%26q-header-list%3D%26q-url-param-list%3D%26q-signature%3D28cc")
_COS_OLD = _COS + "1-ignore.rdb?sign=" + _COS_SIGN + "6edebf7f+9d@"
_COS_OLD_INNER = _COS.replace(".cos.", ".cos-internal.") + "1-ignore.rdb?sign=" + _COS_SIGN + "7fedcf8f+0e@"
_COS_NEW = (_COS + "2-ignore.rdb?q-sign-algorithm=sha1&q-ak=AKID+@&q-sign-time=1551952864;1551974525"
            "&q-key-time=1551952864;1551974525&q-header-list=host&q-url-param-list=&q-signature=2b08%3D1f|db")

_S3_PATH = "/redis-k3v8mzp1/./20210714153657-backup'1+@-0/../x"
_S3_QUERY = ("?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=4034CA%2F20210714%2Fcn-north-1%2fs3%2Faws4_request"
             "&X-Amz-Date=20210714T075241Z&X-Amz-Expires=3600&X-Amz-SignedHeaders=host&X-Amz-Signature=")
_S3 = "http://jmiss-redis-backup-hb.s3.cn-north-1.oss.example" + _S3_PATH + _S3_QUERY + "33d7+4059=@%3D"
_S3_INNER = "http://jmiss-redis-backup-hb.s3-internal.cn-north-1.oss.example" + _S3_PATH + _S3_QUERY + "216c+79b2=@"

_QCLOUD = "http://10.66.140.7:9003/download/./a/../dump.rdb?R0VUIC9kb3+3bm/xvYWQ'@%3D%2f=="
_QCLOUD_INNER = "http://10.66.140.8:9003/download/./a/../dump.rdb?S1VUIC9kb3+3bm/xvYWQ'@%3D%2f=="

_FILLER = "KgVuXeBu"  # UCloud's own example has this where a link is documented


def _bodies():
    """(service, backup) -> (the operation's own part of the answer, the links of contract.md)."""
    yield "ucloud", BACKUP["ucloud"], {
        "BackupPath": _UCLOUD_PUBLIC + "\n", "BackupURL": "http://retiring.ufile.example/do-not-use?Expires=1",
        "InnerBackupPath": " " + _UCLOUD_INNER + "\r\n",
    }, [_link(None, None, _UCLOUD_PUBLIC, _UCLOUD_INNER, _iso(1529927068))]
    yield "ucloud", OTHER["ucloud"], {
        "BackupPath": _FILLER, "BackupURL": _UCLOUD_PUBLIC + "\n", "InnerBackupPath": _FILLER,
    }, [_link(None, None, _UCLOUD_PUBLIC, None, _iso(1529927068))]
    yield "tencent", BACKUP["tencent"], {"BackupInfos": [
        {"FileName": "1-ignore.rdb", "FileSize": SIZE, "DownloadUrl": _COS_OLD + "\n",
         "InnerDownloadUrl": _COS_OLD_INNER},
        {"FileName": "2-ignore.rdb", "FileSize": 0, "DownloadUrl": _COS_NEW, "InnerDownloadUrl": ""},
    ]}, [_link("1-ignore.rdb", SIZE, _COS_OLD, _COS_OLD_INNER, _iso(1551974523)),
         _link("2-ignore.rdb", None, _COS_NEW, None, _iso(1551974525))]
    yield "tencent", OTHER["tencent"], {
        "Filenames": ["1-ignore.rdb", "2-ignore.rdb"], "DownloadUrl": [_COS_OLD, _COS_NEW],
        "InnerDownloadUrl": [_COS_OLD_INNER, _COS_NEW], "BackupInfos": None,
    }, [_link("1-ignore.rdb", None, _COS_OLD, _COS_OLD_INNER, _iso(1551974523)),
        _link("2-ignore.rdb", None, _COS_NEW, _COS_NEW, _iso(1551974525))]
    yield "qcloud", BACKUP["qcloud"], {"intranet": _QCLOUD_INNER, "extranet": _QCLOUD + "\n"}, [
        _link(None, None, _QCLOUD, _QCLOUD_INNER, HALF_A_DAY)]
    yield "jdcloud", BACKUP["jdcloud"], {"downloadUrls": [
        {"name": "node 0", "link": _S3 + "\n", "internalLink": _S3_INNER},
        {"name": "node 1", "link": _S3.replace("33d7", "55f9")},
    ]}, [_link("node 0", None, _S3, _S3_INNER, _iso(1626252761)),
         _link("node 1", None, _S3.replace("33d7", "55f9"), None, _iso(1626252761))]


_ANSWERS = {(service, backup): (body, links) for service, backup, body, links in _bodies()}


def expected_links(service, backup):
    """The `links` that contract.md asks for; expires_at as a datetime or HALF_A_DAY."""
    return _ANSWERS[service, backup][1]


def served_links():
    """(service, public or internal link) of everything that this server can hand out."""
    for (service, _), (_, links) in _ANSWERS.items():
        for link in links:
            yield service, link["public_url"]
            if link["internal_url"]:
                yield service, link["internal_url"]


def _listed(service):
    """The list operation's own part of the answer: one finished backup."""
    chinese = "2025-03-07 10:00:05"  # TAKEN, eight hours east, without a zone as these services write it
    instance, backup = INSTANCE[service], BACKUP[service]
    if service == "ucloud":
        return {"TotalCount": 1, "DataSet": [{
            "BackupId": backup, "BackupName": "nightly", "BackupTime": int(TAKEN.timestamp()), "BackupSize": SIZE,
            "BackupType": "Manual", "State": "Success", "GroupId": instance, "GroupName": "cache",
            "Zone": "cn-bj2-04", "MemorySize": 1, "RedisVersion": "6.0"}]}
    if service == "tencent":
        return {"TotalCount": 1, "BackupSet": [{
            "StartTime": chinese, "EndTime": chinese, "BackupId": backup, "BackupType": "0", "Status": 2,
            "Remark": "", "Locked": 0, "InstanceId": instance, "InstanceName": "cache", "Region": "ap-guangzhou"}]}
    if service == "qcloud":
        return {"redisBackupSet": [{
            "startTime": chinese, "backupId": backup, "backupType": "manualBackupInstance", "status": "2",
            "remark": "", "locked": 0}]}
    return {"totalCount": 1, "backups": [{
        "baseId": backup, "backupFileName": "nightly", "cacheInstanceId": instance, "backupType": 1,
        "backupStartTime": "2025-03-07T02:00:05Z", "backupEndTime": "2025-03-07T02:00:05Z", "backupSize": SIZE,
        "backupStatus": 2}]}


def _instances():
    """What the one service answers that has two products: an instance of the product whose operations are checked."""
    return {"TotalCount": 1, "DataSet": [{
        "ResourceId": INSTANCE["ucloud"], "Name": "cache", "ResourceType": "single", "State": "Running",
        "Zone": "cn-bj2-04", "Protocol": "redis"}]}


NAMES = {"ucloud": "nightly", "tencent": None, "qcloud": None, "jdcloud": "nightly"}
LISTED_SIZE = {"ucloud": SIZE, "tencent": None, "qcloud": None, "jdcloud": SIZE}

# --- which operation a request asks for, and for what

_JD_PATH = re.compile(r".*/v1/regions/([^/]+)/cacheInstance/([^/]+)/backup(:describeDownloadUrl)?")
_ACTIONS = {
    "ucloud": {"DescribeURedisBackupURL": "link", "DescribeURedisBackup": "list", "DescribeUMem": "instances"},
    "tencent": {"DescribeBackupUrl": "link", "DescribeInstanceBackups": "list"},
    "qcloud": {"GetBackupDownloadUrl": "link", "GetRedisBackupList": "list"},
}
_IDS = {"ucloud": ("GroupId", "BackupId"), "tencent": ("InstanceId", "BackupId"), "qcloud": ("redisId", "backupId")}


def read(service, request):
    """What is asked: action, kind ("link", "list", "instances" or None), instance, backup, all parameters."""
    if service == "jdcloud":
        found = _JD_PATH.fullmatch(unquote(request.path))
        params = dict(request.form()) if request.method == "GET" else {}
        if not found or request.method != "GET":
            return SimpleNamespace(action=request.path, kind=None, instance=None, backup=None, params=params)
        params |= {"regionId": found[1], "cacheInstanceId": found[2]}
        return SimpleNamespace(action="describeDownloadUrl" if found[3] else "describeBackups",
                               kind="link" if found[3] else "list", instance=found[2],
                               backup=params.get("baseId"), params=params)
    if service == "tencent":
        params = json.loads(request.body) if request.method == "POST" else request.form()
        action = request.headers.get("x-tc-action", "")
        in_place = request.path == "/" and request.headers.get("x-tc-version") == "2018-04-12"
    else:
        params = request.form()
        action = params.get("Action", "")
        in_place = service == "ucloud" or request.path.endswith("/v2/index.php")
    instance, backup = (params.get(name) for name in _IDS[service])
    instance = params.get("ResourceId", instance)
    kind = _ACTIONS[service].get(action) if in_place else None
    return SimpleNamespace(action=action, kind=kind, instance=instance, backup=backup, params=params)


# --- envelopes

_CODES = {
    "ucloud": {"missing": (170, "Missing signature"), "signature": (171, "Signature VerifyAC Error"),
               "unknown-key": (172, "User not exist"), "token": (174, "Token not exist"),
               "action": (161, "Action not found"), "instance": (20100, "no such group"),
               "backup": (20100, "no such backup")},
    "tencent": {"missing": "AuthFailure.InvalidAuthorization", "signature": "AuthFailure.SignatureFailure",
                "unknown-key": "AuthFailure.SecretIdNotFound", "clock": "AuthFailure.SignatureExpire",
                "token": "AuthFailure.TokenFailure", "action": "InvalidAction",
                "instance": "ResourceNotFound.InstanceNotExists", "backup": "InvalidParameterValue.BackupNotExists",
                "not-ready": "ResourceUnavailable.BackupStatusInvalid"},
    "qcloud": {"missing": (4000, "InvalidParameter"), "signature": (4100, "AuthFailure"),
               "unknown-key": (4100, "AuthFailure"), "token": (4100, "AuthFailure"), "clock": (4500, "ReplayAttack"),
               "replay": (4500, "ReplayAttack"), "action": (4000, "InvalidParameter"),
               "instance": (10701, "InstanceNotExists"), "backup": (11213, "BackupNotExists"),
               "not-ready": (10711, "BackupStatusAbnormal")},
    "jdcloud": {"missing": (401, "ACCESS_ERROR"), "signature": (401, "ACCESS_ERROR"),
                "unknown-key": (401, "ACCESS_ERROR"), "token": (401, "ACCESS_ERROR"),
                "clock": (401, "ACCESS_ERROR"), "action": (404, "NOT_FOUND"), "instance": (404, "NOT_FOUND"),
                "backup": (404, "NOT_FOUND")},
}


def code(service, problem):
    """The code that the service's error for `problem` carries."""
    found = _CODES[service][problem]
    return found if isinstance(found, str) else found[0]


def has_request_id(service):
    return service != "qcloud"


def _refusal(service, problem, action, request_id):
    """(HTTP status, headers, body) of the vendor's own error envelope."""
    found = _CODES[service][problem]
    if service == "ucloud":
        body = {"RetCode": found[0], "Action": action + "Response", "Message": found[1]}
        return 200, {"X-UCLOUD-REQUEST-UUID": request_id}, body
    if service == "tencent":
        return 200, {}, {"Response": {"Error": {"Code": found, "Message": "refused"}, "RequestId": request_id}}
    if service == "qcloud":
        return 200, {}, {"code": found[0], "message": f"({found[0]}) refused", "codeDesc": found[1]}
    error = {"code": found[0], "status": found[1], "message": "refused"}
    return found[0], {"x-jdcloud-request-id": request_id}, {"requestId": request_id, "error": error}


def _success(service, action, body, request_id):
    if service == "ucloud":
        return 200, {"X-UCLOUD-REQUEST-UUID": request_id}, {"RetCode": 0, "Action": action + "Response", **body}
    if service == "tencent":
        return 200, {}, {"Response": {**body, "RequestId": request_id}}
    if service == "qcloud":
        total = {"totalCount": 1} if "redisBackupSet" in body else {}
        return 200, {}, {"code": 0, "message": "", "codeDesc": "Success", **total, "data": body}
    return 200, {"x-jdcloud-request-id": request_id}, {"requestId": request_id, "error": None, "result": body}


def _empty_page(asked):
    """Whether a list request asks beyond the one backup there is."""
    first = asked.params.get("Offset", asked.params.get("offset", 0))
    return int(first) > 0 or int(asked.params.get("pageNumber", 1)) > 1


def answer(service, asked, verdict):
    """(HTTP status, headers, bytes, request id) for a request already judged by signatures.py."""
    request_id = str(uuid.uuid4())
    if verdict.problem:
        problem = verdict.problem
    elif asked.kind is None:
        problem = "action"
    elif asked.instance != INSTANCE[service]:
        problem = "instance"
    elif asked.kind == "link" and asked.backup == NOT_READY.get(service, ""):
        problem = "not-ready"
    elif asked.kind == "link" and (service, asked.backup) not in _ANSWERS:
        problem = "backup"
    else:
        problem = None
    if problem:
        status, headers, body = _refusal(service, problem, asked.action, request_id)
    else:
        if asked.kind == "link":
            body = _ANSWERS[service, asked.backup][0]
        else:
            body = _listed(service) if asked.kind == "list" else _instances()
        if asked.kind != "link" and _empty_page(asked):
            body = {name: [] if isinstance(value, list) else value for name, value in body.items()}
        status, headers, body = _success(service, asked.action, body, request_id)
    return status, headers, _escaped(service, json.dumps(body)), request_id


def _escaped(service, text):
    """JSON as these services write it: an escaped & or /, which a client must undo and nothing more."""
    text = text.replace("&", "\\u0026") if service == "ucloud" else text
    return (text.replace("/", "\\/") if service in ("tencent", "qcloud") else text).encode()
