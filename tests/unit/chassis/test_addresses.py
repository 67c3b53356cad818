"""The one normal form of an e-mail address."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chassis.addresses import NoAddress, in_ascii, lowered, read

# As given; as shown; as mailed; whether it needs SMTPUTF8; its key.
READ = [
    ("ada@example.org", "ada@example.org", "ada@example.org", False, "ada@example.org"),
    ("Ada@EXAMPLE.Org", "Ada@example.org", "Ada@example.org", False, "ada@example.org"),
    (
        "o'neil+x=1%y@example.org",
        "o'neil+x=1%y@example.org",
        "o'neil+x=1%y@example.org",
        False,
        "o'neil+x=1%y@example.org",
    ),
    # IDNA 2008, not 2003: ß and ς are letters of their own.
    ("a@straße.example", "a@straße.example", "a@xn--strae-oqa.example", False, "a@xn--strae-oqa.example"),
    ("a@XN--STRAE-OQA.example", "a@straße.example", "a@xn--strae-oqa.example", False, "a@xn--strae-oqa.example"),
    ("a@βόλος.example", "a@βόλος.example", "a@xn--nxasmm1c.example", False, "a@xn--nxasmm1c.example"),
    ("a@BÜCHER.example", "a@bücher.example", "a@xn--bcher-kva.example", False, "a@xn--bcher-kva.example"),
    ("a@bu\u0308cher.example", "a@bücher.example", "a@xn--bcher-kva.example", False, "a@xn--bcher-kva.example"),
    ("a@ｅｘａｍｐｌｅ．org", "a@example.org", "a@example.org", False, "a@example.org"),
    ("a@example。org", "a@example.org", "a@example.org", False, "a@example.org"),
    # Before the @ only the case of ASCII letters does not count.
    ("jörg@example.org", "jörg@example.org", "jörg@example.org", True, "jörg@example.org"),
    ("jo\u0308rg@example.org", "jörg@example.org", "jörg@example.org", True, "jörg@example.org"),
    ("JÖRG@example.org", "JÖRG@example.org", "JÖRG@example.org", True, "jÖrg@example.org"),
    ("ſam@example.org", "ſam@example.org", "ſam@example.org", True, "ſam@example.org"),
    ("straße@example.org", "straße@example.org", "straße@example.org", True, "straße@example.org"),
    ("ａda@example.org", "ａda@example.org", "ａda@example.org", True, "ａda@example.org"),
    ("İ@example.org", "İ@example.org", "İ@example.org", True, "İ@example.org"),
    (
        "\u212aim@example.org",
        "Kim@example.org",
        "Kim@example.org",
        False,
        "kim@example.org",
    ),  # the Kelvin sign is K in NFC
    ("用户@例子.example", "用户@例子.example", "用户@xn--fsqu00a.example", True, "用户@xn--fsqu00a.example"),
]


@pytest.mark.parametrize(("text", "shown", "mailed", "utf8", "key"), READ)
def test_the_normal_form(text: str, shown: str, mailed: str, utf8: bool, key: str) -> None:
    address = read(text)
    assert (address.shown, address.mailed, address.utf8, address.key) == (shown, mailed, utf8, key)
    assert read(address.shown) == read(address.mailed) == address
    assert read(address.key).key == key


def test_addresses_that_look_alike_or_were_once_taken_for_one_have_different_keys() -> None:
    for one, other in [
        ("a@straße.example", "a@strasse.example"),
        ("ſam@example.org", "sam@example.org"),
        ("straße@example.org", "strasse@example.org"),
        ("ａda@example.org", "ada@example.org"),
        ("а@example.org", "a@example.org"),
        ("ﬁn@example.org", "fin@example.org"),
    ]:
        assert read(one).key != read(other).key


REFUSED = [
    ("", "must have an @"),
    ("ada", "must have an @"),
    ("ada@", "something after the @"),
    ("@example.org", "something before the @"),
    (" ada@example.org", "SPACE"),
    ("ada@example.org\n", "U+000A"),
    ("a b@example.org", "SPACE"),
    ("a@b@example.org", "'@'"),
    ("a(comment)@example.org", "'('"),
    ("a@(comment)example.org", "'('"),
    ('"a b"@example.org', "Quoting"),
    ('"ada"@example.org', "Quoting"),
    ("Ada <ada@example.org>", "display name"),
    ("a@[127.0.0.1]", "bracketed IP"),
    ("a@[IPv6:::1]", "bracketed IP"),
    ("a@127.0.0.1", "number in the place of a domain"),
    ("a@2130706433", "number in the place of a domain"),
    ("a@127.0.0.0x1", "number in the place of a domain"),
    ("a@localhost", "special-use"),
    ("a@example.org.", "end with a period"),
    ("a@example.org。", "end with a period"),
    ("a..b@example.org", "two periods"),
    (".a@example.org", "start with a period"),
    ("a.@example.org", "period immediately before"),
    ("a@-example.org", "hyphen"),
    ("a@ex_ample.org", "'_'"),
    ("a＠example.org", "full-width"),
    ("a@☃.example", "U+2603"),
    ("a@i❤.example", "U+2764"),
    ("a@xn--i-7iq.example", "not valid IDNA"),
    ("a@xn--zz.example", "not valid IDNA"),
    ("a\u200bb@example.org", "ZERO WIDTH SPACE"),
    ("a\u200db@example.org", "ZERO WIDTH JOINER"),
    ("a\u202eb@example.org", "RIGHT-TO-LEFT OVERRIDE"),
    ("a\u00adb@example.org", "SOFT HYPHEN"),
    ("a\ufe0fb@example.org", "U+FE0F"),
    ("\u3164@example.org", "U+3164"),
    ("a\u2800@example.org", "U+2800"),
    ("a@exa\u200bmple.org", "ZERO WIDTH SPACE"),
    ("a\u037eb@example.org", "';'"),
    ("a\x00@example.org", "U+0000"),
    ("a@exa\x00mple.org", "U+0000"),
    ("\ud800@example.org", "U+D800"),
    ("a@\udfff.org", "U+DFFF"),
    ("\u0301a@example.org", "COMBINING ACUTE ACCENT"),
    ("a" * 65 + "@example.org", "65 bytes before the @"),
    ("ü" * 33 + "@example.org", "66 bytes before the @"),
    ("a" * 260 + "@example.org", "272 characters"),
    ("a@" + "a" * 64 + ".org", "too many"),
    ("a@" + "ü" * 63 + ".org", "too long"),
    ("a@" + ".".join(["a" * 60] * 5), "306 characters"),
]


@pytest.mark.parametrize(("text", "why"), REFUSED)
def test_what_mail_cannot_be_sent_to_is_refused_in_words(text: str, why: str) -> None:
    with pytest.raises(NoAddress) as refused:
        read(text)
    assert why in str(refused.value)
    str(refused.value).encode()


@settings(deadline=None)
@given(
    st.text(min_size=1, max_size=12),
    st.sampled_from(["example.org", "bücher.example", "straße.example", "例子.example"]),
)
def test_whatever_is_read_is_read_alike_again(local: str, domain: str) -> None:
    try:
        address = read(f"{local}@{domain}")
    except NoAddress:
        return
    assert read(address.shown) == read(address.mailed) == address
    assert read(address.key).key == address.key
    assert address.domain.isascii()
    address.mailed.encode()


@settings(deadline=None)
@given(st.text(max_size=80))
def test_no_text_makes_it_fail(text: str) -> None:
    try:
        read(text)
    except NoAddress as refused:
        str(refused).encode()


def test_the_form_that_badges_hash_and_the_form_that_stripe_takes() -> None:
    assert (lowered("Ada@Example.ORG"), lowered("JÖRG@Bücher.example"), lowered("No address")) == (
        "ada@example.org",
        "jörg@bücher.example",
        "no address",
    )
    assert (in_ascii("Ada@Bücher.example"), in_ascii("jörg@example.org"), in_ascii("")) == (
        "Ada@xn--bcher-kva.example",
        "",
        "",
    )
