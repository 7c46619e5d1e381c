"""What a decoy is, and the words that several kinds of it are made of."""
import dataclasses
from typing import Optional

from corpus.chance import some, words
from corpus.shapes import Shape


@dataclasses.dataclass(frozen=True)
class Decoy:
    key: list
    value: str
    place: str = "any"             # any, expression, quoted (source), config, or the language it belongs to
    room: Optional[str] = None     # a key of shapes.FOLDERS
    shape: Optional[Shape] = None  # where it can stand in one shape only


KINDS = {}


def kind(name):
    def add(function):
        KINDS[name] = function
        return function
    return add


def code(rng, count=None):
    return some(rng, count or rng.choice([1, 2, 2, 3, 4]), "code")


NOUNS = ["token", "password", "secret", "key", "credential", "apiKey", "auth", "accessToken"]
VERBS = ["get", "set", "read", "load", "fetch", "parse", "next", "make", "build", "decode", "generate", "random",
         "find", "resolve", "create", "validate", "require", "check", "hash", "encrypt", "derive"]
LANGUAGE_WORDS = ["Passwort", "Mot de passe", "Contraseña", "Senha", "Hasło", "Wachtwoord", "Lösenord", "Adgangskode",
                  "Heslo", "Salasana", "Jelszó", "Parolă", "Şifre", "Пароль", "密码", "パスワード", "비밀번호", "Clave",
                  "Kennwort", "Passord", "Geslo", "Zaporka", "Slaptažodis", "Κωδικός", "Jeton", "Schlüssel",
                  "Geheimnis", "Code d'accès", "Chiave", "Clave secreta", "Clé secrète", "Geheimer Schlüssel",
                  "Chiave segreta", "Tajny klucz", "Salainen avain", "Geheime sleutel", "Hemlig nyckel", "Titkos kulcs",
                  "Kunci rahasia", "Gizli anahtar", "Nouveau mot de passe", "Neues Passwort", "Código de acceso",
                  "Chave secreta", "Palavra-passe", "Token", "Secret", "Password", "Access key", "API Key"]
SENTENCES = ["Enter your {n}", "The {n} is required", "Invalid {n} or user name", "Forgot your {n}?",
             "Please confirm your {n}", "{n} must be at least 8 characters", "Your {n} has expired", "New {n}",
             "Repeat {n}", "Show {n}", "Reset {n}", "Could not read {n} from file", "missing {n}", "No {n} given",
             "{n} mismatch", "Used to sign the {n}", "Name of the {n} to use", "Bearer {n} for the API",
             "The {n} used by the {c}", "Change the {n} of {c}", "unexpected {n} near {c}", "Failed to decode {n}",
             "{n} was not found in {c}", "Your {n} here, please"]


def sentence(rng):
    text = rng.choice(SENTENCES).format(n=rng.choice(["password", "token", "secret", "API key", "access key",
                                                      "passphrase"]),
                                        c=rng.choice(words("code")))
    return text[0].upper() + text[1:] if rng.random() < 0.6 else text
