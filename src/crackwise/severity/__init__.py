"""What a crack width means: limits and classes of codes, verdicts, and quantities for a budget."""
