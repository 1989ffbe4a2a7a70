"""Problem and result folders: files in and out."""
