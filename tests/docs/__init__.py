"""The pages under ``docs/``: references made from the code, and tests of the pages' claims."""
