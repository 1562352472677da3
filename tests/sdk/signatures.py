"""Is a request signed as the vendor signs? Every signature is recomputed with the vendor's own SDK.

A check returns a Verdict: `problem` is None for a good request, else one of missing, unknown-key, signature, clock,
replay, token. Nothing here knows how a vendor words its errors; replies.py does.
"""

import contextlib
import datetime
import hashlib
import hmac
import importlib
import logging
import os
import re
import sys
import time
from dataclasses import dataclass, field
from types import SimpleNamespace
from urllib.parse import parse_qsl, quote, unquote

from jdcloud_sdk.core.credential import Credential as JdcloudCredential
from jdcloud_sdk.core.signer import Signer as Jdcloud3Signer
from jdcloud_sdk.core.util import base64encode as jdcloud_base64
from QcloudApi.common.sign import Sign as QcloudSign
from tencentcloud.common.credential import Credential as TencentCredential
from tencentcloud.common.http.request import RequestInternal as TencentRequest
from tencentcloud.common.sign import Sign as TencentSign
from tencentcloud.redis.v20180412.redis_client import RedisClient as TencentClient
from ucloud.core.auth import Credential as UcloudCredential
from ucloud.core.typesystem import encoder as ucloud_encoder

logging.getLogger("ucloud").handlers.clear()  # it logs every request to stderr by itself

EMPTY_SHA256 = hashlib.sha256(b"").hexdigest()


@dataclass
class Key:
    secret: str
    token: str | None = None


@dataclass
class Request:
    method: str
    target: str  # path and query as they stood in the request line
    headers: dict  # names in lower case
    body: bytes

    @property
    def path(self):
        return self.target.partition("?")[0]

    @property
    def query(self):
        return self.target.partition("?")[2]

    def form(self):
        """The parameters of a GET's query or a POST's form; a name sent twice is refused."""
        text = self.query if self.method == "GET" else self.body.decode("utf-8")
        pairs = parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text), errors="strict")
        if len(dict(pairs)) != len(pairs):
            raise ValueError(f"a parameter is sent twice: {pairs}")
        return dict(pairs)


@dataclass
class Verdict:
    problem: str | None = None
    detail: str = ""
    access_key: str = ""
    variant: str = ""
    signed_headers: list = field(default_factory=list)
    string_to_sign: str = ""
    canonical_request: str = ""
    expected: str = ""
    received: str = ""
    checked_by: list = field(default_factory=list)

    def refuse(self, problem, detail):
        self.problem, self.detail = problem, detail
        return self

    def compare(self, **signatures):
        """All computations must agree with each other (else the checker is wrong) and with what was received."""
        self.checked_by = list(signatures)
        assert len(set(signatures.values())) == 1, f"the checks disagree: {signatures}\n{self}"
        self.expected = next(iter(signatures.values()))
        if not hmac.compare_digest(self.expected, self.received):
            self.refuse("signature", "the signature is not the one that the SDK computes for this request")
        return self

    def __str__(self):
        lines = [f"verdict: {self.problem or 'accepted'} {self.detail}".rstrip()]
        for name in ("variant", "signed_headers", "checked_by", "expected", "received"):
            lines.append(f"  {name}: {getattr(self, name)}")
        for name in ("canonical_request", "string_to_sign"):
            lines.append(f"  {name}:\n" + "\n".join("    | " + x for x in getattr(self, name).split("\n")))
        return "\n".join(lines)


def _known(verdict, keys):
    key = keys.get(verdict.access_key)
    if key is None:
        verdict.refuse("unknown-key", f"no such access key: {verdict.access_key}")
    return key


def _token(verdict, key, sent, expected=None):
    """After a good signature: a temporary key needs its token, a lasting one must not carry any."""
    expected = key.token if expected is None else expected
    if verdict.problem is None and sent != expected:
        verdict.refuse("token", f"security token {sent!r} where {expected!r} was expected")
    return verdict


# --- UCloud: SHA-1 of the sorted parameters and the private key


