"""The laws of the domain: one small pure function each, one catalogue (domain.md section 4)."""
