"""What Meta's networks have in common: handshake, signature, envelope, requests, errors.

Facebook, Instagram and WhatsApp push the same kind of body, signed in the same way, and answer
requests with the same kind of error. That stands here once; the connectors build on it.
"""
