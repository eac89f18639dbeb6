"""Reaching the relay that SMTP_URL names: the connection, its encryption, and signing in."""

import smtplib
import socket
import ssl
from base64 import b64encode
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

PORTS = {"smtp": 25, "smtp+tls": 587, "smtps": 465}
CONNECT_SECONDS = 10.0
SIGNED_IN = 235


@dataclass(frozen=True, repr=False)
class Destination:
    """`smtp://` is plain, `smtp+tls://` demands STARTTLS, `smtps://` is encrypted from the first byte."""

    scheme: str
    host: str
    port: int
    user: str
    password: str

    @classmethod
    def parse(cls, url: str) -> "Destination":
        parts = urlsplit(url)
        return cls(
            scheme=parts.scheme,
            host=parts.hostname or "",
            port=parts.port or PORTS[parts.scheme],
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
        )

    def connect(self, own_name: str, reply_seconds: float) -> smtplib.SMTP:
        """Greeted, encrypted and signed in; raises SMTPException, OSError or UnicodeError when not."""
        if self.scheme == "smtps":
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                *(self.host, self.port, own_name),
                timeout=CONNECT_SECONDS,
                context=ssl.create_default_context(),
            )
        else:
            smtp = smtplib.SMTP(self.host, self.port, own_name, timeout=CONNECT_SECONDS)
        try:
            self._greet(smtp, reply_seconds)
        except BaseException:
            smtp.close()
            raise
        return smtp

    def _greet(self, smtp: smtplib.SMTP, reply_seconds: float) -> None:
        # Addresses may hold letters beyond ASCII where the relay offers SMTPUTF8.
        smtp.command_encoding = "utf-8"
        if smtp.sock is not None:
            smtp.sock.settimeout(reply_seconds)
            # The final dot travels alone; without this it waits 40 ms for the content's acknowledgement.
            smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        smtp.ehlo_or_helo_if_needed()
        if self.scheme == "smtp+tls":
            smtp.starttls(context=ssl.create_default_context())
            smtp.ehlo_or_helo_if_needed()
        if self.user:
            self._sign_in(smtp)

    def _sign_in(self, smtp: smtplib.SMTP) -> None:
        if "PLAIN" not in smtp.esmtp_features.get("auth", "").upper().split():
            smtp.login(self.user, self.password)
            return
        # smtplib's own PLAIN takes ASCII passwords only.
        secret = b64encode(f"\0{self.user}\0{self.password}".encode()).decode()
        code, _ = smtp.docmd("AUTH", f"PLAIN {secret}")
        if code != SIGNED_IN:
            raise smtplib.SMTPAuthenticationError(code, b"")


def why(refused: Exception) -> str:
    """What went wrong, without what a server may have repeated to us."""
    match refused:
        case smtplib.SMTPAuthenticationError():
            return f"signing in was refused: {refused.smtp_code}"
        case smtplib.SMTPResponseException():
            return f"the relay said {refused.smtp_code}"
        case _:
            return f"{type(refused).__name__}: {refused}"


def own_name(public_url: str) -> str:
    """How we greet: by the name of the service, or by an address in brackets (RFC 5321 4.1.3)."""
    host = urlsplit(public_url).hostname or "localhost"
    try:
        address = ip_address(host)
    except ValueError:
        return host
    return f"[{'IPv6:' if address.version == 6 else ''}{address}]"
