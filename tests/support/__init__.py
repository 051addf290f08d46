"""Servers, certificates, desks and other helpers shared by tests of several rooms."""
