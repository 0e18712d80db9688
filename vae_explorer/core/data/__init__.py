"""Image sources: folders, array files and the samples that come with the program."""
