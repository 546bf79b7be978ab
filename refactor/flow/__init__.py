"""Where the texts of a module go, and what its statements are once all their parts are there.

values       what an expression may be: texts with their spelling, collections, what is not known
declared     what a call declares and code reads as attributes: named tuples, command lines
reading      one walk over a module's tree that evaluates it, and notes who gets what
resolved     parameters, attributes and module-level names filled in from what they are given
comparisons  what is compared with one another, where all of it is spelled
flow         what the finders ask: the statements that a literal is put into, and who else gets it
"""
