"""Shared by downloads and uploads: background jobs, live numbers, locks, retries and rate limits."""
