"""The parts of a migration, in their order; each can be a transaction of its own."""

from enum import StrEnum


class Phase(StrEnum):
    """One part of a migration."""

    MERGE = "merge"
    """Tables of other files arrive in the target."""
    RENAME = "rename"
    """All tables get their new names."""
    DOCUMENT = "document"
    """Old names as views, what every table is, the version of the schema."""
    ARCHIVE = "archive"
    """The merged and deleted files leave their place."""
    FINISH = "finish"
    """Old names are no longer kept alive; there is no way back from here."""


IN_TARGET = (Phase.MERGE, Phase.RENAME, Phase.DOCUMENT)
"""What happens within the target: in one transaction, or in one for each."""
ALL = (*IN_TARGET, Phase.ARCHIVE)
"""All that `migrate` does by itself."""
