"""Mails as they come in, good and bad, as bytes."""

import uuid
from email.message import EmailMessage
from email.utils import format_datetime

from django.utils import timezone

AMIRA = "Amira Suchend <amira@jung.example>"


def mail(text="Ich suche einen Sprachkurs.", *, html=None, files=(), **headers):
    """An ordinary mail; headers by name with _ for -, None leaves one out."""
    message = EmailMessage()
    sent = {
        "From": AMIRA,
        "To": "anfragen@kim-koeln.example",
        "Subject": "Hilfe",
        "Date": format_datetime(timezone.now()),
        "Message-ID": f"<{uuid.uuid4()}@jung.example>",
    } | {name.replace("_", "-"): value for name, value in headers.items()}
    for name, value in sent.items():
        if value is not None:
            message[name] = value
    if text is not None:
        message.set_content(text)
    if html is not None:
        (message.add_alternative if text is not None else message.set_content)(html, subtype="html")
    for name, content in files:
        message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


def raw(*lines, body=b""):
    """A mail byte for byte."""
    return b"\r\n".join(each.encode() if isinstance(each, str) else each for each in lines) + b"\r\n\r\n" + body


def bounce(message_id, action="failed"):
    """What a mail server sends back (RFC 3464)."""
    return raw(
        "From: MAILER-DAEMON@mail.example",
        "To: anfragen@kim-koeln.example",
        "Subject: Undelivered Mail Returned to Sender",
        "Return-Path: <>",
        f"Message-ID: <{uuid.uuid4()}@mail.example>",
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
        body=(
            "--b\r\nContent-Type: text/plain\r\n\r\nNo such user.\r\n"
            "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mail.example\r\n\r\n"
            f"Final-Recipient: rfc822; amira@jung.example\r\nAction: {action}\r\nStatus: 5.1.1\r\n\r\n"
            f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {message_id}\r\nSubject: x\r\n\r\n--b--\r\n"
        ).encode(),
    )
