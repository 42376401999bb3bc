"""The way in for a web server: starts only if the installation is safe."""

import os

from django.core.wsgi import get_wsgi_application
from django.db import connections

from kim.web.checks import refuse_unsafe_start

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kim.settings")
application = get_wsgi_application()
refuse_unsafe_start()
connections.close_all()  # a worker must not inherit the connection of its parent
