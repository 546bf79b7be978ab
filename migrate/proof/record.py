"""The record of a proof, made while a migration runs and written when it is committed."""

from typing import Self

from migrate.database.sqlite import Database
from migrate.files.manifest import PROOF, PROOF_TEXT, Backup
from migrate.files.parts import write_settled
from migrate.progress import Progress
from migrate.proof.account import as_json, joined_digests, proof_of
from migrate.proof.digests import Digesting, stores_of
from migrate.proof.text import as_text
from migrate.proof.verify import Basis, Verification


def is_recorded(backup: Backup) -> bool:
    """Whether the record is there."""
    return (backup.folder / PROOF).exists()


class Record:
    """Digests of the sources are made from the backup meanwhile; to leave the block ends that."""

    def __init__(self, basis: Basis, backup: Backup) -> None:
        self._basis = basis
        self._backup = backup
        stores = stores_of(basis.work)
        files = {store.database: backup.file(store.database) for store in stores}
        self._digesting = Digesting(stores, files)
        self._joined: dict[str, str] = {}

    def __enter__(self) -> Self:
        """Begin."""
        self._digesting.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop what is not over yet."""
        self._digesting.__exit__()

    def look(self, database: Database) -> None:
        """Make the digests that only the result can give, in the transaction."""
        self._joined = joined_digests(database, self._basis)

    def write(self, found: Verification, progress: Progress) -> None:
        """Wait for all digests, and put the record beside the backup.

        Raises:
            OSError: the disk does not take it.
        """
        progress.start("digests", None)
        proof = proof_of(self._basis, self._backup, found, self._digesting.wait(), self._joined)
        folder = self._backup.folder
        write_settled(folder / PROOF_TEXT, as_text(proof).encode("utf-8", "surrogatepass"))
        # Whoever finds this one finds the other too.
        write_settled(folder / PROOF, as_json(proof))
        progress.finish()
