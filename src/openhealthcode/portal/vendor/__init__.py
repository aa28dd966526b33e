"""Browser code of others, kept unchanged beside its licence, so that no page needs another host.

``manifest.toml`` names each package, its version, where it came from and the SHA-256 of every
file; a test compares. To take a new release: unpack the package, replace the files, write the
manifest anew, run the scanning tests.
"""
