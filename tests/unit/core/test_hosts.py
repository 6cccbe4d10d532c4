"""Hosts, addresses, targets, and the public suffix list's own test vectors."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import BadTarget
from core.hosts import canonical_url, join_url, parse_host, parse_target, parse_url, registrable_domain, site_subject

# From publicsuffix.org (test_psl.txt, dedicated to the public domain under CC0 1.0). A leading dot, which the list's
# algorithm gives no answer for, is refused already by parse_host.
VECTORS = [
    ("COM", None),
    ("example.COM", "example.com"),
    ("WwW.example.COM", "example.com"),
    (".com", None),
    (".example", None),
    (".example.com", None),
    (".example.example", None),
    ("example", None),
    ("example.example", "example.example"),
    ("b.example.example", "example.example"),
    ("a.b.example.example", "example.example"),
    ("biz", None),
    ("domain.biz", "domain.biz"),
    ("b.domain.biz", "domain.biz"),
    ("a.b.domain.biz", "domain.biz"),
    ("com", None),
    ("example.com", "example.com"),
    ("b.example.com", "example.com"),
    ("a.b.example.com", "example.com"),
    ("uk.com", None),
    ("example.uk.com", "example.uk.com"),
    ("b.example.uk.com", "example.uk.com"),
    ("a.b.example.uk.com", "example.uk.com"),
    ("test.ac", "test.ac"),
    ("mm", None),
    ("c.mm", None),
    ("b.c.mm", "b.c.mm"),
    ("a.b.c.mm", "b.c.mm"),
    ("jp", None),
    ("test.jp", "test.jp"),
    ("www.test.jp", "test.jp"),
    ("ac.jp", None),
    ("test.ac.jp", "test.ac.jp"),
    ("www.test.ac.jp", "test.ac.jp"),
    ("kyoto.jp", None),
    ("test.kyoto.jp", "test.kyoto.jp"),
    ("ide.kyoto.jp", None),
    ("b.ide.kyoto.jp", "b.ide.kyoto.jp"),
    ("a.b.ide.kyoto.jp", "b.ide.kyoto.jp"),
    ("c.kobe.jp", None),
    ("b.c.kobe.jp", "b.c.kobe.jp"),
    ("a.b.c.kobe.jp", "b.c.kobe.jp"),
    ("city.kobe.jp", "city.kobe.jp"),
    ("www.city.kobe.jp", "city.kobe.jp"),
    ("ck", None),
    ("test.ck", None),
    ("b.test.ck", "b.test.ck"),
    ("a.b.test.ck", "b.test.ck"),
    ("www.ck", "www.ck"),
    ("www.www.ck", "www.ck"),
    ("us", None),
    ("test.us", "test.us"),
    ("www.test.us", "test.us"),
    ("ak.us", None),
    ("test.ak.us", "test.ak.us"),
    ("www.test.ak.us", "test.ak.us"),
    ("k12.ak.us", None),
    ("test.k12.ak.us", "test.k12.ak.us"),
    ("www.test.k12.ak.us", "test.k12.ak.us"),
    ("食狮.com.cn", "食狮.com.cn"),
    ("食狮.公司.cn", "食狮.公司.cn"),
    ("www.食狮.公司.cn", "食狮.公司.cn"),
    ("shishi.公司.cn", "shishi.公司.cn"),
    ("公司.cn", None),
    ("食狮.中国", "食狮.中国"),
    ("www.食狮.中国", "食狮.中国"),
    ("shishi.中国", "shishi.中国"),
    ("中国", None),
    ("xn--85x722f.com.cn", "xn--85x722f.com.cn"),
    ("xn--85x722f.xn--55qx5d.cn", "xn--85x722f.xn--55qx5d.cn"),
    ("www.xn--85x722f.xn--55qx5d.cn", "xn--85x722f.xn--55qx5d.cn"),
    ("shishi.xn--55qx5d.cn", "shishi.xn--55qx5d.cn"),
    ("xn--55qx5d.cn", None),
    ("xn--85x722f.xn--fiqs8s", "xn--85x722f.xn--fiqs8s"),
    ("www.xn--85x722f.xn--fiqs8s", "xn--85x722f.xn--fiqs8s"),
    ("shishi.xn--fiqs8s", "shishi.xn--fiqs8s"),
    ("xn--fiqs8s", None),
]


@pytest.mark.parametrize(("name", "expected"), VECTORS)
def test_the_suffix_lists_own_vectors(name, expected):
    if name.startswith("."):
        with pytest.raises(BadTarget):
            parse_host(name)
        return
    found = registrable_domain(parse_host(name))
    assert found == (None if expected is None else parse_host(expected))


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("Shop.EXAMPLE.", "shop.example"),
        ("straße.de", "xn--strae-oqa.de"),
        ("bücher。example", "xn--bcher-kva.example"),
        ("a_b.example", "a_b.example"),
        ("1e100.example", "1e100.example"),
        ("2130706433", "127.0.0.1"),
        ("0x7f.1", "127.0.0.1"),
        ("0177.0.0.1", "127.0.0.1"),
        ("1.2.3", "1.2.0.3"),
        ("[2001:DB8::1]", "2001:db8::1"),
        ("①②⑦.⓪.⓪.①", "127.0.0.1"),
    ],
)
def test_hosts_mean_what_browsers_take_them_for(text, host):
    assert parse_host(text) == host
    assert parse_host(host) == host


@pytest.mark.parametrize(
    "text", ["", ".", "a..b", "-a.example", "a b.example", "1.2.3.4.5", "1.2.3.256", "foo.0x", "[1]"]
)
def test_what_is_no_host(text):
    with pytest.raises(BadTarget):
        parse_host(text)


@pytest.mark.parametrize(
    ("text", "url", "key"),
    [
        ("WWW.Shop.example", "http://www.shop.example/", "shop.example"),
        ("shop.example:8080/a/../b", "http://shop.example:8080/a/../b", "shop.example:8080/b"),
        ("https://u:p@shop.example:443/?q=1#f", "https://shop.example/?q=1", "shop.example"),
        ("hxxps://shop[.]example/x", "https://shop.example/x", "shop.example/x"),
        ("[::1]:80", "http://[::1]/", "[::1]"),
        ("2001:db8::1", "http://[2001:db8::1]/", "[2001:db8::1]"),
    ],
)
def test_targets(text, url, key):
    target = parse_target(text)
    assert (target.url, target.subject.key) == (url, key)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "foo",
        "ftp://shop.example/",
        "javascript://x",
        "mailto:a@b.example",
        "shop.example:0",
        "shop.example:99999",
        "a b",
        "http://",
    ],
)
def test_what_is_no_target(text):
    with pytest.raises(BadTarget):
        parse_target(text)


def test_redirects_resolve_against_their_base():
    assert join_url("http://shop.example/a/b", "../c?d#e") == "http://shop.example/c?d"
    assert join_url("https://shop.example/", "//www.shop.example") == "https://www.shop.example/"
    with pytest.raises(BadTarget):
        join_url("http://shop.example/", "javascript:alert(1)")


@pytest.mark.parametrize("path", ["", "/", "/x"])
def test_site_subject_keeps_the_path_only_when_asked(path):
    assert site_subject(f"http://shop.example{path}").key == "shop.example"
    assert site_subject(f"http://shop.example{path}", with_path=True).key == f"shop.example{path}".rstrip("/")


TEXTS = st.one_of(
    st.text(max_size=60),
    st.from_regex(r"(https?://)?[a-z0-9.\-\[\]:%@]{0,30}(/[ -~]{0,20})?", fullmatch=True),
    st.from_regex(r"https?://[^\n]{0,12}\.example(:[0-9]{1,6})?[^\n]{0,20}", fullmatch=True),
)


@given(TEXTS)
@settings(max_examples=400, deadline=None)
def test_nothing_but_bad_target_is_raised_and_canonical_urls_stay(text):
    for parse in (parse_host, parse_target, canonical_url, lambda value: join_url("http://shop.example/a", value)):
        try:
            parse(text)
        except BadTarget:
            continue
    try:
        url = canonical_url(text)
    except BadTarget:
        return
    assert canonical_url(url) == url
    assert parse_url(url)[1] == parse_host(parse_url(url)[1])
