"""Texts in other languages: gettext catalogs (`locale/<language>.po` beside their templates), read without compiling.

`python -m web.catalogs update` writes the texts of templates and code into every catalog. `python -m web.catalogs
check` fails if a translation is missing or doubtful, or a catalog is out of date.
"""

import argparse
import io
import re
import sys
from collections.abc import Sequence
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from web.languages import DEFAULT, LANGUAGES

CHECKOUT = Path(__file__).parents[1]
PACKAGES = (
    "web",
    "services/intake",
    "services/payments",
    "services/review",
    "services/badging",
    "services/notify",
    "services/ops",
)
"""Folders with catalogs of their own. The texts of the chassis and the contracts are in the catalog of `web`."""
SHARED = ("chassis", "contracts")

KEYWORDS: dict[str, tuple[int, ...] | None] = {
    "_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "Text": None,
    "Plural": (1, 2),
    "Place": None,
}
_METHODS = [("**/templates/**.html", "jinja2"), ("**/templates/**.txt", "jinja2"), ("**.py", "python")]
_OPTIONS = {
    "**/templates/**.html": {"newstyle_gettext": "true", "trimmed": "true"},
    "**/templates/**.txt": {"newstyle_gettext": "true"},
}


@cache
def translations(folders: tuple[Path, ...], language: str) -> NullTranslations:
    """The translations of these folders into a language. Each folder has its own `locale`; the first one that has a
    text is used.

    English needs no catalog, because templates and code are in English. A text that no catalog has stays English.
    """
    found: NullTranslations = NullTranslations()
    if language == DEFAULT:
        return found
    for folder in reversed(folders):
        file = folder / "locale" / f"{language}.po"
        if file.exists():
            compiled = io.BytesIO()
            with file.open("rb") as source:
                write_mo(compiled, read_po(source, locale=language))
            compiled.seek(0)
            further = GNUTranslations(compiled)
            further.add_fallback(found)
            found = further
    return found


@cache
def said(package: str) -> Catalog:
    """Every text in the templates and the code of a package. What `web` says too is only in the catalog of `web`, so
    that a text has one translation."""
    shared = {(one.id, one.context) for one in said("web")} if package != "web" else set()
    catalog = Catalog(project="microcred", charset="utf-8", fuzzy=False)
    for name in (package, *(SHARED if package == "web" else ())):
        for file, _, message, comments, context in extract_from_dir(
            CHECKOUT / name,
            _METHODS,
            _OPTIONS,
            keywords=KEYWORDS,
            comment_tags=("Translators:",),
            strip_comment_tags=True,
        ):
            if (message, context) in shared:
                continue
            # Files without line numbers, so that a catalog changes only when a text does.
            catalog.add(message, None, [(f"{name}/{file}", 0)], auto_comments=comments, context=context)
    return catalog


def update(package: str, language: str) -> Catalog:
    """The up-to-date catalog of a package and language: its translations, and an entry for each text that lacks one."""
    file = CHECKOUT / package / "locale" / f"{language}.po"
    catalog = Catalog(locale=language, project="microcred", fuzzy=False)
    if file.exists():
        with file.open("rb") as source:
            catalog = read_po(source, locale=language)
    catalog.update(said(package), no_fuzzy_matching=True, update_header_comment=False)
    catalog.obsolete.clear()
    return catalog


def written(catalog: Catalog) -> bytes:
    """The bytes of a catalog's file."""
    made = io.BytesIO()
    write_po(made, catalog, width=120, omit_header=True, sort_output=True, include_lineno=False, ignore_obsolete=True)
    head = (
        b'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n"Plural-Forms: %s\\n"\n\n'
        % catalog.plural_forms.encode()
    )
    return head + made.getvalue().lstrip(b"\n")


def faults(package: str, language: str) -> list[str]:
    """What is wrong with the catalog of a package and language, in words; empty if nothing is wrong."""
    file = CHECKOUT / package / "locale" / f"{language}.po"
    wanted = update(package, language)
    texts = [message for message in wanted if message.id]
    if not texts and not file.exists():
        return []
    place = file.relative_to(CHECKOUT)
    if not file.exists() or file.read_bytes() != written(wanted):
        return [f"{place}: is out of date; run `python -m web.catalogs update`"]
    found = []
    for message in texts:
        if message.fuzzy or not _whole(message.string):
            found.append(f"{place}: {message.id!r} has no translation")
        found += [f"{place}: {message.id!r}: {error}" for error in message.check(wanted)]
        if _names(message.id) != _names(message.string) and _whole(message.string):
            found.append(
                f"{place}: {message.id!r} has the parts {sorted(_names(message.id))}, its"
                f" translation {sorted(_names(message.string))}"
            )
    return found


_Said = str | Sequence[str] | None


def _whole(string: _Said) -> bool:
    return bool(string) and (isinstance(string, str) or all(string or ()))


def _names(text: _Said) -> set[str]:
    """The named parts of a text: `%(name)s`."""
    texts = [text] if isinstance(text, str) else text
    return {name for one in texts or () for name in re.findall(r"%\((\w+)\)", one)}


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(
        prog="python -m web.catalogs", description="The catalogs of texts in other languages."
    )
    parser.add_argument("what", choices=("update", "check"))
    given = parser.parse_args()
    wrong: list[str] = []
    for package in PACKAGES:
        for language in LANGUAGES:
            if language == DEFAULT:
                continue
            if given.what == "check":
                wrong += faults(package, language)
                continue
            catalog = update(package, language)
            if any(message.id for message in catalog):
                file = CHECKOUT / package / "locale" / f"{language}.po"
                file.parent.mkdir(exist_ok=True)
                file.write_bytes(written(catalog))
                empty = sum(1 for message in catalog if message.id and not _whole(message.string))
                sys.stdout.write(f"{file.relative_to(CHECKOUT)}: {empty} texts without a translation\n")
    if wrong:
        raise SystemExit("\n".join(wrong))


if __name__ == "__main__":
    main()
