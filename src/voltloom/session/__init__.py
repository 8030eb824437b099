"""One visit, from plug-in to unplug."""
