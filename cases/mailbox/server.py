"""The mailbox on its server (IMAP). Mails are looked at and filed; none is ever deleted."""

import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPMessage
from typing import IO, Any
from urllib.parse import unquote, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from django.conf import settings
from imap_tools import BaseMailBox, ImapToolsError, MailBox, MailboxFolderCreateError, MailBoxUnencrypted

from cases.mailbox.parsing import BEGINNING, READ_WHOLE

TIMEOUT = 30  # seconds for each answer of a server


class Folder:
    """Where mails go once they are safely stored."""

    DONE = "Verarbeitet"
    AUTOMATIC = "Automatisch"
    SURPLUS = "Zu viele"


class Server:
    """One open folder of a mailbox."""

    def __init__(self, box: BaseMailBox, place: str) -> None:
        self._box = box
        self._place = place
        self._prefix = _prefix_of(box)
        self._folders: set[str] = set()  # known to be there

    def waiting(self) -> list[str]:
        """UIDs of what lies there, the oldest first. What somebody has marked as deleted by hand is none of ours."""
        return self._box.uids("UNDELETED", charset=None)

    def place_of(self, uid: str) -> str:
        """The same for the same mail in the same place, whichever run looks at it; says nothing about the mailbox."""
        return hashlib.sha256(f"{self._place} {uid}".encode()).hexdigest()

    def fetch(self, uid: str) -> tuple[bytes, bool] | None:
        """The bytes of a mail, and whether they are only its beginning. None if another run has filed it."""
        found = self._ask(uid, "(RFC822.SIZE)")
        size = re.search(rb"RFC822\.SIZE (\d+)", b" ".join(each for each in found if isinstance(each, bytes)))
        if size is None:
            return None
        is_cut = int(size[1]) > READ_WHOLE
        part = f"<0.{BEGINNING}>" if is_cut else ""
        for answer in self._ask(uid, f"(BODY.PEEK[]{part})"):
            if isinstance(answer, tuple):
                return answer[1], is_cut
        return None

    def _ask(self, uid: str, what: str) -> list[Any]:
        status, found = self._box.client.uid("FETCH", uid, what)
        if status != "OK":
            raise OSError(f"The mailbox does not hand out mail {uid}.")
        return found

    def file(self, uid: str, folder: str) -> None:
        """Move a mail; one that another run has just moved is no error."""
        name = self._prefix + folder
        self._have(name)
        try:
            self._box.move(uid, name)
        except ImapToolsError:
            self._box.client.noop()  # hear what others have done meanwhile
            if self._box.uids(f"UID {uid}", charset=None):
                raise

    def _have(self, name: str) -> None:
        """Make a folder, unless it is there; one that another run has just made is no error."""
        if name in self._folders:
            return
        if not self._box.folder.exists(name):
            try:
                self._box.folder.create(name)
            except MailboxFolderCreateError:
                if not self._box.folder.exists(name):
                    raise
        self._folders.add(name)


@contextmanager
def opened() -> Iterator[Server]:
    """The mailbox of settings.IMAP_URL: imaps://user:password@host:993/folder, without a password by OAuth 2."""
    url = urlsplit(settings.IMAP_URL)
    user, folder = unquote(url.username or ""), unquote(url.path.strip("/")) or "INBOX"
    box = _connected(url.scheme, url.hostname or "", url.port)
    try:
        if url.password:
            box.login(user, unquote(url.password), None)
        else:
            box.xoauth2(user, access_token(), None)
        box.client.capabilities = tuple(box.client.capability()[1][-1].decode().upper().split())  # more after the login
        box.folder.set(folder)
        validity = box.folder.status(folder, ["UIDVALIDITY"])["UIDVALIDITY"]
        yield Server(box, f"{url.hostname} {user} {folder} {validity}")
    finally:
        box.client.shutdown()  # a polite goodbye would wait for a server that hangs


def _connected(scheme: str, host: str, port: int | None) -> BaseMailBox:
    if scheme == "imaps":
        return MailBox(host, port or 993, timeout=TIMEOUT)
    return MailBoxUnencrypted(host, port or 143, timeout=TIMEOUT)


def _prefix_of(box: BaseMailBox) -> str:
    """Some servers keep all folders below INBOX (RFC 2342)."""
    status, answer = box.client.namespace()
    found = re.match(rb'\(\("([^"]*)"', answer[0] or b"") if status == "OK" else None
    return found[1].decode("ascii", "replace") if found else ""


class _NoRedirects(HTTPRedirectHandler):
    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        return None


def access_token() -> str:
    """A fresh token from settings.IMAP_TOKEN_URL (RFC 6749): a refresh token or the credentials of an application."""
    request = Request(settings.IMAP_TOKEN_URL, data=settings.IMAP_TOKEN_REQUEST.encode())
    with build_opener(_NoRedirects).open(request, timeout=TIMEOUT) as answer:
        return str(json.load(answer)["access_token"])
