"""Networks that were trained elsewhere: one file each."""
