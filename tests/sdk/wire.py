"""Seeing, and changing, what an SDK sends: every SDK for Python here ends at http.client."""

import contextlib
import http.client
from unittest import mock


@contextlib.contextmanager
def wire(change=None):
    """Yields a list to which every request is added, byte for byte. `change` gets the head of a request, then
    its body, and returns what is sent in its place: the SDK goes on as if it had sent its own."""
    requests, send = [], http.client.HTTPConnection.send

    def sent(connection, data):
        # A body comes in calls of its own, after its head.
        head = isinstance(data, bytes) and data.split(b"\r\n", 1)[0].endswith(b" HTTP/1.1")
        if head:
            requests.append(b"")
        data = change(data) if change else data
        requests[-1] += data
        return send(connection, data)

    with mock.patch.object(http.client.HTTPConnection, "send", sent):
        yield requests


@contextlib.contextmanager
def instead(recorded):
    """Every request is this one, whatever the SDK wants to send."""
    send, begun = http.client.HTTPConnection.send, []

    def sent(connection, data):
        if not begun:
            begun.append(True)
            return send(connection, recorded)
        return None

    with mock.patch.object(http.client.HTTPConnection, "send", sent):
        yield
    assert begun, "the SDK sent nothing"
