"""HTTP: what runs flows, checks signatures, fetches media and answers webhooks."""
