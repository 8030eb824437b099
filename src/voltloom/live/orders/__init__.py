"""Orders: what operators ask of stations, from the CALL to the moment when it is seen to have taken effect."""
