"""A city of invented persons as numbers alone, without a database: what happened to each in the quarters of a year.

Counts the true tables of any of its periods, and what the Lage counts of a quarter, so that the rules of publishing
meet many cities in little time. Who happens to be in it follows from the seed; sizes and shares are like those of the
real service.
"""

from collections import defaultdict
from decimal import Decimal
from random import Random

from reports.catalogue import BY_KEY, TABLES
from reports.periods import Quarter, Year
from reports.queries.common import Contacts, Heads
from reports.queries.situation import TrueQuarter, TrueSituation
from reports.tables import Head, TrueMedian, TrueReport, TrueTable

YEAR = 2026
QUARTERS = [Quarter(YEAR - 1, 4), *Year(YEAR).quarters]

SEXES = {"female": 42, "male": 54, "diverse": 1, "not_stated": 3}
AGES = {"under_18": 3, "18_20": 30, "21_23": 32, "24_27": 28, "over_27": 4, "unknown": 3}
RESIDENCE = {"protected": 24, "permit": 26, "pending": 14, "tolerated": 9, "eu": 12, "german": 8, "unknown": 7}
ENTRY = {"0_1": 20, "2_3": 25, "4_6": 20, "from_7": 25, "unknown": 10}
SPHERES = {"sgb2": 50, "sgb3": 12, "sgb8": 14, "sgb12": 2, "asylblg": 18, "not_stated": 8}
COUNTRIES = {"sy": 20, "af": 14, "tr": 12, "ua": 12, "iq": 8, "ir": 5, "bg": 5, "other": 20, "not_stated": 4}
LANGUAGES = {"ar": 28, "de": 30, "en": 18, "fa": 14, "tr": 14, "uk": 9, "ru": 9, "ku": 10, "fr": 6, "so": 3, "ti": 3,
             "sq": 3, "bg": 4, "ro": 2, "not_stated": 3}  # fmt: skip
KINDS = {"advice": 55, "case_management": 45}
LEVELS = {"signposting": 12, "brief": 43, "case_management": 45}
DISTRICTS = {"1": 12, "2": 7, "3": 8, "4": 10, "5": 9, "6": 14, "7": 13, "8": 18, "9": 9, "0": 2}
PROVIDERS = {f"p{number}": weight for number, weight in enumerate((12, 10, 10, 9, 9, 8, 8, 8, 7, 6, 5))}
TOPICS = {"housing": 24, "residence": 20, "work": 22, "training": 16, "language": 18, "money": 16, "health": 10,
          "family": 9}  # fmt: skip
ROUTES = {"self": 30, "friends": 20, "school": 10, "office": 18, "referral": 14, "outreach": 6, "not_stated": 2}
REASONS = {"reached": 40, "handed_on": 16, "no_contact": 20, "moved": 10, "own_wish": 8, "revoked": 3, "other": 3}
DURATIONS = {"to_3": 40, "to_6": 30, "to_12": 20, "to_24": 8, "over_24": 2}
BARRIERS = {"no_place": 22, "waiting": 20, "language": 14, "papers": 14, "not_entitled": 10, "cost": 8, "distance": 5,
            "other": 7}  # fmt: skip
