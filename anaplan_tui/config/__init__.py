"""The operator's configuration: settings, where they come from, their types and their errors."""
