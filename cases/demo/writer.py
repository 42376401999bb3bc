"""Writes the notes: an opening by kind, sentences by topic, sometimes a next step; never the same twice in a row."""

from collections import Counter
from datetime import date, timedelta
from random import Random

from cases.demo import texts
from cases.models import Consultation

Kind = Consultation.Kind
WEEKDAYS = ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag")
LEVELS = ("A1.2", "A2.1", "A2.2", "B1.1", "B1.2", "B2.1")


class Writer:
    """One per case file: remembers which sentence of each kind comes next."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.used: Counter[str] = Counter()
        self.offset = rng.randrange(840)

    def next(self, name: str, pool: tuple[str, ...]) -> str:
        self.used[name] += 1
        return pool[(self.offset + self.used[name]) % len(pool)]

    def note(self, kind: str, topics: list[str], day: date, office: str) -> str:
        if kind == Kind.NO_SHOW:
            return self.fill([self.next(kind, texts.OPENERS[kind])], day, office)
        sentences = [self.next(kind, texts.OPENERS[kind])]
        if kind == Kind.NETWORK:
            return self.fill([*sentences, self.next("network", texts.NETWORK_RESULTS)], day, office)
        for topic in topics:
            sentences.append(self.next(topic, texts.SENTENCES[topic]))
            if self.rng.random() < 0.3:
                sentences.append(self.next(topic, texts.SENTENCES[topic]))
        if len(sentences) < 6 and self.rng.random() < 0.5:
            sentences.append(self.next("next", texts.NEXT_STEPS))
        return self.fill(sentences[:6], day, office)

    def signposting(self, topic: str, day: date) -> str:
        pools = (("signposting", texts.SIGNPOSTING), (topic, texts.SENTENCES[topic]))
        return self.fill([self.next(name, pool) for name, pool in pools], day, "")

    def fill(self, sentences: list[str], day: date, office: str) -> str:
        rng = self.rng
        later = day + timedelta(days=rng.randrange(5, 40))
        text = " ".join(sentences).format(
            weeks=rng.randrange(3, 27),
            number=rng.randrange(3, 10),
            day=rng.choice(WEEKDAYS),
            date=f"{later:%d.%m.}",
            level=rng.choice(LEVELS),
            office=office.removesuffix(" (Demo)") or "einer anderen Stelle",
        )
        return text.replace("..", ".")  # a date at the end of a sentence