RESULTS = {"open": 30, "accepted": 40, "rejected": 10, "waiting_list": 12, "not_gone": 8}
NEEDS = {"met": 55, "unmet": 27, "withdrawn": 18}  # once they are settled
GOALS = {"reached": 50, "partly": 25, "not_reached": 15, "given_up": 10}
INTERPRETING = {"professional": 12, "personal": 8, "missing": 5, "none": 75}
TRACKS = {"lsbti": 50, "disability": 50}
ROWS = {
    "flow": KINDS, "contacts": LEVELS, "districts": DISTRICTS, "district_cases": DISTRICTS, "providers": PROVIDERS,
    "specialised": TRACKS, "age": AGES, "sex": SEXES, "residence": RESIDENCE, "entry": ENTRY,
    "legal_spheres": SPHERES, "nationalities": COUNTRIES, "topics_start": [*TOPICS, "not_stated"], "topics": TOPICS,
    "needs": ["open", *NEEDS], "barriers": BARRIERS, "barrier_topics": TOPICS, "referrals": TOPICS,
    "referral_results": RESULTS,
    "languages": LANGUAGES, "interpreting": ["needed", *INTERPRETING], "plans": ["yes"], "goals": GOALS,
    "hurdles": ["yes"], "access_routes": ROUTES, "closing_reasons": REASONS, "durations": DURATIONS,
}  # fmt: skip
HEADS = Heads(
    districts=tuple({"number": int(row), "name": row, "population": None} for row in DISTRICTS),
    topics=tuple({"id": 0, "code": row, "name": row, "name_en": ""} for row in TOPICS),
    providers=tuple({"code": row, "name": row} for row in PROVIDERS),
)
CONTACTS = ("persons", "consultations")


