"""A mail as somebody reads it: every kind of bad mail is read as far as it goes, and machines are told from people."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cases.mailbox.cleaning import own_and_quoted, text_of_html, tidy
from cases.mailbox.kinds import Kind
from cases.mailbox.parsing import BEGINNING, read
from cases.mailbox.writing import filled
from kim.text import clean, mended
from tests.mails import AMIRA, bounce, mail, raw

OWN = frozenset({"anfragen@kim-koeln.example"})
FROM = f"From: {AMIRA}"


def opened(data, **options):
    return read(data, own_addresses=OWN, **options)


# --- People


def test_an_ordinary_mail():
    found = opened(
        mail("Guten Tag,\n\nich suche einen Kurs.\n", Subject="Frage zum Kurs", Message_ID="<a1@jung.example>")
    )
    assert (found.kind, found.name, found.sender) == (Kind.PERSON, "Amira Suchend", "amira@jung.example")
    assert (found.subject, found.text, found.quoted) == ("Frage zum Kurs", "Guten Tag,\n\nich suche einen Kurs.", "")
    assert (found.message_id, found.references, found.attachments) == ("<a1@jung.example>", (), ())
    assert not found.is_shortened
    assert not found.is_forged


def test_html_only_becomes_text():
    page = (
        "<html><head><title>x</title><style>p { color: red }</style></head><body><script>alert(1)</script>"
        "<p>Hallo&nbsp;&amp; guten <b>Tag</b>,</p><ul><li>Wohnung<li>Kurs</ul>"
        '<img src="https://spion.example/1.png"><a href="https://amt.example/x">hier</a> &lt;b&gt; 3 < 4'
        "<!-- geheim --><blockquote>alt</blockquote></body></html>"
    )
    found = opened(mail(None, html=page))
    assert found.text == "Hallo & guten Tag,\n\n- Wohnung\n- Kurs\nhier (https://amt.example/x) <b> 3 < 4"
    assert found.quoted.strip("> \n") == "alt"


def test_plain_text_goes_before_html():
    assert opened(mail("Klartext", html="<p>Bunt</p>")).text == "Klartext"


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (raw(FROM, "Content-Type: text/plain; charset=iso-8859-1", body="Größe".encode("latin-1")), "Größe"),
        (raw(FROM, "Content-Type: text/plain; charset=us-ascii", body="Größe".encode()), "Größe"),  # says the wrong one
        (raw(FROM, "Content-Type: text/plain; charset=utf-8", body="Größe".encode("cp1252")), "Größe"),
        (raw(FROM, "Content-Type: text/plain; charset=klingonisch", body="Größe".encode()), "Größe"),
        (raw(FROM, "Content-Type: text/plain; charset=windows-1256", body="سلام".encode("cp1256")), "سلام"),
        (raw(FROM, "Content-Transfer-Encoding: base64", body=b"SGFsbG8="), "Hallo"),
        (raw(FROM, "Content-Transfer-Encoding: base64", body=b"SGFsbG8$$$"), "Hallo"),  # broken
        (raw(FROM, "Content-Transfer-Encoding: quoted-printable", body=b"Gr=C3=B6=\r\n=C3=9Fe =ZZ"), "Größe =ZZ"),
        (raw(FROM, 'Content-Type: multipart/mixed; boundary="b"', body=b"--b\r\n\r\nHallo"), "Hallo"),  # never closed
        (raw(FROM, "Content-Type: multipart/mixed", body=b"Hallo"), ""),  # no boundary
        (raw(FROM, "Content-Type: ;;;", body=b"Hallo"), "Hallo"),
        (raw(FROM, body="a\x00b\x07c\u202ed\u200b".encode()), "abcd"),
        (raw(FROM, body=b""), ""),
        (b"", ""),
    ],
)
def test_broken_mails_are_read_as_far_as_they_go(data, text):
    found = opened(data)
    assert found.text == text
    assert found.kind is Kind.PERSON


@pytest.mark.parametrize(
    ("header", "name", "address"),
    [
        ("From: amira@jung.example", "amira", "amira@jung.example"),
        ('From: "Amira, S." <A.S@Jung.Example>', "Amira, S.", "a.s@jung.example"),
        ("From: =?utf-8?B?2KPZhdmK2LHYqQ==?= <a@jung.example>", "أميرة", "a@jung.example"),
        ("From: =?utf-8?B?%%%?= <a@jung.example>", "a", "a@jung.example"),
        ("From: Öz <a@jung.example>", "Öz", "a@jung.example"),  # bytes where only ASCII may be
        ("From: <script>alert(1)</script> <a@jung.example>", "<script>alert(1)</script>", "a@jung.example"),
        ("From: a@localhost", "a", ""),
        ("From: Amira <a@[10.0.0.1]>", "Amira", ""),
        ("From: amt@koeln.example <echt@fremd.example>", "echt", "echt@fremd.example"),  # an address as a name
        ("From:", "", ""),
        ("X-Nothing: at all", "", ""),
        (f"From: {'x' * 5000} <a@jung.example>", "x" * 200, ""),
    ],
)
def test_who_wrote_it(header, name, address):
    found = opened(raw(header, body=b"Hallo"))
    assert (found.name, found.sender) == (name, address)


def test_a_header_cannot_be_smuggled_in():
    """What is read back into a header of ours is one line and looks like a Message-ID, or it is nothing."""
    found = opened(
        raw(
            FROM,
            "Subject: =?utf-8?Q?Hallo=0D=0ABcc:_alle@jung.example?=",
            "Message-ID: <a b@jung.example>\r\n <good@jung.example>",
            "In-Reply-To: <x\x01y@z> <fine@z>",
            body=b"Hallo",
        )
    )
    assert found.subject == "Hallo Bcc: alle@jung.example"
    assert (found.message_id, found.references) == ("<good@jung.example>", ("<fine@z>",))


def test_attachments_are_named_and_not_kept():
    files = [("../../etc/passwd", b"x" * 10), ("Bescheid\x00\u202e.pdf", b"x" * 2000), ("winmail.dat", b"x")]
    found = opened(mail("Siehe Anhang.", files=files))
    assert [(each.name, each.size) for each in found.attachments] == [
        ("passwd", 10), ("Bescheid.pdf", 2000), ("winmail.dat", 1),
    ]  # fmt: skip
    assert found.text == "Siehe Anhang."
    inner = raw(FROM, "Content-Type: message/rfc822", body=mail("innen"))
    assert [each.name for each in opened(inner).attachments] == ["E-Mail"]
    assert len(opened(mail("viele", files=[(f"{n}.txt", b"") for n in range(150)])).attachments) == 50


def test_only_the_beginning_of_a_huge_mail_is_read():
    whole = mail("Vorne steht, worum es geht.", files=[("Film.mp4", b"0" * 3 * BEGINNING)])
    found = opened(whole[:BEGINNING], is_cut=True)
    assert found.text == "Vorne steht, worum es geht."
    assert [each.name for each in found.attachments] == ["Film.mp4"]
    assert found.is_shortened
    assert found.key == opened(whole[:BEGINNING], is_cut=True).key


def test_long_text_is_shortened_and_says_so():
    found = opened(mail("Satz. " * 2000))
    assert len(found.text) <= 5000
    assert found.is_shortened


@pytest.mark.parametrize(
    "body",
    [
        b"--b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" * 3000,  # nested beyond all sense
        b"--b\r\n\r\n" * 100_000,
        b"\r\n" * 100_000,
        b"> " * 100_000,
        b"A" * 300_000,
        b"Am x schrieb:\r\n" * 20_000,
    ],
    ids=["nested", "parts", "empty lines", "quotes", "one word", "introductions"],
)
def test_a_mail_made_to_cost_time_costs_little(body):
    """A second or two; a parser without limits takes minutes or all memory."""
    opened(raw(FROM, "Content-Type: multipart/mixed; boundary=b", body=body))
    opened(raw(FROM, body=body))


@pytest.mark.parametrize(
    "piece", ["<", "<a ", "<!--", "<![", "<?", "</a", "<style>", "<a href=http://x>y", "&#", "<td>"]
)
def test_broken_markup_is_read_once(piece):
    assert isinstance(text_of_html(piece * 60_000), str)


HTML = "Content-Type: text/html\n\n"
POISON = {  # each once stopped the reading, or kept it busy for minutes
    "a charset that is none": "Content-Type: text/plain; charset=punycode\n\nabc-" + "ab" * 200_000,
    "a charset in a parameter": "Content-Type: text/plain; name*=punycode''abc-" + "ab" * 200_000 + "\n\nabc-",
    "a header of semicolons": "Content-Type: text/plain" + ";" * 1_000_000 + "\n\nabc-",
    "brackets in brackets": "From: " + "(" * 2000 + "\n\nabc-",
    "mails within mails": "Content-Type: message/rfc822\n\n" * 800 + "abc-",
    "broken base64": "Subject: =?utf-8?b?(?=\n\nabc-",
    "a number of thousands of digits": HTML + "abc-&#" + "1" * 5000 + ";",
    "lines within parts": "".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(90))
    + "\nabc-\n" + "\n" * 1_000_000,
    "quotes above an answer": "\nabc-\n" + "> \n" * 12_000 + "x",
}  # fmt: skip


@pytest.mark.parametrize("poison", POISON)
def test_no_mail_keeps_the_others_waiting(poison):
    found = opened(POISON[poison].encode())
    assert found.kind is Kind.PERSON
    assert found.text.startswith("abc-") or found.attachments  # a mail within is not read, only listed


@settings(max_examples=60)
@given(
    st.binary(max_size=400), st.sampled_from([b"", b"Content-Type: multipart/mixed; boundary=a\n\n--a\n", b"From: "])
)
def test_no_bytes_stop_the_reading(data, start):
    found = opened(start + data)
    for text in (found.text, found.quoted):
        assert clean(text, multiline=True) == text.strip("\n") or not text.strip()
    assert clean(found.name) == found.name
    assert clean(found.subject) == found.subject


# --- Quotes


NEW = "Danke, das passt."
QUOTES = {
    "Am 3. Mai schrieb KIM <a@b.example>:\n\n> Guten Tag\n>\n> Montag?": True,
    "On Mon, 3 May 2026, somebody with a very long name\n<a@b.example> wrote:\n> Hi": True,
    "5 Mayıs 2026 tarihinde KIM şunu yazdı:\n> Merhaba": True,
    "-----Ursprüngliche Nachricht-----\nVon: KIM\nGesendet: Montag\nAn: Amira\n\nGuten Tag": True,
    "Von: KIM <a@b.example>\nGesendet: Montag, 3. Mai 2026\nAn: Amira\nBetreff: x\n\nGuten Tag": True,
    "От: KIM\nДата: 3 мая\nКому: Amira\n\nЗдравствуйте": True,
    "________________________________\nFrom: KIM\nSent: Monday\n\nHello": True,
    "> Guten Tag": True,
    "> Montag?\nJa, Montag.\n> Oder Dienstag?\nNein.": False,  # answered between the lines
    "Von: mir aus gern.\nBis bald": False,
    "Meine Fragen:\n- Kurs\n- Wohnung": False,
}


@pytest.mark.parametrize("below", QUOTES)
def test_what_is_quoted_stands_apart(below):
    own, quoted = own_and_quoted(f"{NEW}\n\n{below}")
    assert (own, quoted) == ((NEW, below) if QUOTES[below] else (f"{NEW}\n\n{below}", ""))


def test_a_chain_with_thirty_quotes():
    text = NEW
    for number in range(30, 0, -1):
        text += (
            "\n\n" + "> " * (30 - number) + f"Am {number}. Mai schrieb KIM:\n" + "> " * (31 - number) + "Satz. " * 50
        )
    found = opened(mail(text))
    assert found.text == NEW
    assert len(found.quoted) <= 5000
    assert found.is_shortened


def test_a_forwarded_mail_is_somebodys_own():
    text = "Von: Amt\nGesendet: heute\n\nBitte melden."
    assert own_and_quoted(text) == (text, "")


def test_what_nobody_can_be_asked_to_correct_is_mended():
    assert mended("a\x00b\u202e\ufffe\n c") == "ab c"
    assert mended("e" + "\u0301" * 400).startswith("é")
    assert tidy("a  \n\n\n\n\nb\r\nc") == "a\n\nb\nc"


# --- Machines


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto-Submitted": "auto-replied"},
        {"Auto-Submitted": "auto-generated (vacation)"},
        {"Precedence": "bulk"},
        {"X-Autoreply": "yes"},
        {"List-Id": "<neues.verein.example>"},
        {"List-Unsubscribe": "<mailto:x@verein.example>"},
        {"Subject": "Abwesenheitsnotiz: Hilfe"},
        {"Subject": "=?utf-8?Q?R=C3=A9ponse_automatique_:_x?="},
        {"From": "Anfragen <Anfragen@KIM-Koeln.example>"},
        {"From": "postmaster@mail.example"},
    ],
)
def test_what_a_machine_wrote_is_no_request(headers):
    assert opened(mail(**headers)).kind is Kind.AUTOMATIC


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto-Submitted": "no"}, {"Subject": "Automatik kaputt"}, {"X-Auto-Response-Suppress": "All"},
        {"From": "Bounces Müller <mueller@jung.example>"}, {"Precedence": "first-class"},
    ],
)  # fmt: skip
def test_what_only_looks_like_one_is(headers):
    assert opened(mail(**headers)).kind is Kind.PERSON


def test_an_invitation_alone_is_no_request_but_words_are():
    calendar = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR"
    alone = raw(FROM, "Content-Type: text/calendar; method=REQUEST", body=calendar.encode())
    assert opened(alone).kind is Kind.AUTOMATIC
    boundary = "Content-Type: multipart/mixed; boundary=b"
    part = f"--b\r\nContent-Type: text/calendar\r\n\r\n{calendar}\r\n--b--"
    assert opened(raw(FROM, boundary, body=part.encode())).kind is Kind.AUTOMATIC
    words = "--b\r\n\r\nKönnen wir uns treffen?\r\n" + part
    assert opened(raw(FROM, boundary, body=words.encode())).kind is Kind.PERSON


def test_a_bounce_names_the_mail_that_came_back():
    found = opened(bounce("<unsere@kim-koeln.example>"))
    assert found.kind is Kind.BOUNCE
    assert "<unsere@kim-koeln.example>" in found.references
    assert opened(bounce("<unsere@kim-koeln.example>", action="delayed")).kind is Kind.AUTOMATIC
    read_receipt = mail("Gelesen.", Content_Type=None)
    assert opened(read_receipt).kind is Kind.PERSON


def test_who_the_server_calls_forged_is_suspected():
    assert opened(mail(Authentication_Results="mx.koeln.example; spf=fail; dmarc=fail (p=reject)")).is_forged
    assert not opened(mail(Authentication_Results="mx.koeln.example; spf=fail; dmarc=pass")).is_forged


@pytest.mark.parametrize(
    ("results", "is_forged"),
    [
        (["mx; spf=fail smtp.mailfrom=jung.example; dkim=none"], True),
        (["mx; spf=fail", "mx; dkim=pass"], False),  # forwarded on the way
        (["mx; spf=fail", "fremd; dkim=pass"], True),
        (["mx; spf=softfail"], False),
        (["mx; spf=pass", "fremd; spf=fail"], False),
        (["mx; dkim=fail"], False),
        ([], False),
    ],
)
def test_without_dmarc_it_is_the_server_that_may_not_send_for_others(results, is_forged):
    lines = [f"Authentication-Results: {each}" for each in results]
    assert opened(raw(*lines, FROM, body=b"Hallo")).is_forged == is_forged


def test_the_same_mail_has_one_key_and_another_another():
    one = mail("Hallo", Message_ID="<gleich@jung.example>", Date="Mon, 03 Nov 2026 10:00:00 +0100")
    again = b"Received: from elsewhere\r\nDelivered-To: x@kim.example\r\n" + one
    assert opened(one).key == opened(again).key
    other = mail("Etwas anderes", Message_ID="<gleich@jung.example>", Date="Mon, 03 Nov 2026 10:00:00 +0100")
    assert opened(one).key != opened(other).key


# --- What an answer may say


def test_placeholders_are_a_fixed_list():
    values = {"name": "Leyla {nummer}", "nummer": "A-1", "telefon": "", "sprechzeiten": "Mo"}
    text = "{name}, {nummer}\nTelefon {telefon}\n{{ settings.SECRET_KEY }} {% now %} %(name)s {0} {email}"
    assert filled(text, values) == "Leyla {nummer}, A-1\n{{ settings.SECRET_KEY }} {% now %} %(name)s {0} {email}"


@pytest.mark.parametrize("language", ["ar", "fa"])
def test_among_words_from_the_right_numbers_stand_on_their_own_line(language):
    text = "الهاتف: {telefon}\n{telefon}\nأوقات العمل:  {sprechzeiten}\nرقم {nummer}"
    values = {"nummer": "A-1", "telefon": "0221 555", "sprechzeiten": "Mo 9–12"}
    assert filled(text, values, language) == "الهاتف:\n0221 555\n0221 555\nأوقات العمل:\nMo 9–12\nرقم A-1"
    assert filled(text, values | {"telefon": ""}, language) == "أوقات العمل:\nMo 9–12\nرقم A-1"
    assert filled("Tel. {telefon}", values, "tr") == "Tel. 0221 555"
