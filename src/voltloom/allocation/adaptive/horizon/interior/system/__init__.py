"""The linear equations of a round, solved by what they are made of."""
