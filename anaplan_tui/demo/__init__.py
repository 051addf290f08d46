"""An embedded tenant: a real HTTP server on loopback that speaks the Anaplan API."""
