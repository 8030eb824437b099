"""Who gets how much: three architectures behind one contract."""
