"""One step of a run as one compiled call: physics, measures and the quick side of every checker, over columns."""
