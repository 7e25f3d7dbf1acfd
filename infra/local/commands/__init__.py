"""One module per command of dev.py, each with `main(arguments) -> int`; they run inside the virtual environment."""
