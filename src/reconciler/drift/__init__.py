"""What the last run left, what is observed and what is declared, compared three ways."""
