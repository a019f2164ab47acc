"""How schemathesis writes the bodies that are no JSON."""

import json

import schemathesis


@schemathesis.serializer("application/x-ndjson", "application/toml")
def lines(ctx, value):
    if isinstance(value, bytes):
        return value
    return (value if isinstance(value, str) else json.dumps(value)).encode("utf-8", "surrogatepass")
