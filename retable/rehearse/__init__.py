"""The whole change on a copy, and the user's own command before and after it.

workplace   the copy: code, databases, a git of its own; it goes away, also after a kill
originals   what the user's files are, before and afterwards
command     the user's command: what it needs to run in the copy, and how it ended
junit       what a JUnit file says of each test
verdict     before and after → one word, with its reasons (pure)
story       all of it, in order         report      what people and programs read of it
"""
