"""Pictures that the program draws: whole batches at once, in numpy."""
