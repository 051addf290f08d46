"""The app's screens and dialogs, one per file, each stylesheet beside its screen."""
