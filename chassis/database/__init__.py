"""The service's own PostgreSQL: the pool, transactions and what they say, migrations."""
