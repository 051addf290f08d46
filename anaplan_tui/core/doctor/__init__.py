"""The doctor: checks everything between the operator and the tenant, step by step."""
