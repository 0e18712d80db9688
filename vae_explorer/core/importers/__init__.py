"""Models that were trained elsewhere: one file for each format, found by what it recognises."""
