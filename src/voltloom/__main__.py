"""`python -m voltloom` is the `voltloom` command."""

from voltloom.cli.main import main

if __name__ == "__main__":
    main()
