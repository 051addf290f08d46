"""An embedded tenant: a real HTTP server on loopback that speaks the Anaplan API.

Entry points: `server.DemoServer` (a thread, for tests), `server.DemoProcess` (a child process, for the app),
`scenarios.scenarios()`, and `__main__.main` and `serve` (the `simulator` command). Needs the `demo` extra.
"""
