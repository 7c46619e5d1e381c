"""Who signed a request: the other side of hooks/respond/sign_*.cc, written from the same documentation and with Python's
own hashes and numbers alone.

Each scheme is a function of the request and of what the provider knows (its `tokens`: a key, or what names it, and
facts). It gives the credential that signed it, or an outcome of the contract by name ("mismatch", "late" …), and raises
Malformed where the documentation knows no such request.
"""
import base64
import binascii
import calendar
import email.utils
import hashlib
import hmac
import json
import re
import secrets
import time
import urllib.parse

SKEW = 15 * 60


class Malformed(Exception):
    pass


class Request:
    def __init__(self, method, host, target, headers, body):
        url = urllib.parse.urlsplit(target)
        self.method, self.host, self.path, self.body = method, host, url.path, body
        self.query = urllib.parse.parse_qsl(url.query, keep_blank_values=True)
        self.headers = {name.lower(): value for name, value in headers.items()}

    def want(self, name):
        if name not in self.headers:
            raise Malformed("no header " + name)
        return self.headers[name]


def hmac_base64(key, text):
    return base64.b64encode(hmac.new(key, text.encode(), hashlib.sha256).digest()).decode()


def in_time(text):
    return abs(email.utils.parsedate_to_datetime(text).timestamp() - time.time()) < SKEW


def signer_among(keys, given, text, decode=base64.b64decode):
    """The key that signs the text so; an unknown one where there is none."""
    return next((key for key in keys if hmac.compare_digest(hmac_base64(decode(key), text), given)), "unknown")


def azure_storage(request, tokens, _):
    """https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key"""
    given = re.fullmatch(r"SharedKey ([a-z0-9]{3,24}):(.+)", request.want("authorization"))
    account = request.host.split(".")[0]
    if not given or given[1] != account or "x-ms-version" not in request.headers:
        raise Malformed("not Shared Key")
    if not in_time(request.want("x-ms-date")):
        return None, "dead"
    standard = ["content-encoding", "content-language", "content-length", "content-md5", "content-type", "date",
                "if-modified-since", "if-match", "if-none-match", "if-unmodified-since", "range"]
    text = "\n".join([request.method] + [request.headers.get(name, "") for name in standard]) + "\n"
    text += "".join("%s:%s\n" % (name, request.headers[name]) for name in sorted(request.headers)
                    if name.startswith("x-ms-"))
    text += "/" + account + request.path + "".join("\n%s:%s" % pair for pair in sorted(request.query))
    return signer_among(tokens, given[2], text), None


def azure_cosmos(request, tokens, _):
    """https://learn.microsoft.com/rest/api/cosmos-db/access-control-on-cosmosdb-resources"""
    token = urllib.parse.unquote(request.want("authorization"))
    given = re.fullmatch(r"type=master&ver=1\.0&sig=(.+)", token)
    if not given or "x-ms-version" not in request.headers or token == request.headers["authorization"]:
        raise Malformed("no master key token, encoded")
    date = request.want("x-ms-date")
    if not in_time(date):
        return None, "late"
    text = "%s\ndbs\n%s\n%s\n\n" % (request.method.lower(), request.path[1:].removeprefix("dbs"), date.lower())
    return signer_among(tokens, given[1], text), None


def azure_sas(request, tokens, _):
    """https://learn.microsoft.com/azure/service-bus-messaging/service-bus-sas"""
    scheme, _, rest = request.want("authorization").partition(" ")
    fields = dict(pair.split("=", 1) for pair in rest.split("&"))
    if scheme != "SharedAccessSignature" or sorted(fields) != ["se", "sig", "skn", "sr"]:
        raise Malformed("no shared access signature")
    if urllib.parse.unquote(fields["sr"]) != "https://%s/" % request.host:
        raise Malformed("signed for " + fields["sr"])
    if int(fields["se"]) < time.time():
        return None, "late"
    known = {key: about for key, about in tokens.items() if about.get("policy") == urllib.parse.unquote(fields["skn"])}
    return signer_among(known, urllib.parse.unquote(fields["sig"]), fields["sr"] + "\n" + fields["se"],
                        decode=str.encode), None


