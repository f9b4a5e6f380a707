"""The nouns of organization access: values only, standard library only."""
