"""What the operator has configured: settings, where they come from, their types and their errors."""
