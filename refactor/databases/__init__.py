"""Which database some code talks to, and so which table a name means."""
