"""How the app gets onto a host that has neither Python nor internet."""
