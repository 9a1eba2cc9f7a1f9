"""`python -m voronka`."""

from voronka.cli.main import main

if __name__ == "__main__":
    main()