def check_ucloud(request, keys, state):
    params = request.form()
    verdict = Verdict(received=params.pop("Signature", ""), access_key=params.get("PublicKey", ""), variant="SHA1")
    if not verdict.received or not verdict.access_key:
        return verdict.refuse("missing", "no Signature or no PublicKey")
    key = _known(verdict, keys)
    if key is None:
        return verdict
    verdict.string_to_sign = "".join(k + params[k] for k in sorted(params)) + "<private key>"
    signer = UcloudCredential(verdict.access_key, key.secret)
    verdict.compare(ucloud_sdk=signer.verify_ac(ucloud_encoder.encode(params)))
    return _token(verdict, key, params.get("SecurityToken"))


# --- Tencent Cloud API 3.0: TC3-HMAC-SHA256

_TC3 = re.compile(r"TC3-HMAC-SHA256 Credential=([^/,\s]+)/([^/]+)/([^/]+)/tc3_request, ?"
                  r"SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})")


def tc3_signature(method, path, query, headers, signed, payload_hash, timestamp, date, service, secret):
    """(canonical request, string to sign, signature): for signed headers other than the SDK's own two."""
    lines = "".join(f"{name}:{headers[name].strip().lower() if name == 'x-tc-action' else headers[name].strip()}\n"
                    for name in signed)
    canonical = "\n".join((method, path, query, lines, ";".join(signed), payload_hash))
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    text = f"TC3-HMAC-SHA256\n{timestamp}\n{date}/{service}/tc3_request\n{digest}"
    return canonical, text, TencentSign.sign_tc3(secret, date, service, text)


def check_tencent(request, keys, state):
    headers = request.headers
    parts = _TC3.fullmatch(headers.get("authorization", ""))
    if not parts:
        return Verdict().refuse("missing", f"Authorization: {headers.get('authorization')!r}")
    access_key, date, service, signed, received = parts.groups()
    verdict = Verdict(access_key=access_key, received=received, signed_headers=signed.split(";"),
                      variant="TC3-HMAC-SHA256")
    key = _known(verdict, keys)
    if key is None:
        return verdict
    names = verdict.signed_headers
    if not {"content-type", "host"} <= set(names) or names != sorted(names) or not set(names) <= set(headers):
        return verdict.refuse("signature", "content-type and host, sorted and sent, must be among the signed headers")
    stamp = headers.get("x-tc-timestamp", "")
    if not stamp.isdigit() or abs(time.time() - int(stamp)) > 300:
        return verdict.refuse("clock", f"X-TC-Timestamp {stamp!r} is more than five minutes off")
    if date != datetime.datetime.fromtimestamp(int(stamp), datetime.UTC).strftime("%Y-%m-%d") or service != "redis":
        return verdict.refuse("signature", f"scope {date}/{service} does not fit the timestamp or the service")
    unsigned = headers.get("x-tc-content-sha256") == "UNSIGNED-PAYLOAD"
    payload = b"UNSIGNED-PAYLOAD" if unsigned else b"" if request.method == "GET" else request.body
    query = request.query if request.method == "GET" else ""
    verdict.canonical_request, verdict.string_to_sign, own = tc3_signature(
        request.method, request.path, query, headers, names, hashlib.sha256(payload).hexdigest(),
        stamp, date, service, key.secret)
    computed = {"tencentcloud.common.sign": own}
    if names == ["content-type", "host"]:
        wire = {"Content-Type": headers["content-type"], "Host": headers["host"], "X-TC-Timestamp": stamp}
        if unsigned:
            wire["X-TC-Content-SHA256"] = "UNSIGNED-PAYLOAD"
        sdk = TencentClient(TencentCredential(access_key, key.secret), "")
        call = TencentRequest(host=headers["host"], method=request.method, uri=request.path, header=wire,
                              data=query if request.method == "GET" else request.body)
        computed["tencentcloud.AbstractClient"] = sdk._get_tc3_signature(None, call, date, service, key.secret)
    return _token(verdict.compare(**computed), key, headers.get("x-tc-token"))


# --- Tencent Cloud API 2.0: HMAC over method, host, path and the sorted parameters


