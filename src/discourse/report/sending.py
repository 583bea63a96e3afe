"""Hand a report to the city's own mail server: the written message, with sender and recipients put in."""

from __future__ import annotations

import smtplib
import ssl
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import make_msgid, parseaddr

from discourse.config import MailSettings
from discourse.errors import ConfigError, NetworkDown

SECONDS = 60


def send(eml: bytes, mail: MailSettings) -> tuple[str, ...]:
    """Send a message that the mail face wrote, and return who gets it.

    Raises ``ConfigError`` when the settings name no server, sender or recipient, or when the server refuses them, and
    ``NetworkDown`` when it cannot be reached: then nobody has got it. The certificate of the server is checked.
    """
    _complete(mail)
    message = _addressed(eml, mail)
    try:
        with _connected(mail) as server:
            if mail.user:
                server.login(mail.user, mail.password.get_secret_value())
            refused = server.send_message(message)
    except smtplib.SMTPAuthenticationError as error:
        raise ConfigError(
            f"{mail.server} refuses the user {mail.user!r}.", remedy="Check mail.user and DISCOURSE_MAIL__PASSWORD."
        ) from error
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPNotSupportedError) as error:
        raise ConfigError(
            f"{mail.server} refuses the message ({error}).", remedy="Check mail.sender and mail.to."
        ) from error
    except (OSError, smtplib.SMTPException) as error:
        raise NetworkDown(
            f"{mail.server}:{mail.port} did not take the message ({error}).",
            remedy="Try again later; nothing was sent.",
        ) from error
    return tuple(to for to in mail.to if to not in refused)


def _complete(mail: MailSettings) -> None:
    missing = [name for name in ("server", "sender", "to") if not getattr(mail, name)]
    if missing:
        raise ConfigError(
            f"[mail] says nothing of {', '.join(missing)}.", remedy="Fill it in, or open the .eml in a mail program."
        )
    wrong = [a for a in (mail.sender, *mail.to) if "@" not in parseaddr(a)[1] or "\n" in a or "\r" in a]
    if wrong:
        raise ConfigError(f"[mail] {wrong[0]!r} is no address.", remedy="Write name@town.example.")


def _addressed(eml: bytes, mail: MailSettings) -> EmailMessage:
    message = message_from_bytes(eml, policy=SMTP)
    assert isinstance(message, EmailMessage)
    for name in ("X-Unsent", "From", "To", "Message-ID"):
        del message[name]
    message["From"] = mail.sender
    message["To"] = ", ".join(mail.to)
    message["Message-ID"] = make_msgid(domain=parseaddr(mail.sender)[1].rpartition("@")[2])
    return message


def _connected(mail: MailSettings) -> smtplib.SMTP:
    if mail.security == "tls":
        return smtplib.SMTP_SSL(mail.server, mail.port, timeout=SECONDS, context=ssl.create_default_context())
    server = smtplib.SMTP(mail.server, mail.port, timeout=SECONDS)
    if mail.security == "starttls":
        try:
            server.starttls(context=ssl.create_default_context())
        except BaseException:
            server.close()
            raise
    return server
