"""The service, and nothing else: URLs, auth, retries, wire shapes. No files, no screens."""
