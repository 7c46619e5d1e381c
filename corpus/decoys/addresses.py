"""Places and addresses."""
from corpus import values
from corpus.chance import ALNUM, DIGITS, HEX, string, words
from corpus.decoys.kinds import Decoy, code, kind
from corpus.keys import secret_key


@kind("url")
def _(rng):
    host = rng.choice(["api.host.example", "login.{}.example".format(rng.choice(words())), "localhost:8080",
                       "auth.example.org"])
    text = rng.choice(["https", "http"]) + f"://{host}/" + "/".join(code(rng, rng.choice([1, 2, 3]))) + rng.choice(["",
        "", "?id=1", "/token", "#key"])
    return Decoy(rng.choice([secret_key(rng), ["token", "url"], ["token", "endpoint"], ["auth", "uri"],
                             ["password", "reset", "url"]]), text, rng.choice(["any", "quoted", "config"]))


@kind("file path")
def _(rng):
    name = rng.choice(["-", "_"]).join(code(rng, rng.choice([1, 2])))
    folder = rng.choice(["/etc", "/run/secrets", "/var/lib", "~/.config", "./certs", "/etc/ssl/private", "../keys",
                         "C:/ProgramData", "/home/app", "/opt", "keys", "$HOME/.ssh", "/vault/secrets"])
    extension = rng.choice(["", "", ".pem", ".key", ".json", ".txt", ".p12", ".jks", ".yml", ".crt", ".token"])
    return Decoy(rng.choice([secret_key(rng), ["token", "file"], ["password", "file"], ["key", "file"],
                             ["private", "key", "path"], ["credentials", "file"]]),
                 f"{folder}/{rng.choice(['', rng.choice(words('code')) + '/'])}{name}{extension}",
                 rng.choice(["any", "config", "quoted"]))


@kind("route")
def _(rng):
    text = "/" + "/".join([*rng.choice([["api", "v1"], ["users"], ["auth"], [":id"], ["oauth2"]]), *code(rng, 1),
                           rng.choice(["token", "password", "reset-password", "secret", "api-keys", "refresh_token"])])
    return Decoy(rng.choice([secret_key(rng), ["forgot", "password"], ["refresh", "token", "path"]]), text, "quoted")


@kind("secret reference")
def _(rng):
    name = "-".join([*code(rng, 1), rng.choice(["secret", "password", "token", "db"])])
    text = rng.choice(["vault:secret/data/{n}#password", "op://vault/{n}/password",
                       "arn:aws:secretsmanager:eu-west-1:{d}:secret:{n}-{r}",
                       "projects/{d}/secrets/{n}/versions/latest", "ssm:/app/prod/{n}",
                       "{{{{resolve:secretsmanager:{n}}}}}",
                       "@Microsoft.KeyVault(SecretUri=https://{n}.vault.azure.net/)", "keyring:{n}",
                       "secret://{n}/value", "file:///run/secrets/{n}", "env:{n}",
                       "awssm://{n}", "sm://{d}/{n}", "secretKeyRef:{n}", "ref+vault://secret/{n}#/key", "keychain:{n}",
                       "arn:aws:kms:us-east-1:{d}:key/{u}"])
    text = text.format(n=name, d=string(rng, DIGITS, 12), r=string(rng, ALNUM, 6), u=values.uuid_key(rng))
    return Decoy(secret_key(rng), text, rng.choice(["any", "config"]))


@kind("address")
def _(rng):
    text = rng.choice([":".join(string(rng, HEX, 2) for _ in range(6)),
                       ".".join(str(rng.randint(1, 254)) for _ in range(4)),
                       f"{rng.choice(words('names'))}@{rng.choice(words())}.example",
                       f"fe80::{string(rng, HEX, 4)}:{string(rng, HEX, 4)}:{string(rng, HEX, 4)}",
                       f"db-{rng.randint(1, 9)}.internal:{rng.randint(1024, 65535)}"])
    return Decoy(rng.choice([["mac", "address"], ["auth", "host"], ["token", "server"], ["key", "server"],
                             ["password", "reset", "email"], ["secret", "host"]]), text)
