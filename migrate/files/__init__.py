"""Files on disk: locked, backed up, read back, archived and put back."""
