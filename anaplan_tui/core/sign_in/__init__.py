"""How a profile logs in: secrets, tokens, and what is asked of the operator."""
