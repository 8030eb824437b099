"""The clairvoyant bound: what no control of a scenario can exceed, because it knows every visit beforehand."""
