"""JSON: how events, messages and cases are written down and read back."""
