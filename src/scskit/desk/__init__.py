"""The application service: what a host calls."""