def alibaba(request, tokens, seen):
    """https://www.alibabacloud.com/help/en/sdk/product-overview/v3-request-structure-and-signature"""
    given = re.fullmatch(r"ACS3-HMAC-SHA256 Credential=(\w+),SignedHeaders=([\w;-]+),Signature=([0-9a-f]{64})",
                         request.want("authorization"))
    if not given:
        raise Malformed("no signature version 3")
    names = given[2].split(";")
    must = {name for name in request.headers if name.startswith("x-acs-") or name == "host"}
    if names != sorted(names) or not must <= set(names):
        raise Malformed("signed are only " + given[2])
    if request.want("x-acs-content-sha256") != hashlib.sha256(request.body).hexdigest():
        raise Malformed("the hash of another body")
    nonce = request.want("x-acs-signature-nonce")
    when = calendar.timegm(time.strptime(request.want("x-acs-date"), "%Y-%m-%dT%H:%M:%SZ"))
    if nonce in seen or abs(when - time.time()) > SKEW:
        return None, "late"
    seen.append(nonce)
    about = tokens.get(given[1])
    if about is None:
        return given[1], None
    query = "&".join("%s=%s" % tuple(urllib.parse.quote(part, safe="-_.~") for part in pair)
                     for pair in sorted(request.query))
    canonical = "\n".join([request.method, request.path, query] +
                          ["%s:%s" % (name, request.headers[name].strip()) for name in names] +
                          ["", given[2], request.headers["x-acs-content-sha256"]])
    text = "ACS3-HMAC-SHA256\n" + hashlib.sha256(canonical.encode()).hexdigest()
    right = hmac.new(about["secret"].encode(), text.encode(), hashlib.sha256).hexdigest()
    return (given[1], None) if hmac.compare_digest(right, given[3]) else (None, "mismatch")


SHA256_INFO = bytes.fromhex("3031300d060960864801650304020105000420")  # RFC 8017, 9.2, note 1


def rs256_holds(modulus, text, signature):
    size = (modulus.bit_length() + 7) // 8
    hashed = SHA256_INFO + hashlib.sha256(text).digest()
    padded = b"\0\1" + b"\xff" * (size - len(hashed) - 3) + b"\0" + hashed
    return len(signature) == size and pow(int.from_bytes(signature, "big"), 65537, modulus) == int.from_bytes(padded, "big")


def google(request, tokens, _):
    """https://developers.google.com/identity/protocols/oauth2/service-account"""
    form = dict(urllib.parse.parse_qsl(request.body.decode()))
    try:
        head, claims, signature = [base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
                                   for part in form["assertion"].split(".")]
        head, claims = json.loads(head), json.loads(claims)
    except (ValueError, binascii.Error) as error:
        raise Malformed("no web token") from error
    if "=" in form["assertion"] or head["alg"] != "RS256" or head["typ"] != "JWT" or not claims["scope"]:
        raise Malformed("no web token of Google's")
    if claims["aud"] != "https://%s%s" % (request.host, request.path):
        raise Malformed("for " + claims["aud"])
    if not claims["iat"] <= time.time() < claims["exp"] <= claims["iat"] + 3600:
        return None, "late"
    about = tokens.get(claims["iss"])
    if about is None:
        return claims["iss"], None
    known = about.get("keys", {}).get(head["kid"])
    if known is None or not rs256_holds(known, form["assertion"].rpartition(".")[0].encode(), signature):
        return None, "mismatch"
    return claims["iss"], None


def digest(request, tokens, seen):
    """RFC 7616, with MD5 and qop=auth"""
    if "authorization" not in request.headers:
        return None, "challenge"
    given = dict(re.findall(r'(\w+)="?([^",]*)"?', request.headers["authorization"].removeprefix("Digest ")))
    target = request.path + ("?" + urllib.parse.urlencode(request.query) if request.query else "")
    if given.get("uri") != target or given.get("qop") != "auth" or given.get("nonce") not in NONCES:
        raise Malformed("another digest than was asked for")
    if given["nonce"] + given["nc"] in seen:
        raise Malformed("an answer twice")
    seen.append(given["nonce"] + given["nc"])
    about = tokens.get(given["username"])
    if about is None:
        return given["username"], None

    def md5(*parts):
        return hashlib.md5(":".join(parts).encode()).hexdigest()
    right = md5(md5(given["username"], given["realm"], about["secret"]), given["nonce"], given["nc"], given["cnonce"],
                "auth", md5(request.method, target))
    return (given["username"], None) if right == given["response"] else (None, "mismatch")


NONCES = set()  # that challenges have offered


def fresh_nonce():
    nonce = secrets.token_hex(12)
    NONCES.add(nonce)
    return nonce


SCHEMES = {"azure-storage": azure_storage, "azure-cosmos": azure_cosmos, "azure-sas": azure_sas, "alibaba": alibaba,
           "google": google, "digest": digest}
