"""The only rooms that know SQL: tables, statements, migrations."""
