"""Builds packages of the app for hosts that have neither Python nor internet."""
