"""Somebody who has every report and every Lage, a pencil, the catalogue and an integer solver, to prove a small count.

Written apart from reports/relations.py and reports/bounds.py, so that what is forgotten there is found here: every
relation between true counts he can think of, and for every count the exact question whether it must be 1 to 4.
"""

from dataclasses import replace
from itertools import product

import highspy

from reports.catalogue import BY_KEY
from reports.periods import Half, Quarter, period_from_key

SIZE = 100_000
OPEN = {"open_start", "open_end"}
# Tables the Lage has: some as in the reports, some with more columns, months, and those of cases it once had.
COUNTED = (("persons", ""), ("consultations", ""))
LAGE = {**BY_KEY, "providers": replace(BY_KEY["providers"], columns=COUNTED)}
LAGE["months"] = replace(LAGE["providers"], key="months")


class Attacker:
    """`reports`: key of the period -> the stored tables; `lage`: key of the quarter -> what the Lage says about it.

    He takes the counts of the Lage for those of the report.
    """

    def __init__(self, reports, lage=None):
        self.reports = {period_from_key(key): {} for key in {*(lage or ()), *reports}}
        self.bounds, self.bases, self.rows = {}, {}, []
        for key, tables in reports.items():
            self.reports[period_from_key(key)] = tables
        for period, tables in self.reports.items():
            for key, stored in tables.items():
                self.read(period, BY_KEY[key], stored)
            self.hang_together(period)
        for key, told in (lage or {}).items():
            for table, stored in told.items():
                self.read(period_from_key(key), LAGE[table], stored)
        for whole, part in product(self.reports, repeat=2):
            if whole != part and set(part.quarters) < set(whole.quarters):
                self.nest(whole, part)
        for whole in self.reports:
            self.split(whole)
        self.meet()

    # --- Words

    def count(self, *name, base=5):
        self.bases.setdefault(name, base)
        self.bounds.setdefault(name, [0, SIZE])
        return name

    def lies(self, name, low, high):
        known = self.bounds[name]
        known[0], known[1] = max(known[0], low), min(known[1], high)

    def same(self, left, right):
        self.rows.append((list(left), list(right), 0))

    def at_least(self, left, right):
        self.rows.append((list(left), list(right), SIZE * 10))

    def subgroup(self, part, whole):
        """Whoever is in the whole and not in the part is a group of people, too."""
        self.same([part, self.count("without", part, whole, base=self.bases[whole])], [whole])

    # --- One report

    def total(self, period, table, column):
        return self.count(period, table.population, "all", column, base=table.base)

    def cell(self, period, table, row, column):
        return self.count(period, table.key, row, column, base=table.base)

    def read(self, period, table, stored):
        rows, columns = [row[0] for row in stored["rows"]], [column[0] for column in stored["columns"]]
        for row, column in product(rows, columns):
            self.hear(self.cell(period, table, row, column), stored["cells"][row][column])
        if table.crosses:
            return self.read_crossed(period, table, stored, rows, columns)
        for column in columns:
            total = self.total(period, table, column)
            self.hear(total, stored["totals"].get(column))
            cells = [self.cell(period, table, row, column) for row in rows]
            for cell in cells:
                self.subgroup(cell, total) if column != "consultations" else self.at_least([total], [cell])
            if table.is_partition or (column == "consultations" and table.key != "topics"):
                self.same(cells, [total])
            elif not table.is_yes_only:
                self.at_least([c for c in cells if c[2] != "needed"], [total])
        if "consultations" in columns:
            for row in [*rows, "all"]:
                key = table.population if row == "all" else table.key
                self.at_least([(period, key, row, "consultations")], [(period, key, row, "persons")])
                shown = stored["totals"] if row == "all" else stored["cells"][row]
                if shown.get("persons") and shown["consultations"] is None and self.is_column_shown(stored):
                    self.lies((period, key, row, "consultations"), 0, 29)
        if table.population != "cases":
            total = self.total(period, table, columns[0])
            self.lies(total, *self.floor(stored))
        return None

    def is_column_shown(self, stored):
        return any(line["consultations"] is not None for line in stored["cells"].values())

    def hear(self, name, number):
        if number is not None:
            half = self.bases[name] // 2
            self.lies(name, number - half, number - half + self.bases[name] - 1)

    def read_crossed(self, period, table, stored, rows, columns):
        by_row, by_column = (BY_KEY[key] for key in table.crosses)
        of_all = self.total(period, BY_KEY[table.crosses[0]], "persons")
        margins = []
        for column in columns:
            margin = self.count(period, table.key, "all", column)
            margins.append(margin)
            self.hear(margin, stored["totals"].get(column))
            self.add_up([self.cell(period, table, row, column) for row in rows], margin, by_row)
            self.subgroup(margin, self.cell(period, by_column, column, "persons"))
            if by_column.population == table.population:
                self.same([margin], [self.cell(period, by_column, column, "persons")])
        self.add_up(margins, of_all, by_column)
        for row in rows:
            margin = self.cell(period, by_row, row, "persons")
            self.hear(margin, stored["row_totals"].get(row))
            self.add_up([self.cell(period, table, row, column) for column in columns], margin, by_column)

    def add_up(self, cells, margin, across):
        if across.is_partition:
            self.same(cells, [margin])
        else:
            self.at_least(cells, [margin])
        for cell in cells:
            self.subgroup(cell, margin)

    def hang_together(self, period):
        def all_of(group, column="persons"):
            return self.count(period, group, "all", column)

        self.subgroup(all_of("persons_with_topic"), all_of("persons"))
        self.subgroup(all_of("persons_with_failed_goal"), all_of("persons_with_goal"))
        self.at_least([all_of("persons", "consultations")], [all_of("persons_with_topic", "consultations")])
        self.at_least([all_of("cases", "new")], [all_of("persons_new")])
        self.same([all_of("cases_new", "cases")], [all_of("cases", "new")])
        self.same([all_of("cases_closed", "cases")], [all_of("cases", "closed")])
        managed = self.count(period, "flow", "case_management", "open_end")
        self.same([all_of("managed_cases", "cases")], [managed])
        failed = [self.count(period, "goals", row, "persons") for row in ("not_reached", "given_up")]
        self.at_least(failed, [all_of("persons_with_failed_goal")])
        for count in failed:
            self.subgroup(count, all_of("persons_with_failed_goal"))
        for start in [name for name in self.bounds if name[0] == period and name[3] == "open_start"]:
            new, closed, end = ((*start[:3], column) for column in ("new", "closed", "open_end"))
            self.same([start, self.count(*new)], [self.count(*closed), self.count(*end)])
        books = self.count(period, "cases", "all", "on_the_books")
        self.same([all_of("cases", "open_start"), all_of("cases", "new")], [books])
        if "flow" in self.reports[period]:
            self.lies(books, *self.floor(self.reports[period]["flow"]))

    def floor(self, stored):
        return (0, 29) if stored["withheld"] == "few" else (30, SIZE)

    # --- Several reports

    def is_stock(self, name):
        columns = (*OPEN, "on_the_books")
        return name[3] in columns or name[1] in ("plans", "managed_cases") or name[1:3] == ("needs", "open")

    def of(self, period):
        changing = ("nationalities", "other")  # who is in it depends on the other rows
        return [n for n in self.bounds if n[0] == period and n[1:3] != changing and not self.is_stock(n)]

    def nest(self, whole, part):
        for name in self.of(whole):
            inner = (part, *name[1:])
            if inner in self.bounds:
                self.subgroup(inner, name)

    def split(self, whole):
        for parts in self.divisions(whole):
            for name in self.of(whole):
                inner = [(part, *name[1:]) for part in parts if (part, *name[1:]) in self.bounds]
                if name[3] in ("new", "closed", "cases", "consultations"):
                    self.same(inner, [name])
                else:
                    self.at_least(inner, [name])

    def divisions(self, whole):
        """Every way to put the period together from reports at hand."""
        if isinstance(whole, Quarter):
            return []
        if isinstance(whole, Half):
            ways = [list(whole.quarters)]
        else:
            halves = [Half(whole.year, number) for number in (1, 2)]
            ways = [[*a, *b] for a in ([halves[0]], halves[0].quarters) for b in ([halves[1]], halves[1].quarters)]
        return [way for way in ways if set(way) <= set(self.reports)]

    def meet(self):
        """What was open on one day is one number."""
        stock = [name for name in self.bounds if name[0] in self.reports and self.is_stock(name)]
        for one, other in product(stock, repeat=2):
            days = [n[0].start.toordinal() if n[3] == "open_start" else n[0].end.toordinal() + 1 for n in (one, other)]
            is_same = one[1:3] == other[1:3] and days[0] == days[1] and "on_the_books" not in (one[3], other[3])
            if one[0] != other[0] and is_same and (one[3] == other[3] or {one[3], other[3]} == OPEN):
                self.same([one], [other])

    # --- What he proves

    def proven(self):
        """The counts that must be between 1 and 4 (9 in protected tracks), with what is published of them."""
        names = list(self.bounds)
        place = {name: number for number, name in enumerate(names)}
        highs = highspy.Highs()
        for option, value in (("output_flag", False), ("threads", 1), ("mip_rel_gap", 0.9)):
            highs.setOptionValue(option, value)
        for low, high in self.bounds.values():
            highs.addVar(low, high)
        for number in range(len(names)):
            highs.changeColIntegrality(number, highspy.HighsVarType.kInteger)
        for left, right, slack in self.rows:
            terms = dict.fromkeys([place[n] for n in left], 1.0) | dict.fromkeys([place[n] for n in right], -1.0)
            highs.addRow(0, slack, len(terms), list(terms), list(terms.values()))
        left = {place[name] for name in names if self.bases[name] and self.bounds[name][0] < self.bases[name]}
        found, turn, idle = set(), 1, 0
        assert self.answer(highs, {}) is not None, "the published tables contradict each other"
        while left and idle < 4:
            solved = self.answer(highs, dict.fromkeys(left, turn))
            settled = {n for n in left if not 0 < solved[n] < self.bases[names[n]]}
            left, turn, idle = left - settled, -turn, 0 if settled else idle + 1
        for number in left:
            low, high = self.bounds[names[number]]
            ways = ((0, 0), (self.bases[names[number]], SIZE))
            if not any(self.asked(highs, number, max(low, a), min(high, b), low, high) for a, b in ways):
                found.add(names[number])
        return found

    def asked(self, highs, number, least, most, low, high):
        if least > most:
            return False
        highs.changeColBounds(number, least, most)
        solved = self.answer(highs, {})
        highs.changeColBounds(number, low, high)
        return solved is not None

    def answer(self, highs, costs):
        places = list(range(highs.getNumCol()))
        highs.changeColsCost(len(places), places, [float(costs.get(place, 0)) for place in places])
        highs.run()
        is_solved = highs.getModelStatus() == highspy.HighsModelStatus.kOptimal
        return [round(value) for value in highs.getSolution().col_value] if is_solved else None
