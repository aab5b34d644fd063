"""Superset's configuration: its metadata in SQLite beside it, no cache, no Redis, no worker."""

import os

SECRET_KEY = "a key for a server that lives as long as the checks do"
SQLALCHEMY_DATABASE_URI = "sqlite:///" + os.path.join(os.environ["SUPERSET_HOME"], "superset.db")
WTF_CSRF_ENABLED = False  # the checks log in by a token
TALISMAN_ENABLED = False
FEATURE_FLAGS = {"ESTIMATE_QUERY_COST": True}
