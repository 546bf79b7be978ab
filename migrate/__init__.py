"""Several databases become one: backed up, merged, renamed, documented and proved."""
