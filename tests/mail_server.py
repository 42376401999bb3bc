"""Real mail servers for the tests: Dovecot on a free port, with a mailbox in a folder of its own, and one for SMTP."""

import grp
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from django.core.management import call_command

DOVECOT = shutil.which("dovecot") or shutil.which("dovecot", path="/usr/sbin:/usr/local/sbin")
HAS_IMAP = DOVECOT is not None and Path("/usr/lib/dovecot/imap").exists()
USER, PASSWORD = "anfragen@kim-koeln.example", "Streng!geheim?"
CONFIG = """
protocols = imap
listen = 127.0.0.1
base_dir = {base}/run
state_dir = {base}/state
log_path = {base}/log
ssl = no
disable_plaintext_auth = no
default_login_user = {account}
default_internal_user = {account}
default_internal_group = {group}
first_valid_uid = 1
mail_max_userip_connections = 0
mail_location = maildir:{base}/mail
mail_fsync = never
auth_mechanisms = plain login
auth_failure_delay = 0
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={base}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
{more}
"""


@dataclass(frozen=True)
class MailServer:
    base: Path
    port: int

    @property
    def url(self) -> str:
        return f"imap://{USER.replace('@', '%40')}:{PASSWORD.replace('?', '%3F')}@127.0.0.1:{self.port}"

    def put(self, *mails: bytes) -> None:
        """Delivers mails as a mail server would."""
        for mail in mails:
            name = f"{time.time_ns()}.{os.urandom(4).hex()}"
            path = self.base / "mail" / "new" / name
            path.write_bytes(mail)
            shutil.chown(path, *_account())

    def mails(self, folder: str = "") -> list[bytes]:
        """What lies in a folder, "" is the inbox."""
        place = self.base / "mail" / (f".{folder}" if folder else "")
        return [path.read_bytes() for part in ("new", "cur") for path in sorted((place / part).glob("*"))]

    def clear(self) -> None:
        for path in (self.base / "mail").rglob("*"):
            if path.is_file() and path.parent.name in ("new", "cur"):
                path.unlink()


def _account() -> tuple[int, int]:
    """Dovecot gives no mail to root."""
    if os.getuid():
        return os.getuid(), os.getgid()
    account = pwd.getpwnam("mail")
    return account.pw_uid, account.pw_gid


@contextmanager
def mail_server(more: str = "") -> Iterator[MailServer]:
    """`more` is added to the configuration."""
    with tempfile.TemporaryDirectory(prefix="kim-imap-") as folder:
        base = Path(folder)
        base.chmod(0o755)
        uid, gid = _account()
        for name in ("mail", "mail/new", "mail/cur", "mail/tmp", "run", "state"):
            (base / name).mkdir()
            shutil.chown(base / name, uid, gid)
        for _start in range(3):  # somebody else may take the port before Dovecot does
            server = MailServer(base, free_port())
            (base / "dovecot.conf").write_text(_config(base, server.port, uid, gid, more))
            process = subprocess.Popen([DOVECOT, "-F", "-c", str(base / "dovecot.conf")], stderr=subprocess.DEVNULL)
            try:
                if _answers(server, process):
                    yield server
                    return
            finally:
                process.terminate()
                process.wait()
        log = base / "log"
        raise RuntimeError(f"Dovecot does not start: {log.read_text() if log.exists() else ''}")


def _config(base: Path, port: int, uid: int, gid: int, more: str) -> str:
    account, group = pwd.getpwuid(uid).pw_name, grp.getgrgid(gid).gr_name
    values = {"base": base, "port": port, "uid": uid, "gid": gid, "account": account, "group": group}
    return CONFIG.format(password=PASSWORD, more=more, **values)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _answers(server: MailServer, process: subprocess.Popen) -> bool:
    """Whether it has come up; it may take its time, and hang up on the first who call."""
    for _attempt in range(600):
        if process.poll() is not None:
            return False
        with suppress(OSError), socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
            if connection.recv(4) == b"* OK":
                return True
        time.sleep(0.1)
    return False


needs_imap = pytest.mark.skipif(
    not HAS_IMAP and os.environ.get("MAIL_TESTS") != "required",
    reason="needs the Debian package dovecot-imapd; MAIL_TESTS=required makes it a must",
)


def fetch() -> str:
    """One run of the job; what it says."""
    out = StringIO()
    call_command("fetch_mail", stdout=out)
    return out.getvalue()


# --- Mail that goes out


class OnAnyPort(Controller):
    """The port is chosen by the kernel: one that was looked for before may be taken meanwhile."""

    def _trigger_server(self):
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def smtp_server(settings, *, answer="250 OK"):
    """A real SMTP server; `answer` is what it says to a mail."""

    class Handler:
        mails = []

        async def handle_DATA(self, server, session, envelope):
            self.mails.append(envelope)
            return answer

    handler = Handler()
    handler.mails = []
    controller = OnAnyPort(handler, hostname="127.0.0.1", port=0, ready_timeout=60)
    controller.start()
    try:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = controller.hostname, controller.port
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        yield handler.mails
    finally:
        controller.stop()
