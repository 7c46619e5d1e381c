"""What stands beside a name such as password or token and is no secret. Each kind is a function of a random stream that
gives a Decoy; KINDS holds them all. The hard ones are the many: values that look drawn under a name that says that
they are public, and values that are only words under a name that says secret."""
from corpus.decoys import addresses, drawn, names, wording  # noqa: F401  (each adds its kinds)
from corpus.decoys.kinds import KINDS, LANGUAGE_WORDS, Decoy, sentence

__all__ = ["KINDS", "LANGUAGE_WORDS", "Decoy", "sentence"]
