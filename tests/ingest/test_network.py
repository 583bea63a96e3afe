"""Nobody's address leads into the city's own network, whatever a name resolves to, whenever; TLS names are kept."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from discourse.config import IngestSettings
from discourse.ingest.fetch_http import HttpFetcher
from discourse.ingest.network import is_public
from discourse.records import Done, Failed, Fetched, Outcome, SourceRef
from tests.ingest.rude_server import Rude, page, serving

NOW = datetime(2026, 11, 16, 6, tzinfo=UTC)
NAME = "journal.example"


class Names:
    """A resolver whose answers change from one question to the next; the last stays."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        found = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if not found:
            raise OSError("no such host")
        return found


def get(url: str, names: Callable[[str, int], Sequence[str]], *allowed: str) -> Outcome[Fetched]:
    settings = IngestSettings(delay_seconds=0.0, timeout_seconds=5.0, allow_private_hosts=allowed)
    use = HttpFetcher(settings=settings, now=NOW, known={}, sleep=lambda _: None, resolve=names)
    try:
        return use(SourceRef(source="x", url=url))
    finally:
        use.close()


def slug(outcome: Outcome[Fetched]) -> str:
    assert isinstance(outcome, Failed), outcome
    return outcome.error.slug


def named(rude: Rude, host: str = NAME) -> str:
    return rude.base.replace("127.0.0.1", host)


def test_the_connection_goes_to_the_address_given_and_the_name_stays_in_the_request(rude: Rude) -> None:
    rude.put("/a", page())
    got = get(named(rude) + "/a", Names(["127.0.0.1"]), NAME)
    assert isinstance(got, Done)
    assert got.value.url == named(rude) + "/a"
    assert rude.asked[-1][1]["host"] == named(rude).removeprefix("http://")


def test_the_answer_that_is_checked_is_the_one_connected_to(rude: Rude) -> None:
    rude.put("/a", page())
    turning = Names(["10.0.0.1"], ["127.0.0.1"])
    assert slug(get(named(rude) + "/a", turning)) == "private_host"
    assert turning.asked == [NAME]
    assert rude.asked == []


def test_one_private_address_among_public_ones_is_enough_to_refuse(rude: Rude) -> None:
    rude.put("/a", page())
    assert slug(get(named(rude) + "/a", Names(["9.9.9.9", "127.0.0.1"]))) == "private_host"
    assert rude.asked == []


def test_a_redirect_to_a_name_with_a_private_address_is_refused(rude: Rude) -> None:
    rude.put("/a", status=302, Location=named(rude, "intranet.example") + "/secret")
    rude.put("/secret", page())
    got = get(named(rude) + "/a", lambda host, port: ["127.0.0.1"], NAME)
    assert slug(got) == "private_host"
    assert "/secret" not in rude.paths()


def test_where_the_first_address_does_not_answer_the_next_is_tried(rude: Rude) -> None:
    rude.put("/a", page())
    assert isinstance(get(named(rude) + "/a", Names(["127.0.0.2", "127.0.0.1"]), NAME), Done)


def test_a_name_without_address_says_so(rude: Rude) -> None:
    assert slug(get(named(rude) + "/a", Names([]))) == "dns"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1", "::ffff:127.0.0.1",
        "64:ff9b::7f00:1", "2002:7f00:1::1", "not an address", "",
    ],
)  # fmt: skip
def test_what_is_not_of_the_public_internet(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["9.9.9.9", "2a00:1450:4007:80e::200e", "::ffff:9.9.9.9", "64:ff9b::909:909"])
def test_what_is_of_the_public_internet(address: str) -> None:
    assert is_public(address)


@settings(deadline=None)
@given(st.ip_addresses(v=4))
def test_an_address_is_no_more_public_for_being_wrapped(address: object) -> None:
    assert is_public(f"::ffff:{address}") == is_public(str(address))


# -- TLS --------------------------------------------------------------------------------------------------------------


def certificate(folder: Path, name: str, *, days: int = 30) -> tuple[Path, Path]:
    """Return the files of a certificate that signs itself, and its key; with negative days it has run out."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=60))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    public, private = folder / f"{name}.pem", folder / f"{name}.key"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return public, private


@pytest.fixture
def secure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., ssl.SSLContext]:
    """Return a maker of server contexts whose certificate this machine trusts; ``said`` collects the names asked for."""

    def make(
        name: str = NAME, *, days: int = 30, trusted: bool = True, said: list[str] | None = None
    ) -> ssl.SSLContext:
        public, private = certificate(tmp_path, name, days=days)
        if trusted:
            monkeypatch.setenv("SSL_CERT_FILE", str(public))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(public, private)
        if said is not None:
            context.sni_callback = lambda _socket, asked, _context: said.append(str(asked))
        return context

    return make


def test_over_tls_the_name_is_asked_for_and_checked(secure: Callable[..., ssl.SSLContext]) -> None:
    said: list[str] = []
    with serving(secure(said=said)) as rude:
        rude.put("/a", page())
        got = get(named(rude) + "/a", Names(["127.0.0.1"]), NAME)
    assert isinstance(got, Done), got
    assert set(said) == {NAME}


@pytest.mark.parametrize(
    "wrong", [{"name": "autre.example"}, {"days": -1}, {"trusted": False}], ids=["other name", "run out", "unknown"]
)
def test_a_bad_certificate_is_named_and_nothing_is_asked(
    secure: Callable[..., ssl.SSLContext], wrong: dict[str, object]
) -> None:
    with serving(secure(**wrong)) as rude:
        rude.put("/a", page())
        assert slug(get(named(rude) + "/a", Names(["127.0.0.1"]), NAME)) == "tls"
    assert rude.asked == []
