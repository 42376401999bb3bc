# Two commands for everybody: make run, make test. The rest is for those who work on KIM Köln.
PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin
MANAGE := $(BIN)/python manage.py

.PHONY: run test check format messages lock bench clean

run: .venv/run .env
	$(MANAGE) migrate --verbosity 0
	$(MANAGE) createcachetable
	$(MANAGE) demo_city --if-empty
	@echo "Die Berichte der letzten zwei Jahre werden gezählt und geprüft; das dauert etwa eine halbe Minute."
	$(MANAGE) freeze_due_reports --but-newest
	$(MANAGE) demo_findings --if-empty
	$(MANAGE) freeze_due_reports
	$(MANAGE) build_situation
	@$(MANAGE) demo_logins
	@echo "KIM Köln läuft auf http://127.0.0.1:$(PORT) – beenden mit Strg+C"
	SITE_URL=http://127.0.0.1:$(PORT) $(MANAGE) runserver --noreload 127.0.0.1:$(PORT)

test: .venv/dev
	$(BIN)/python -m pytest -q -n auto

check: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/djlint --lint --quiet templates
	$(BIN)/mypy
	$(BIN)/lint-imports
	DJANGO_SETTINGS_MODULE=tests.settings $(MANAGE) makemigrations --check --dry-run

format: .venv/dev
	$(BIN)/ruff check --fix --quiet .
	$(BIN)/ruff format --quiet .

# German source strings to locale/, and the compiled catalogues that are committed (needs gettext). English for the
# application; the public pages have a catalogue for each of their languages.
CATALOGUE := locale/en/LC_MESSAGES/django.po
messages: .venv/dev
	DJANGO_SETTINGS_MODULE=tests.settings $(MANAGE) makemessages --locale en --no-location --no-obsolete --no-wrap --ignore .venv --ignore tests
	msgcat --sort-output --no-wrap $(CATALOGUE) | grep -v '^"POT-Creation-Date' > $(CATALOGUE).sorted
	mv $(CATALOGUE).sorted $(CATALOGUE)
	DJANGO_SETTINGS_MODULE=tests.settings $(BIN)/python -m tests.public_strings
	DJANGO_SETTINGS_MODULE=tests.settings $(MANAGE) compilemessages --ignore .venv

# After a change of requirements.in or requirements-dev.in.
lock: .venv/dev
	$(BIN)/uv pip compile --quiet --upgrade --generate-hashes --no-emit-index-url --no-header --no-strip-extras requirements.in -o requirements.txt
	$(BIN)/uv pip compile --quiet --upgrade --generate-hashes --no-emit-index-url --no-header --no-strip-extras requirements-dev.in -o requirements-dev.txt

# Compares every page with a floor on PostgreSQL and writes docs/geschwindigkeit.md.
bench: .venv/dev
	$(BIN)/python -m tests.bench

clean:
	rm -rf .venv .env db.sqlite3* staticfiles

.venv/run: requirements.txt
	$(PYTHON) -c 'import sys; sys.exit("KIM Köln braucht Python 3.11 oder neuer.") if sys.version_info < (3, 11) else None'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	touch $@

.venv/dev: .venv/run requirements-dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	touch $@

.env: | .venv/run
	$(BIN)/python -m kim.new_env > .env
