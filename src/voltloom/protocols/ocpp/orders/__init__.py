"""What an operator may ask of a station: wishes, their words in each version, what the answers mean, what shows the effect."""
