"""A dump by its errors: the groups, their rows, and their words."""
