"""Webhooks in any framework: applications that stand at a path of the host's own."""

from scskit.web.asgi import AsgiWebhooks
from scskit.web.wsgi import WsgiWebhooks

__all__ = ["AsgiWebhooks", "WsgiWebhooks"]
