"""Other people's clients against the demo tenant: `make peers`, not part of the test run."""
