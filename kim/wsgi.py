"""The way in for a web server: starts only if the installation is safe."""

import os

from django.core.wsgi import get_wsgi_application
from django.db import connections

from kim.web.checks import refuse_unsafe_start
from kim.web.warm_up import read_templates

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kim.settings")
application = get_wsgi_application()
refuse_unsafe_start()
read_templates()
connections.close_all()  # a worker must not inherit the connection of its parent
