"""Randomness that is the same everywhere: a stream for each purpose, named by words, so that one more draw here changes
nothing there. Also the words that values are made of."""
import functools
import pathlib
import random

FOLDER = pathlib.Path(__file__).resolve().parent

LOWER = "abcdefghijklmnopqrstuvwxyz"
UPPER = LOWER.upper()
DIGITS = "0123456789"
ALNUM = UPPER + LOWER + DIGITS
HEX = "0123456789abcdef"


def stream(*name):
    return random.Random("/".join(str(part) for part in name))


@functools.cache
def words(kind="common"):
    return (FOLDER / "words" / f"{kind}.txt").read_text().split()


def string(rng, alphabet, length):
    return "".join(rng.choice(alphabet) for _ in range(length))


def some(rng, count, kind="common"):
    return [rng.choice(words(kind)) for _ in range(count)]


def weighted(rng, table):
    """One key of a {choice: weight} table."""
    return rng.choices(list(table), list(table.values()))[0]
