"""Paths, files and heads as the C2SP documents write them."""

from __future__ import annotations

import base64

import pytest

from openhealthcode.transparency import NoteSigner, NoteVerifier, UntrustedNote
from openhealthcode.transparency.checkpoint import Checkpoint, open_checkpoint
from openhealthcode.transparency.frontier import Frontier
from openhealthcode.transparency.tiles import LogFolder, tile_path

# sum.golang.org, its published key and a published head of its log.
GO_SUM_KEY = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"


@pytest.mark.parametrize(
    ("level", "index", "width", "path"),
    [
        (0, 0, 256, "tile/0/000"),
        (0, 1234067, 256, "tile/0/x001/x234/067"),
        (1, 273, 112, "tile/1/273.p/112"),
        ("entries", 5, 256, "tile/entries/005"),
        ("entries", 273, 112, "tile/entries/273.p/112"),
        (3, 999, 1, "tile/3/999.p/1"),
        (1, 1000, 256, "tile/1/x001/000"),
        (2, 999999999, 255, "tile/2/x999/x999/999.p/255"),
    ],
)
def test_tile_paths(level, index, width, path):
    assert tile_path(level, index, width) == path


def test_the_files_of_a_log_of_70_000_entries(tmp_path):
    """The example of tlog-tiles: 256 full tiles, one of 112 wide at level 0, 273 in the next."""
    folder = LogFolder(tmp_path)
    edge = folder.grow(Frontier(), [number.to_bytes(32) for number in range(70_000)])
    assert edge.size == 70_000
    assert (tmp_path / "tile/0/272").stat().st_size == 256 * 32
    assert (tmp_path / "tile/0/273.p/112").stat().st_size == 112 * 32
    assert (tmp_path / "tile/1/000").stat().st_size == 256 * 32
    assert (tmp_path / "tile/1/001.p/17").stat().st_size == 17 * 32
    assert (tmp_path / "tile/2/000.p/1").stat().st_size == 32
    assert not (tmp_path / "tile/3").exists()
    entries = (tmp_path / "tile/entries/273.p/112").read_bytes()
    assert len(entries) == 112 * 34
    assert entries[:34] == b"\x00\x20" + (273 * 256).to_bytes(32)


def test_a_head_has_name_size_and_root_on_a_line_each():
    signer = NoteSigner("example.com/behind-the-sofa", b"\x05" * 32)
    root = base64.b64decode("CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=")
    note = Checkpoint("example.com/behind-the-sofa", 20852163, root).signed(signer)
    assert note.startswith(
        "example.com/behind-the-sofa\n"
        "20852163\n"
        "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
        "\n"
        "— example.com/behind-the-sofa "
    )
    read = open_checkpoint(note, NoteVerifier(signer.verifier_key))
    assert read == Checkpoint("example.com/behind-the-sofa", 20852163, root)


@pytest.mark.parametrize(
    "text",
    [
        "log\n1\n",
        "log\n01\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "log\n-1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "log\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I\n",
        "log\n1\nAAAA\n",
        "log\n99999999999999999999\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "other\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "log\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\nempty line\n",
    ],
)
def test_what_is_signed_but_no_head_of_this_log_is_refused(text):
    signer = NoteSigner("log", b"\x05" * 32)
    with pytest.raises(UntrustedNote):
        open_checkpoint(signer.sign(text), NoteVerifier(signer.verifier_key))


def test_lines_that_other_logs_add_are_accepted():
    signer = NoteSigner("log", b"\x05" * 32)
    text = "log\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\nextension\n"
    assert open_checkpoint(signer.sign(text), NoteVerifier(signer.verifier_key)).size == 1


def test_a_published_note_of_another_log_opens():
    # 'go.sum database tree' is that log's origin line; its key has another name, so that the
    # note is good and yet no head in the sense of tlog-checkpoint.
    note = (
        "go.sum database tree\n13485\n/ZWur4obeiqK+ASdnPK+/Rmz6LPQMUeSmHh0+UkL54Y=\n\n"
        "— sum.golang.org Az3grnQReYTvpCrRxT+w50vixbqBlB/aPS8bL8f8KW4HHP+UjLSXOJgCh4f54n8hO6lrESgl"
        "zyRXMXnhaWzaeY3zqw8=\n"
    )
    verifier = NoteVerifier(GO_SUM_KEY)
    assert verifier.open(note).startswith("go.sum database tree\n13485\n")
    with pytest.raises(UntrustedNote):
        open_checkpoint(note, verifier)
