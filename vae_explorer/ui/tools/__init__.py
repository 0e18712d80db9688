"""What is opened beside the plane for one purpose, one file each."""
