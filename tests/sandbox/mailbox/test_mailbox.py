"""What is mailed can be read: on the page, by programs, after a restart; and the faults happen."""

import smtplib
import time
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any

import pytest
import requests

HTML = "<html><head><title>T</title></head><body><p>Спасибо за €25</p></body></html>"


def letter(subject: str = "Спасибо", *, html: str | None = HTML) -> EmailMessage:
    message = EmailMessage()
    message["From"] = "The Lantern <support@lantern.example>"
    message["To"] = "Ada <ada@example.org>"
    message["Subject"] = subject
    message["List-Unsubscribe"] = "<https://lantern.example/mail/token/unsubscribe>"
    message.set_content("Спасибо за €25.\n.\nSee http://127.0.0.1:8000/manage?a=1&b=2.\n")
    if html:
        message.add_alternative(html, subtype="html")
    return message


@pytest.fixture
def smtp(mailbox: Any) -> Iterator[smtplib.SMTP]:
    client = smtplib.SMTP("127.0.0.1", mailbox.smtp, timeout=10)
    yield client
    client.close()


def get(mailbox: Any, path: str) -> requests.Response:
    return requests.get(mailbox.pages + path, timeout=5)


def test_a_message_is_listed_and_read_by_programs(mailbox: Any, smtp: smtplib.SMTP) -> None:
    smtp.send_message(letter(), "bounces@lantern.example", ["ada@example.org"])
    (listed,) = mailbox.messages()
    assert listed["to"] == "ada@example.org"
    assert listed["from"] == "The Lantern <support@lantern.example>"
    assert listed["subject"] == "Спасибо"
    assert listed["received_at"].endswith("+00:00")
    message = get(mailbox, f"/api/messages/{listed['id']}").json()
    assert message["envelope_from"] == "bounces@lantern.example"
    assert "€25.\n.\nSee" in message["text"]
    assert message["html"].strip() == HTML
    unsubscribe = ["List-Unsubscribe", "<https://lantern.example/mail/token/unsubscribe>"]
    assert unsubscribe in message["headers"]
    assert message["raw"].startswith("From: The Lantern")


def test_every_recipient_has_a_copy_found_by_address(mailbox: Any, smtp: smtplib.SMTP) -> None:
    smtp.send_message(letter("first"), to_addrs=["ada@example.org", "bob@example.org"])
    smtp.send_message(letter("second"), to_addrs=["bob@example.org"])
    assert [message["subject"] for message in mailbox.messages()] == ["second", "first", "first"]
    found = mailbox.messages(to="Bob@Example.org")
    assert [message["subject"] for message in found] == ["second", "first"]
    assert mailbox.messages(to="nobody@example.org") == []


def test_eight_bit_bytes_come_through_unchanged(mailbox: Any, smtp: smtplib.SMTP) -> None:
    body = "Subject: Привет\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n".encode()
    smtp.ehlo()
    smtp.sendmail("a@x.example", ["ada@example.org"], body + b"latin \xe9\r\n", ["BODY=8BITMIME"])
    (listed,) = mailbox.messages()
    message = get(mailbox, f"/api/messages/{listed['id']}").json()
    assert message["raw"].encode(errors="surrogateescape") == body + b"latin \xe9\r\n"
    assert get(mailbox, f"/messages/{listed['id']}/raw").content == body + b"latin \xe9\r\n"
    assert get(mailbox, f"/messages/{listed['id']}?view=raw").status_code == 200


def test_commands_may_come_all_at_once(mailbox: Any, smtp: smtplib.SMTP) -> None:
    smtp.ehlo()
    assert smtp.has_extn("pipelining")
    smtp.send("MAIL FROM:<a@x.example>\r\nRCPT TO:<ada@example.org>\r\nDATA\r\n")
    assert [smtp.getreply()[0] for _ in range(3)] == [250, 250, 354]
    smtp.send("Subject: one\r\n\r\n.\r\nMAIL FROM:<a@x.example>\r\n")
    assert [smtp.getreply()[0] for _ in range(2)] == [250, 250]
    assert len(mailbox.messages()) == 1


def test_mail_outlives_the_mailbox(mailbox: Any, smtp: smtplib.SMTP) -> None:
    smtp.send_message(letter())
    before = mailbox.messages()
    assert mailbox.stop() == 0
    mailbox.start()
    assert mailbox.messages() == before