def check_qcloud(request, keys, state):
    params = request.form()
    verdict = Verdict(received=params.pop("Signature", ""), access_key=params.get("SecretId", ""),
                      variant=params.get("SignatureMethod", "HmacSHA1"))
    if not verdict.received or not verdict.access_key:
        return verdict.refuse("missing", "no Signature or no SecretId")
    key = _known(verdict, keys)
    if key is None:
        return verdict
    if verdict.variant not in ("HmacSHA1", "HmacSHA256"):
        return verdict.refuse("signature", f"SignatureMethod {verdict.variant!r}")
    host = request.headers["host"]
    joined = "&".join(f"{k.replace('_', '.')}={params[k]}" for k in sorted(params))
    verdict.string_to_sign = f"{request.method}{host}{request.path}?{joined}"
    sdk = QcloudSign(verdict.access_key, key.secret)
    verdict.compare(qcloudapi_sdk=sdk.make(host, request.path, params, request.method, verdict.variant))
    stamp, nonce = params.get("Timestamp", ""), params.get("Nonce", "")
    if verdict.problem is None and (not stamp.isdigit() or abs(time.time() - int(stamp)) > 7200):
        return verdict.refuse("clock", f"Timestamp {stamp!r} is more than two hours off")
    if verdict.problem is None and (not nonce.isdigit() or int(nonce) == 0 or nonce in state):
        return verdict.refuse("replay", f"Nonce {nonce!r} is not a positive number or was used before")
    state.add(nonce)
    return _token(verdict, key, params.get("Token"))


# --- JD Cloud: JDCLOUD2-HMAC-SHA256 and JDCLOUD3-HMAC-SHA256

_JD = re.compile(r"(JDCLOUD[23])-HMAC-SHA256 Credential=([^/,\s]+)/(\d{8})/([^/]+)/([^/]+)/(jdcloud[23]_request), ?"
                 r"SignedHeaders=([a-z0-9;_-]+), ?Signature=([0-9a-f]{64})")


def jdcloud2_signature(method, path, query, headers, signed, body, stamp, region, service, secret):
    """(canonical request, string to sign, signature), written from the documentation, not from the SDK."""
    def part(text):
        return quote(unquote(text), safe="-_.~")
    pairs = sorted(tuple(part(x) for x in pair.partition("=")[::2]) for pair in query.split("&") if pair)
    lines = "".join(f"{name}:{re.sub(' +', ' ', headers[name].strip())}\n" for name in signed)
    canonical = "\n".join((method, quote(unquote(path), safe="/-_.~"), "&".join(f"{k}={v}" for k, v in pairs),
                           lines, ";".join(signed), hashlib.sha256(body).hexdigest()))
    scope = f"{stamp[:8]}/{region}/{service}/jdcloud2_request"
    text = f"JDCLOUD2-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = ("JDCLOUD2" + secret).encode()
    for piece in (*scope.split("/"), text):
        key = hmac.new(key, piece.encode(), hashlib.sha256).digest()
    return canonical, text, key.hex()


class _Ear:
    """A logger for the SDK's signer: it logs the canonical request and the string to sign."""

    def __init__(self):
        self.heard = {}

    def log(self, _level, message):
        title, _, text = str(message).partition("---\n")
        self.heard[title.strip("-")] = text


def _jdcloud_sdk_signature(signer_class, request, headers, path, stamp, region, service, secret):
    """The SDK's signer, made to sign at the request's own time: (what it logged, signature)."""
    ear = _Ear()
    signer = signer_class(ear)
    signer._Signer__now = lambda: datetime.datetime.strptime(stamp, "%Y%m%dT%H%M%SZ")
    signer.sign(request.method, service, region, f"http://{request.headers['host']}{path}?{request.query}",
                headers, request.body.decode(), JdcloudCredential("check", secret), "")
    return ear.heard, headers["Authorization"].rpartition("Signature=")[2]


