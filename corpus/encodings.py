"""Text in other clothes: each encoding is a function from a random stream and a snippet to a file's name and bytes.
Everything in them is fixed (times, owners), so one seed gives the same bytes on every machine."""
import base64
import gzip
import io
import json
import tarfile
import urllib.parse
import zipfile

from corpus.chance import some


def base64_text(rng, snippet):
    return ("config.yaml",
            f"data: {base64.b64encode(snippet.text.encode()).decode()}\nother: {rng.randint(1, 9)}\n".encode())


def base64_url(_, snippet):
    state = base64.urlsafe_b64encode(snippet.text.encode()).decode().rstrip("=")
    return "link.txt", f"https://host.example/open?state={state}&v=1\n".encode()


def base64_wrapped(_, snippet):
    return "part.eml", b"Content-Transfer-Encoding: base64\n\n" + base64.encodebytes((snippet.text + "\n").encode())


def base64_twice(_, snippet):
    return ("nested.json",
            json.dumps({"blob": base64.b64encode(base64.b64encode(snippet.text.encode())).decode()}).encode())


def hexadecimal(_, snippet):
    return "dump.txt", f"payload={snippet.text.encode().hex()}\n".encode()


def percent(_, snippet):
    return "query.log", f"POST /form body={urllib.parse.quote(snippet.text, safe='')}&ok=1\n".encode()


def percent_all(_, snippet):
    return "query.log", ("q=" + "".join(f"%{byte:02X}" for byte in snippet.text.encode()) + "&ok=1\n").encode()


def unicode_escapes(_, snippet):
    return "escaped.json", ('{"text": "' + "".join(f"\\u{ord(c):04x}" for c in snippet.text) + '"}\n').encode()


def json_in_json(_, snippet):
    return "event.json", json.dumps({"Records": [{"body": json.dumps({"Message": snippet.text})}]}).encode()


def gzip_file(_, snippet):
    return "config.txt.gz", gzip.compress((snippet.text + "\n").encode(), mtime=0)


def zip_file(rng, snippet):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("readme.txt", (2025, 3, 1, 0, 0, 0)), " ".join(some(rng, 30)))
        archive.writestr(zipfile.ZipInfo("conf/app.conf", (2025, 3, 1, 0, 0, 0)), snippet.text + "\n")
    return "backup.zip", out.getvalue()


def tar_gzip(_, snippet):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        data = (snippet.text + "\n").encode()
        member = tarfile.TarInfo("etc/app.conf")
        member.size = len(data)
        archive.addfile(member, io.BytesIO(data))
    return "backup.tar.gz", gzip.compress(out.getvalue(), mtime=0)


def utf16_little(_, snippet):
    return "export.txt", b"\xff\xfe" + ("name\n" + snippet.text + "\n").encode("utf-16-le")


def utf16_big(_, snippet):
    return "export.txt", b"\xfe\xff" + ("name\n" + snippet.text + "\n").encode("utf-16-be")


def utf8_mark(_, snippet):
    return "notes.txt", b"\xef\xbb\xbf" + (snippet.text + "\n").encode()


def helm_release(_, snippet):
    """A release is gzip in base64, and the secret that holds it is base64 again."""
    packed = base64.b64encode(gzip.compress(json.dumps({"config": {"text": snippet.text}}).encode(), mtime=0))
    return "release.yaml", b"kind: Secret\ndata:\n  release: " + base64.b64encode(packed) + b"\n"


ALL = [base64_text, base64_url, base64_wrapped, base64_twice, hexadecimal, percent, percent_all, unicode_escapes,
       json_in_json, gzip_file, zip_file,
       tar_gzip, utf16_little, utf16_big, utf8_mark, helm_release]
