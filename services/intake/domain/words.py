"""The number of words of a text, by Unicode's word boundaries, so that it means the same in every script."""

import regex

_SEGMENT = regex.compile(r"(?w).+?\b", regex.DOTALL)
_COUNTS = regex.compile(r"[\p{L}\p{N}]")
_FLAG_LETTERS = regex.compile("[\U0001f1e6-\U0001f1ff]")


def count(text: str) -> int:
    """The number of words, by the word boundaries of Unicode (UAX 29): a segment counts if it has a letter or a number.

    "can't", "3.14" and "U.S.A" are one word each, "twenty-one" two. Each Chinese character and each Japanese hiragana
    is a word; a run of katakana is one. Thai, Lao, Khmer and Burmese are written without spaces, and only dictionaries
    find their words. UAX 29 takes each letter (with its marks) for a word, so the count is several times too high: a
    limit of words means little there. Emoji and punctuation do not count.

    A megabyte takes up to half a second, so a long text is counted in a thread.
    """
    # Letters that make flags are counted in pairs from the first of a run. That takes the square of the run's length,
    # and they are no words anyway.
    plain = _FLAG_LETTERS.sub("!", text)
    return sum(1 for found in _SEGMENT.finditer(plain) if _COUNTS.search(found[0]))
