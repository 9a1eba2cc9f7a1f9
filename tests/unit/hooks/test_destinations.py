"""What leaves the house goes where the configuration says, and to public addresses only unless it allows the host."""

from ipaddress import ip_address

import pytest

from voronka.hooks.destinations import RefusedDestination, destination, host_name, is_public

PUBLIC = ["8.8.8.8", "93.184.216.34", "2606:4700::1111", "2a02:6b8::2:242"]
NOT_PUBLIC = {
    "loopback": "127.0.0.1",
    "all of loopback": "127.255.255.254",
    "this network": "0.0.0.0",
    "private": "10.0.0.1",
    "private too": "172.16.0.1",
    "private again": "192.168.1.1",
    "link-local": "169.254.1.1",
    "metadata": "169.254.169.254",
    "carrier": "100.64.0.1",
    "documentation": "192.0.2.1",
    "benchmarks": "198.18.0.1",
    "6to4 relay": "192.88.99.1",
    "protocols": "192.0.0.1",
    "metadata of Oracle": "192.0.0.192",
    "metadata of Azure": "168.63.129.16",
    "metadata of Alibaba": "100.100.100.200",
    "metadata of Google 6": "fd20:ce::254",
    "multicast": "224.0.0.1",
    "multicast of the world": "239.255.255.250",
    "reserved": "240.0.0.1",
    "broadcast": "255.255.255.255",
    "loopback 6": "::1",
    "unspecified 6": "::",
    "mapped loopback": "::ffff:127.0.0.1",
    "mapped public": "::ffff:8.8.8.8",
    "compatible": "::8.8.8.8",
    "NAT64": "64:ff9b::a00:1",
    "NAT64 of a public one": "64:ff9b::808:808",
    "local NAT64": "64:ff9b:1::1",
    "6to4": "2002:7f00:1::",
    "Teredo": "2001::1",
    "documentation 6": "2001:db8::1",
    "new documentation": "3fff::1",
    "unique local": "fd00::1",
    "metadata 6": "fd00:ec2::254",
    "link-local 6": "fe80::1",
    "site-local": "fec0::1",
    "multicast 6": "ff02::1",
    "segment routing": "5f00::1",
}


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_public(address):
    assert is_public(ip_address(address))


@pytest.mark.parametrize("address", NOT_PUBLIC.values(), ids=NOT_PUBLIC)
def test_addresses_of_the_house_are_not(address):
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", NOT_PUBLIC.values(), ids=NOT_PUBLIC)
def test_a_name_with_one_such_address_among_others_is_refused(address):
    place = destination("https://crm.example/hook", frozenset())

    with pytest.raises(RefusedDestination, match=r"crm.example has an address that is not public"):
        place.addresses(lambda host, port: ["8.8.8.8", address])
    allowed = destination("http://crm.example/hook", frozenset({"crm.example"}))
    assert allowed.addresses(lambda host, port: [address, address]) == [address]


REFUSED = {
    "no scheme": "crm.example/hook",
    "file": "file:///etc/passwd",
    "gopher": "gopher://crm.example/",
    "http": "http://crm.example/",
    "no host": "https:///hook",
    "name": "https://anna@crm.example/",
    "name and password": "https://anna:secret@crm.example/",
    "hidden host": "https://crm.example\\@127.0.0.1/",
    "fragment": "https://crm.example/#a",
    "space": "https://crm.example/a b",
    "line": "https://crm.example/\r\nHost: other",
    "tab in the host": "https://crm.exa\tmple/",
    "trailing dot": "https://crm.example./",
    "localhost with a dot": "https://localhost./",
    "percent": "https://127%2e0.0.1/",
    "decimal": "https://2130706433/",
    "hexadecimal": "https://0x7f000001/",
    "hexadecimal parts": "https://0x7f.0.0.1/",
    "bare hexadecimal": "https://0x/",
    "octal": "https://0177.0.0.1/",
    "short": "https://127.1/",
    "five parts": "https://1.2.3.4.5/",
    "full width": "https://１２７.0.0.1/",
    "circled": "https://①②⑦.0.0.1/",
    "ideographic dots": "https://127。0。0。1/",
    "loopback": "https://127.0.0.1/",
    "loopback 6": "https://[::1]/",
    "mapped": "https://[::ffff:127.0.0.1]/",
    "zone": "https://[fe80::1%25eth0]/",
    "open bracket": "https://[::1/",
    "port that is none": "https://crm.example:99999/",
    "port in words": "https://crm.example:https/",
    "empty label": "https://crm..example/",
    "long label": f"https://{'a' * 64}.example/",
    "letters in the path": "https://crm.example/путь",
}


@pytest.mark.parametrize("url", REFUSED.values(), ids=REFUSED)
def test_a_url_that_could_mean_another_place_is_refused(url):
    with pytest.raises(RefusedDestination) as refused:
        destination(url, frozenset())
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("url", "host", "port", "path"),
    [
        ("https://crm.example", "crm.example", 443, "/"),
        ("https://CRM.example:8443/hook?a=1", "crm.example", 8443, "/hook?a=1"),
        ("https://crm_1.example/?a", "crm_1.example", 443, "/?a"),
        ("https://почта.рф/x", "xn--80a1acny.xn--p1ai", 443, "/x"),
        ("https://8.8.8.8/", "8.8.8.8", 443, "/"),
    ],
)
def test_a_url_says_where_to_connect(url, host, port, path):
    found = destination(url, frozenset())

    assert (found.host, found.port, found.path, found.allowed) == (host, port, path, False)


@pytest.mark.parametrize(
    "url", ["http://crm.local:8080/a", "http://127.0.0.1/", "http://[::1]:80/", "http://CRM.local"]
)
def test_the_workspace_may_allow_a_host(url):
    assert destination(url, frozenset({"crm.local", "127.0.0.1", "::1"})).allowed


@pytest.mark.parametrize(
    ("written", "url"),
    [
        ("CRM.local", "http://crm.local"),
        ("почта.рф", "http://ПОЧТА.рф/x"),
        ("xn--80a1acny.xn--p1ai", "http://почта.рф/x"),
        ("почта.рф", "http://xn--80a1acny.xn--p1ai/x"),
        ("[::1]", "http://[::1]:80/"),
        ("::1", "http://[0:0::1]/"),
        ("FD00:0::5", "http://[fd00::5]/"),
        ("10.0.0.5", "http://10.0.0.5:8080/"),
    ],
)
def test_an_allowed_host_is_the_same_in_every_spelling(written, url):
    found = destination(url, frozenset({host_name(written)}))

    assert found.allowed
    assert found.host == host_name(written)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "[]",
        "[crm.local]",
        "[::1",
        "crm.local:8080",
        "https://crm.local",
        "127.1",
        "0x7f.1",
        "crm..local",
        "*.local",
    ],
)
def test_what_is_no_host_cannot_be_allowed(written):
    with pytest.raises(RefusedDestination):
        host_name(written)


def test_a_name_without_an_address_is_refused():
    with pytest.raises(RefusedDestination, match=r"crm.example has no address"):
        destination("https://crm.example/", frozenset()).addresses(lambda host, port: [])
