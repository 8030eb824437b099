"""The real shell: wall clock, sockets, disk. It carries what the core decides; it decides nothing itself."""