def check_jdcloud(request, keys, state):
    headers = request.headers
    parts = _JD.fullmatch(headers.get("authorization", ""))
    if not parts or parts[1].lower() != parts[6][:8]:
        return Verdict().refuse("missing", f"Authorization: {headers.get('authorization')!r}")
    variant, access_key, date, region, service, _, signed, received = parts.groups()
    verdict = Verdict(variant=variant, access_key=access_key, received=received, signed_headers=signed.split(";"))
    key = _known(verdict, keys)
    if key is None:
        return verdict
    names, stamp, nonce = verdict.signed_headers, headers.get("x-jdcloud-date", ""), headers.get("x-jdcloud-nonce", "")
    # The SDK's JDCLOUD3 signs content-type and host only, so no more than that can be asked of that variant here.
    least = {"host"} if variant == "JDCLOUD3" else {"host", "x-jdcloud-date", "x-jdcloud-nonce"}
    if not least <= set(names) or names != sorted(names) or not set(names) <= set(headers):
        return verdict.refuse("signature", f"{sorted(least)}, sorted and sent, must be among the signed headers")
    if not re.fullmatch(r"\d{8}T\d{6}Z", stamp) or stamp[:8] != date or service != "redis" or not nonce:
        return verdict.refuse("signature", "x-jdcloud-date, the scope's date and service, or the nonce is wrong")
    then = datetime.datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.UTC).timestamp()
    if abs(time.time() - then) > 900:
        return verdict.refuse("clock", f"x-jdcloud-date {stamp} is far from now")
    if f"/regions/{region}/" not in request.path + "/":
        return verdict.refuse("signature", f"the scope's region {region} is not the path's")
    given = {name: headers[name] for name in names if name != "host"}
    computed = {}
    if variant == "JDCLOUD3":
        heard, computed["jdcloud_sdk"] = _jdcloud_sdk_signature(
            Jdcloud3Signer, request, given, request.path, stamp, region, service, key.secret)
        verdict.canonical_request, verdict.string_to_sign = heard["canonical_request"], heard["string_to_sign"]
    else:
        verdict.canonical_request, verdict.string_to_sign, computed["documentation"] = jdcloud2_signature(
            request.method, request.path, request.query, headers, names, request.body, stamp, region, service,
            key.secret)
        old = jdcloud2_core()
        if old is not None:
            with _nonce(old.signer, nonce):
                _, computed["jdcloud_sdk_core"] = _jdcloud_sdk_signature(
                    old.signer.Signer, request, given, unquote(request.path), stamp, region, service, key.secret)
    verdict.compare(**computed)
    if key.token is not None and verdict.problem is None and "x-jdcloud-security-token" not in names:
        return verdict.refuse("token", "the security token is not among the signed headers")
    return _token(verdict, key, headers.get("x-jdcloud-security-token"),
                  jdcloud_base64(key.token) if key.token is not None else None)


@contextlib.contextmanager
def _nonce(module, nonce):
    """JDCLOUD2's signer draws its nonce itself: let it draw the one that was sent."""
    module.uuid = SimpleNamespace(uuid4=lambda: nonce)
    try:
        yield
    finally:
        module.uuid = importlib.import_module("uuid")


_JDCLOUD2_CORE = []


def jdcloud2_core():
    """The modules of jdcloud-sdk-core 1.3.3 from the folder JDCLOUD2_CORE, or None; see requirements.txt."""
    if not _JDCLOUD2_CORE:
        folder = os.environ.get("JDCLOUD2_CORE")
        _JDCLOUD2_CORE.append(_load_beside(folder) if folder else None)
    return _JDCLOUD2_CORE[0]


def _load_beside(folder):
    """Imports a second package of the name jdcloud_sdk without disturbing the installed one."""
    ours = {name: sys.modules.pop(name) for name in list(sys.modules) if name.split(".")[0] == "jdcloud_sdk"}
    sys.path.insert(0, folder)
    try:
        wanted = ("signer", "jdcloudclient", "jdcloudrequest", "config", "credential", "logger")
        found = SimpleNamespace(**{name: importlib.import_module("jdcloud_sdk.core." + name) for name in wanted})
        assert os.path.abspath(found.signer.__file__).startswith(os.path.abspath(folder)), found.signer.__file__
        return found
    finally:
        sys.path.remove(folder)
        for name in [name for name in sys.modules if name.split(".")[0] == "jdcloud_sdk"]:
            del sys.modules[name]
        sys.modules.update(ours)


CHECKS = {"ucloud": check_ucloud, "tencent": check_tencent, "qcloud": check_qcloud, "jdcloud": check_jdcloud}
