"""Files are written whole, all or none, and only where they may be."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from reconciler.desired.edits.people import NewMember, add_members
from reconciler.desired.edits.renames import rename_domain
from reconciler.desired.edits.workspace import Workspace
from reconciler.desired.edits.writing import write_all
from reconciler.model.email import Email
from reconciler.model.errors import InvalidInput
from tests.edits.files import HEAD

TEXT = HEAD + "members:\n  ada@acme.example: {role: admin}\n"
KIM = Email("kim@acme.example")
PART = "apiVersion: reconciler/v1\nmembers:\n  bob@acme.example:\n"


def add_kim(folder: Path, **how: str) -> None:
    files = Workspace.open(folder)
    add_members(files, [KIM], NewMember(projects={}), **how)
    files.save()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "org.yaml").write_text(TEXT)
    return tmp_path


def test_mode_byte_order_mark_and_line_breaks_stay(folder: Path) -> None:
    path = folder / "org.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode())
    path.chmod(0o640)
    add_kim(folder)
    assert path.read_bytes() == (b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode()
                                 + b"  kim@acme.example: {}\r\n")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert os.listdir(folder) == ["org.yaml"]  # noqa: PTH208


def test_a_file_without_a_last_line_break_gets_none(folder: Path) -> None:
    (folder / "org.yaml").write_text(TEXT.rstrip("\n"))
    add_kim(folder)
    assert (folder / "org.yaml").read_text() == TEXT + "  kim@acme.example: {}"


def test_a_read_only_file_is_refused(folder: Path) -> None:
    (folder / "org.yaml").chmod(0o444)
    with pytest.raises(InvalidInput, match=r"org\.yaml is read-only"):
        add_kim(folder)
    assert (folder / "org.yaml").read_text() == TEXT


def test_a_link_within_the_folder_is_followed_and_stays_a_link(folder: Path) -> None:
    (folder / "org.yaml").rename(folder / "real.yaml")
    (folder / "org.yaml").symlink_to("real.yaml")
    add_kim(folder)
    assert (folder / "org.yaml").is_symlink()
    assert (folder / "real.yaml").read_text() == TEXT + "  kim@acme.example: {}\n"


def test_a_link_out_of_the_folder_is_refused(folder: Path) -> None:
    inner = folder / "inner"
    inner.mkdir()
    (inner / "org.yaml").symlink_to("../org.yaml")
    with pytest.raises(InvalidInput, match="is a link to a file outside of"):
        add_kim(inner)
    assert (folder / "org.yaml").read_text() == TEXT


def test_what_somebody_else_changed_meanwhile_is_not_overwritten(folder: Path) -> None:
    files = Workspace.open(folder)
    add_members(files, [KIM], NewMember(projects={}))
    (folder / "org.yaml").write_text(TEXT + "# mine\n")
    with pytest.raises(InvalidInput, match="changed by somebody else"):
        files.save()
    assert (folder / "org.yaml").read_text() == TEXT + "# mine\n"


def test_of_several_files_all_are_written_or_none(folder: Path) -> None:
    (folder / "org.yaml").write_text(HEAD + "include: [sub/m.yaml]\n" + TEXT[len(HEAD):])
    (folder / "sub").mkdir()
    (folder / "sub" / "m.yaml").write_text(PART)
    before = (folder / "org.yaml").read_text()
    (folder / "sub" / "m.yaml").chmod(0o444)
    files = Workspace.open(folder)
    rename_domain(files, "acme.example", "new.example")
    with pytest.raises(InvalidInput, match=r"sub/m\.yaml is read-only"):
        files.save()
    assert (folder / "org.yaml").read_text() == before
    (folder / "sub" / "m.yaml").chmod(0o644)
    files.save()
    assert "ada@new.example" in (folder / "org.yaml").read_text()
    assert "bob@new.example" in (folder / "sub" / "m.yaml").read_text()


def test_where_one_file_cannot_be_written_no_other_is(tmp_path: Path) -> None:
    long = "b" * 250  # no room for the name of the file that is to replace it
    for name in ("a", long):
        (tmp_path / name).write_bytes(b"before")
    with pytest.raises(InvalidInput, match="b cannot be written"):
        write_all(tmp_path, {name: (b"before", b"after") for name in ("a", long)})
    assert (tmp_path / "a").read_bytes() == b"before"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a", long]


def test_an_edit_that_changes_nothing_writes_nothing(folder: Path) -> None:
    (folder / "org.yaml").chmod(0o444)
    files = Workspace.open(folder)
    assert files.save() == ()
