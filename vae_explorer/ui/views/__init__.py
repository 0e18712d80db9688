"""One file, or one package, for each pane. Views never import each other."""
