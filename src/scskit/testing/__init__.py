"""What tests of a desk or of a plugin need; nothing outside tests imports it."""
