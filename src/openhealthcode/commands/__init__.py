"""What the `ohc` command does, one file for each of its verbs; ``cli`` only names them."""
