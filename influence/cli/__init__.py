"""The command line: thin, one module per noun; the library never imports it."""
