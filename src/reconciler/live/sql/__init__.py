"""The SQL live store: SQLite by default, PostgreSQL for teams. SQLAlchemy is known here alone."""
