"""Which addresses of results are called."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.pixapi.errors import PictureError
from bot.pixapi.pictures import check_address


@pytest.mark.parametrize(
    "url",
    [
        "https://r2.pixapi.ai/a.png?signature=x",
        "https://8.8.8.8/a.png",
        "https://[2606:4700::1111]:8443/a.png",
        "https://bücher.example/a.png",
    ],
)
@pytest.mark.parametrize("loopback", [True, False])
def test_public_https_is_called(url: str, *, loopback: bool) -> None:
    """Any public host, wherever Pixapi itself is."""
    assert check_address(url, loopback=loopback).scheme == "https"


LOCAL = [
    "http://127.0.0.1:8000/a.png",
    "http://localhost/a.png",
    "https://localhost./a.png",
    "http://[::1]:80/a.png",
    "http://cdn.localhost/a.png",
]


@pytest.mark.parametrize("url", LOCAL)
def test_loopback_is_called_only_from_loopback(url: str) -> None:
    """The demo's own addresses are refused as soon as Pixapi is elsewhere."""
    assert check_address(url, loopback=True).host

    with pytest.raises(PictureError):
        check_address(url, loopback=False)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "a.png",
        "//cdn.example/a.png",
        "http://cdn.example/a.png",
        "ftp://cdn.example/a.png",
        "ftp://localhost/a.png",
        "file:///etc/passwd",
        "https:///a.png",
        "https://",
        "https://user:word@cdn.example/a.png",
        "https://10.0.0.1/a.png",
        "https://192.168.1.1/a.png",
        "https://172.16.0.1/a.png",
        "https://169.254.169.254/latest/meta-data",
        "https://100.64.0.1/a.png",
        "https://0.0.0.0/a.png",
        "https://224.0.0.1/a.png",
        "https://[fe80::1]/a.png",
        "https://[fd00::1]/a.png",
        "https://[::ffff:169.254.169.254]/a.png",
        "https://2130706433/a.png",
        "https://0x7f.1/a.png",
        "https://127.1/a.png",
        "https://metadata.google.internal/a.png",
        "https://printer.local/a.png",
        "https://cdn.example:99999999/a.png",
        "https://\ud800/a.png",
        "https://[::1/a.png",
        "https://exa mple/a.png",
    ],
)
@pytest.mark.parametrize("loopback", [True, False])
def test_other_addresses_are_not_called(url: str, *, loopback: bool) -> None:
    """Private hosts, other schemes, credentials, spellings that a resolver would understand."""
    with pytest.raises(PictureError) as refused:
        check_address(url, loopback=loopback)

    assert refused.value.code == "bad_address"


@given(st.text(max_size=60), st.sampled_from(["", "https://", "http://", "https://127."]))
def test_no_address_surprises_the_check(text: str, scheme: str) -> None:
    """Whatever an answer calls an address, it is one or it is refused."""
    try:
        address = check_address(scheme + text, loopback=False)
    except PictureError:
        return
    assert address.scheme == "https"
