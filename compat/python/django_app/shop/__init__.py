"""An application with one of every field that Postgres users use."""
