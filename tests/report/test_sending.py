"""The report goes to the city's own mail server whole, to those named and nobody else; a server that will not is named."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import SMTP
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from discourse.cli import call
from discourse.config import MailSettings
from discourse.errors import ConfigError, NetworkDown
from discourse.report import mail as face
from discourse.report import sending
from tests.report.make import town


class Server(socketserver.ThreadingTCPServer):
    """A mail server that keeps what it is given; it knows no TLS."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.taken: list[tuple[list[str], bytes]] = []
        self.no = b""


class _Talk(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        server: Any = self.server
        self.wfile.write(b"220 town\r\n")
        to: list[str] = []
        while line := self.rfile.readline():
            word = line.split()[0].upper() if line.split() else b""
            if server.no and line.upper().startswith(server.no):
                self.wfile.write(b"550 no\r\n")
            elif word == b"EHLO":
                self.wfile.write(b"250-town\r\n250 AUTH PLAIN\r\n")
            elif word == b"RCPT":
                to.append(line.decode().split(":")[1].strip())
                self.wfile.write(b"250 ok\r\n")
            elif word == b"DATA":
                self.wfile.write(b"354 go\r\n")
                body = b""
                while (part := self.rfile.readline()) != b".\r\n":
                    body += part.removeprefix(b".") if part.startswith(b"..") else part
                server.taken.append((to, body))
                self.wfile.write(b"250 taken\r\n")
            elif word == b"AUTH":
                self.wfile.write(b"235 ok\r\n")
            elif word == b"QUIT":
                self.wfile.write(b"221 bye\r\n")
                return
            else:
                self.wfile.write(b"250 ok\r\n")


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as made:
        threading.Thread(target=made.serve_forever, daemon=True).start()
        yield made
        made.shutdown()


def settings(server: Server, /, **more: Any) -> MailSettings:
    given = {"server": "127.0.0.1", "port": server.server_address[1], "security": "none",
             "sender": "presse@ville.example", "to": ("maire@ville.example", "A. Martin <am@ville.example>")}  # fmt: skip
    return MailSettings(**{**given, **more})


def eml() -> bytes:
    return dict(face.render(town().data(), "fr"))["report.fr.eml"]


def test_the_message_arrives_whole_and_addressed(server: Server) -> None:
    assert sending.send(eml(), settings(server, user="x", password=SecretStr("y"))) == (
        "maire@ville.example",
        "A. Martin <am@ville.example>",
    )
    ((to, body),) = server.taken
    assert to == ["<maire@ville.example>", "<am@ville.example>"]
    got, wrote = (message_from_bytes(b, policy=SMTP) for b in (body, eml()))
    assert got["From"] == "presse@ville.example"
    assert got["X-Unsent"] is None
    assert got["Subject"] == wrote["Subject"]
    assert [p.get_payload() for p in got.walk() if not p.is_multipart()] == [
        p.get_payload() for p in wrote.walk() if not p.is_multipart()
    ]


def test_without_an_encrypted_line_nothing_is_sent_unless_asked(server: Server) -> None:
    with pytest.raises(ConfigError, match="refuses the message"):
        sending.send(eml(), settings(server, security="starttls"))
    assert server.taken == []


@pytest.mark.parametrize(("no", "word"), [(b"AUTH", "refuses the user"), (b"RCPT", "refuses"), (b"MAIL", "refuses")])
def test_a_server_that_refuses_is_named(server: Server, no: bytes, word: str) -> None:
    server.no = no
    with pytest.raises(ConfigError, match=word):
        sending.send(eml(), settings(server, user="x", password=SecretStr("y")))


def test_a_server_that_is_not_there_asks_for_another_try(server: Server) -> None:
    with pytest.raises(NetworkDown, match="did not take"):
        sending.send(eml(), settings(server, port=1))


@pytest.mark.parametrize(
    ("change", "word"),
    [({"server": ""}, "server"), ({"to": ()}, "to"), ({"sender": "nobody"}, "no address"),
     ({"to": ("a@b.example\nBcc: c@d.example",)}, "no address")],
)  # fmt: skip
def test_an_incomplete_or_forged_address_is_named(server: Server, change: dict[str, Any], word: str) -> None:
    with pytest.raises(ConfigError, match=word):
        sending.send(eml(), settings(server, **change))
    assert server.taken == []


def test_the_command_names_what_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "discourse.toml").write_text("", encoding="utf-8")
    assert call(["report", "send", "--week", "2026-W46", "--root", str(tmp_path)]) == 2
    assert "Add mail to [report] faces" in capsys.readouterr().err
