"""The adaptive architecture: division by what each session needs and when it leaves."""
