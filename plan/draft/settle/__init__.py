"""What a document states, held against itself and against the files: facts and questions."""
