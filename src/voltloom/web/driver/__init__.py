"""The driver's page: one link on each outlet's sticker, one for each visit, and nothing of anybody else."""