class City:
    def __init__(self, seed, persons):
        self.random, self.calendar = Random(seed), Random(seed)
        self.persons = [self._person() for _ in range(persons)]
        self.protected = [(self._one(TRACKS), self._spread(0.6)) for _ in range(persons // 6)]

    def _one(self, weights):
        return self.random.choices(list(weights), list(weights.values()))[0]

    def _some(self, weights, more=0.4):
        found = {self._one(weights)}
        while self.random.random() < more:
            found.add(self._one(weights))
        return found - {"not_stated"} or found

    def _spread(self, share):
        return {number for number in range(len(QUARTERS)) if self.random.random() < share}

    def _person(self):
        opened = self.random.randint(-2, len(QUARTERS) - 1)
        closed = opened + self.random.choice([0, 1, 1, 2, 2, 3, 4, 6, 9])
        home, open_in = self._one(DISTRICTS), range(max(opened, 0), min(closed, len(QUARTERS) - 1) + 1)
        level = self._one(LEVELS)

        def in_some(share, make):
            return {number: make() for number in open_in if self.random.random() < share}

        return {
            "age": self._one(AGES), "sex": self._one(SEXES), "residence": self._one(RESIDENCE),
            "entry": self._one(ENTRY), "legal_spheres": self._some(SPHERES),
            "nationalities": self._some(COUNTRIES, 0.05),
            "languages": self._some(LANGUAGES), "provider": self._one(PROVIDERS), "district": home, "level": level,
            "kind": level if level in KINDS else "advice",
            "opened": opened, "closed": closed, "route": self._one(ROUTES), "reason": self._one(REASONS),
            "duration": self._one(DURATIONS), "first": self._one(TOPICS),
            "needs_interpreter": self.random.random() < 0.3,
            "talks": in_some(0.8, lambda: [self._talk(home) for _ in range(self.random.choice([1, 1, 2, 3, 5]))]),
            "needs": [
                (start, start + self.random.choice([0, 1, 1, 2, 4]), self._one(NEEDS)) for start in in_some(0.5, int)
            ],
            "barriers": in_some(0.15, lambda: {(self._one(BARRIERS), self._one(TOPICS)) for _ in range(2)}),
            "referrals": in_some(0.35, lambda: {(self._one(TOPICS), self._one(RESULTS))}),
            "goals": in_some(0.3 if level == "case_management" else 0, lambda: self._some(GOALS)),
            "hurdle": self.random.random() < 0.5, "planned": self.random.random() < 0.7,
        }  # fmt: skip

    def _talk(self, home):
        place = home if self.random.random() < 0.93 else self._one(DISTRICTS)
        return place, self._some(TOPICS), self._one(INTERPRETING), self.calendar.randrange(3)

    # --- Counting

    def true(self, period):
        """Everything the catalogue asks for, of one period."""
        numbers = [place for place, quarter in enumerate(QUARTERS) if quarter in period.quarters]
        people, pairs, talks, cases = self._seen(numbers)
        tables = {}
        for table in TABLES:
            if table.crosses:
                tables[table.key] = _crossed(table, pairs[table.key], len(people[table.population]["all"]))
            elif table.population in ("cases", "cases_new", "cases_closed", "managed_cases"):
                tables[table.key] = _of_cases(table, cases)
            else:
                everybody = people[table.population]["all"]
                cells = {(row, "persons"): len(people[table.key][row]) for row in ROWS[table.key]}
                totals = {"persons": len(everybody)}
                if len(table.columns) == 2:
                    cells |= {(row, "consultations"): talks[table.key][row] for row in ROWS[table.key]}
                    totals["consultations"] = talks[table.population]["all"]
                tables[table.key] = _table(table.key, table.columns, cells, totals, len(everybody))
        middle = TrueMedian("waiting", "", 3.5, len(people["persons_referred"]["all"]))
        return TrueReport(period, tables, (middle,), {"p1": Decimal("1.5")}, {"ar": 4})

    def situation(self, quarter):
        """What the Lage counts of an ended quarter: the same persons as its report, and more by Träger and by month."""
        tables, number = self.true(quarter).tables, QUARTERS.index(quarter)
        seen, talks = defaultdict(set), defaultdict(int)
        for person, known in enumerate(self.persons):
            for *_, month in known["talks"].get(number, ()):
                for cell in (quarter.months[month], known["provider"]):
                    seen[cell].add(person)
                    talks[cell] += 1

        def contacts(cell):
            return Contacts(len(seen[cell]), talks[cell])

        def told(key):
            cells = tables[key].cells
            return {row.key: Contacts(*(cells[row.key, c] for c in CONTACTS)) for row in tables[key].rows}

        everybody = tables["districts"].totals["persons"]
        counted = TrueQuarter(
            quarter=quarter,
            total=Contacts(everybody, tables["districts"].totals["consultations"]),
            by_district={int(row): number for row, number in told("districts").items()},
            by_topic=told("topics"),
            by_provider={code: contacts(code) for code in PROVIDERS},
            topic_by_district={
                topic: {int(place): tables["topic_by_district"].cells[topic, place] for place in DISTRICTS}
                for topic in TOPICS
            },
            persons_with_topic=tables["topics"].totals["persons"],
        )
        months = {month: contacts(month) for month in reversed(quarter.months)}
        return TrueSituation(quarter.due_on, HEADS, (counted,), months, everybody)

    def _seen(self, numbers):
        people = defaultdict(lambda: defaultdict(set))
        pairs = defaultdict(lambda: defaultdict(set))
        talks = defaultdict(lambda: defaultdict(int))
        cases = defaultdict(lambda: defaultdict(int))
        for number, (track, quarters) in enumerate(self.protected):
            if quarters & set(numbers):
                people["specialised"]["all"].add(number)
                people["specialised"][track].add(number)
        for number, person in enumerate(self.persons):
            self._count_talks(number, person, numbers, people, pairs, talks)
            self._count_method(number, person, numbers, people, pairs)
            self._count_cases(number, person, numbers, people, cases)
        return people, pairs, talks, cases

    def _count_talks(self, number, person, numbers, people, pairs, talks):
        held = [talk for quarter in numbers for talk in person["talks"].get(quarter, ())]
        for place, topics, interpreter, _month in held:
            for table, row in (("persons", "all"), ("contacts", person["level"]), ("districts", place)):
                talks[table][row] += 1
                people[table][row].add(number)
            people["interpreting"][interpreter].add(number)
            talks["persons_with_topic"]["all"] += 1
            people["persons_with_topic"]["all"].add(number)
            for topic in topics:
                talks["topics"][topic] += 1
                people["topics"][topic].add(number)
                pairs["topic_by_district"][topic, place].add(number)
                pairs["topic_by_age"][topic, person["age"]].add(number)
        if not held:
            return
        people["providers"][person["provider"]].add(number)
        if person["needs_interpreter"]:
            people["interpreting"]["needed"].add(number)
        for table in ("age", "sex", "residence", "entry"):
            people[table][person[table]].add(number)
        for table in ("legal_spheres", "nationalities", "languages"):
            for row in person[table]:
                people[table][row].add(number)
        pairs["sex_by_age"][person["sex"], person["age"]].add(number)
        pairs["residence_by_age"][person["residence"], person["age"]].add(number)

    def _count_method(self, number, person, numbers, people, pairs):
        for start, settled, status in person["needs"]:
            if start <= numbers[-1] and settled >= numbers[0]:
                people["persons_with_need"]["all"].add(number)
                people["needs"][status if settled <= numbers[-1] else "open"].add(number)
        for quarter in numbers:
            unmet = any(settled == quarter and status == "unmet" for _, settled, status in person["needs"])
            for barrier, topic in person["barriers"].get(quarter, {("other", "housing")} if unmet else ()):
                people["persons_with_barrier"]["all"].add(number)
                people["barriers"][barrier].add(number)
                people["barrier_topics"][topic].add(number)
                pairs["barrier_by_topic"][barrier, topic].add(number)
            for topic, result in person["referrals"].get(quarter, ()):
                people["persons_referred"]["all"].add(number)
                people["referrals"][topic].add(number)
                people["referral_results"][result].add(number)
            for result in person["goals"].get(quarter, ()):
                people["persons_with_goal"]["all"].add(number)
                people["goals"][result].add(number)
                if result in ("not_reached", "given_up"):
                    people["persons_with_failed_goal"]["all"].add(number)
                    people["hurdles"]["yes" if person["hurdle"] else "no"].add(number)

    def _count_cases(self, number, person, numbers, people, cases):
        first, last, opened, closed = numbers[0], numbers[-1], person["opened"], person["closed"]
        marks = {
            "open_start": opened < first <= closed, "new": first <= opened <= last,
            "closed": first <= closed <= last, "open_end": opened <= last < closed,
        }  # fmt: skip
        for column, is_so in marks.items():
            for table, row in (("flow", person["kind"]), ("district_cases", person["district"]), ("cases", "all")):
                cases[table][row, column] += is_so
        cases["cases"]["books", ""] += marks["open_start"] or marks["new"]
        if marks["new"]:
            people["persons_new"]["all"].add(number)
            people["topics_start"][person["first"]].add(number)
            cases["access_routes"][person["route"], "cases"] += 1
        if marks["closed"]:
            cases["closing_reasons"][person["reason"], "cases"] += 1
            cases["durations"][person["duration"], "cases"] += 1
        if marks["open_end"] and person["kind"] == "case_management":
            cases["managed_cases"]["all", ""] += 1
            cases["plans"]["yes", "cases"] += person["planned"]


def _table(key, columns, cells, totals, population, row_totals=None):
    rows = tuple(Head(row, row) for row in ROWS[key]) if key in ROWS else tuple(Head(r, r) for r in row_totals)
    return TrueTable(key, rows, tuple(Head(c, c) for c, _ in columns), cells, totals, population, row_totals or {})


def _of_cases(table, cases):
    columns = [column for column, _ in table.columns]
    cells = {(row, column): cases[table.key][row, column] for row in ROWS[table.key] for column in columns}
    if table.key == "plans":
        totals = {"cases": cases["managed_cases"]["all", ""]}
    else:
        totals = {column: sum(cells[row, column] for row in ROWS[table.key]) for column in columns}
    population = cases["cases"]["books", ""] if table.population == "cases" else totals["cases"]
    return _table(table.key, table.columns, cells, totals, population)


def _crossed(table, pairs, population):
    by_row, by_column = (ROWS[BY_KEY[key].key] for key in table.crosses)
    cells = {(row, column): len(pairs[row, column]) for row in by_row for column in by_column}
    totals = {column: len(set().union(*(pairs[row, column] for row in by_row))) for column in by_column}
    row_totals = {row: len(set().union(*(pairs[row, column] for column in by_column))) for row in by_row}
    return _table(table.key, [(c, "") for c in by_column], cells, totals, population, row_totals)
