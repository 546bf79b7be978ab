"""The diagram of a catalogue: what is drawn, where it stands, how its lines run, and as SVG."""
