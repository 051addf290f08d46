"""Everything between the operator and the tenant, checked one thing after another."""
