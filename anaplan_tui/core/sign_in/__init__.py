"""Logging in and out: secrets, tokens, and questions to the operator."""