class TestPages:
    def test_the_list_shows_the_newest_first(self, mailbox: Any, smtp: smtplib.SMTP) -> None:
        assert "No mail yet" in get(mailbox, "/").text
        smtp.send_message(letter("first & <foremost>"))
        smtp.send_message(letter("second"))
        page = get(mailbox, "/").text
        assert page.index("second") < page.index("first &amp; &lt;foremost&gt;")
        assert "http-equiv" not in page
        assert 'http-equiv="refresh"' in get(mailbox, "/?follow=1").text
        assert "Nothing for this address" in get(mailbox, "/?to=nobody@example.org").text

    def test_a_long_list_goes_on(self, mailbox: Any, smtp: smtplib.SMTP) -> None:
        for number in range(60):
            smtp.send_message(letter(f"letter {number} ends", html=None))
        first = get(mailbox, "/").text
        assert "letter 10 ends" in first
        assert "letter 9 ends" not in first
        older = first.partition("before=")[2].partition('"')[0]
        assert "letter 9 ends" in get(mailbox, f"/?before={older}").text

    def test_a_letter_is_shown_but_runs_nothing(self, mailbox: Any, smtp: smtplib.SMTP) -> None:
        smtp.send_message(letter())
        (listed,) = mailbox.messages()
        page = get(mailbox, f"/messages/{listed['id']}")
        assert "allow-scripts" not in page.text
        assert "allow-same-origin" not in page.text
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]
        html = get(mailbox, f"/messages/{listed['id']}/html")
        assert "Спасибо за €25" in html.text
        assert '<head><base target="_blank">' in html.text
        policy = html.headers["Content-Security-Policy"]
        assert policy.startswith(
            "default-src 'none'; img-src data:; style-src 'unsafe-inline'; form-action 'none'"
        )
        assert "sandbox allow-popups" in policy

    def test_text_headers_and_raw_are_views(self, mailbox: Any, smtp: smtplib.SMTP) -> None:
        smtp.send_message(letter())
        (listed,) = mailbox.messages()
        address = f"/messages/{listed['id']}?view="
        assert '"http://127.0.0.1:8000/manage?a=1&amp;b=2"' in get(mailbox, address + "text").text
        assert "List-Unsubscribe" in get(mailbox, address + "headers").text
        assert "Content-Transfer-Encoding" in get(mailbox, address + "raw").text
        assert get(mailbox, address + "other").status_code == 404
        assert get(mailbox, "/messages/123456").status_code == 404

    def test_text_alone_is_shown_as_text(self, mailbox: Any, smtp: smtplib.SMTP) -> None:
        smtp.send_message(letter(html=None))
        (listed,) = mailbox.messages()
        page = get(mailbox, f"/messages/{listed['id']}").text
        assert "<iframe" not in page
        assert "Спасибо за €25" in page

    def test_other_sites_neither_read_nor_change(self, mailbox: Any, smtp: smtplib.SMTP) -> None:
        smtp.send_message(letter())
        evil = {"Host": "evil.example"}
        assert requests.get(mailbox.pages, headers=evil, timeout=5).status_code == 400
        cross = {"Sec-Fetch-Site": "cross-site"}
        answer = requests.post(f"{mailbox.pages}/clear", headers=cross, timeout=5)
        assert answer.status_code == 403
        assert len(mailbox.messages()) == 1
        requests.post(f"{mailbox.pages}/clear", timeout=5).raise_for_status()
        assert mailbox.messages() == []


class TestFaults:
    def test_a_recipient_is_refused(self, mailbox: Any, smtp: smtplib.SMTP) -> None:
        mailbox.faults("refuse_rcpt", 1)
        with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
            smtp.send_message(letter())
        assert refused.value.recipients["ada@example.org"][0] == 550
        smtp.send_message(letter())
        assert len(mailbox.messages()) == 1

    def test_a_recipient_is_put_off(self, mailbox: Any, smtp: smtplib.SMTP) -> None:
        mailbox.faults("tempfail_rcpt", 1)
        with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
            smtp.send_message(letter())
        assert refused.value.recipients["ada@example.org"][0] == 450

    def test_a_message_is_put_off(self, mailbox: Any, smtp: smtplib.SMTP) -> None:
        mailbox.faults("tempfail_data", 2)
        for _ in range(2):
            with pytest.raises(smtplib.SMTPDataError) as refused:
                smtp.send_message(letter())
            assert refused.value.smtp_code == 451
        smtp.send_message(letter())
        assert len(mailbox.messages()) == 1

    def test_the_answer_is_lost_and_the_message_kept(self, mailbox: Any, smtp: smtplib.SMTP) -> None:
        mailbox.faults("drop_after_dot", 1)
        with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionResetError)):
            smtp.send_message(letter())
        assert len(mailbox.messages()) == 1
        with smtplib.SMTP("127.0.0.1", mailbox.smtp, timeout=10) as again:
            again.send_message(letter())
        assert len(mailbox.messages()) == 2

    def test_the_answer_is_slow(self, mailbox: Any, smtp: smtplib.SMTP) -> None:
        mailbox.faults("slow", 1, seconds=0.4)
        began = time.monotonic()
        smtp.send_message(letter())
        assert time.monotonic() - began >= 0.4

    def test_an_unknown_fault_is_refused(self, mailbox: Any) -> None:
        for order in ({"kind": "fire", "count": 1}, {"kind": "slow"}, [1]):
            answer = requests.post(f"{mailbox.pages}/_sandbox/faults", json=order, timeout=5)
            assert answer.status_code == 400
