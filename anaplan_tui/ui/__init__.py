"""The terminal interface: the app, its screens, widgets and jobs."""
