"""The steps by which a database's tables came to today's form; each is final once it was released."""
