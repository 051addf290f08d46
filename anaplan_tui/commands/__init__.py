"""The subcommands, thin: parse, ask the core, print, and end with an exit code."""
