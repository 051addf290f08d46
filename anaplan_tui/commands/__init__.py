"""The subcommands: each parses its options, calls the core, prints, and ends with an exit code."""
