"""Python as `ast` and LibCST read it: trees, strings, names and calls of one module, and of all."""
