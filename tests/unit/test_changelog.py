"""The fragments of changes/ become the section of a release."""

import pytest
from tools import changelog


@pytest.fixture
def root(tmp_path):
    (tmp_path / "changes").mkdir()
    (tmp_path / "changes" / "README.md").write_text("How to.", encoding="utf-8")
    (tmp_path / "CHANGELOG.md").write_text("# Changelog\n\nNewest first.\n", encoding="utf-8")
    return tmp_path


def write(root, name, text):
    (root / "changes" / name).write_text(text, encoding="utf-8")


def test_fragments_go_under_their_kind_and_disappear(root):
    write(root, "b.fixed.md", "A fault\nis gone.\n")
    write(root, "a.added.md", "A thing is new.")
    changelog.collect(root, "0.2.0", "2026-12-01")
    assert (root / "CHANGELOG.md").read_text(encoding="utf-8") == (
        "# Changelog\n\nNewest first.\n\n## 0.2.0 (2026-12-01)\n\n"
        "### Added\n\n- A thing is new.\n\n### Fixed\n\n- A fault is gone.\n"
    )
    assert [path.name for path in (root / "changes").iterdir()] == ["README.md"]


def test_a_newer_release_stands_above_the_older(root):
    write(root, "a.added.md", "One.")
    changelog.collect(root, "0.2.0", "2026-12-01")
    write(root, "b.added.md", "Two.")
    changelog.collect(root, "0.3.0", "2027-01-01")
    text = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    assert text.index("## 0.3.0") < text.index("Two.") < text.index("## 0.2.0") < text.index("One.")


@pytest.mark.parametrize("name", ["a.md", "a.new.md"])
def test_a_fragment_without_a_kind_is_refused(root, name):
    write(root, name, "Text.")
    with pytest.raises(ValueError, match=name):
        changelog.collect(root, "0.2.0", "2026-12-01")


def test_an_empty_release_is_refused(root):
    with pytest.raises(ValueError, match="nothing to release"):
        changelog.collect(root, "0.2.0", "2026-12-01")


def test_a_version_is_released_once(root):
    write(root, "a.added.md", "One.")
    changelog.collect(root, "0.2.0", "2026-12-01")
    write(root, "b.added.md", "Two.")
    with pytest.raises(ValueError, match="already"):
        changelog.collect(root, "0.2.0", "2026-12-02")


@pytest.mark.parametrize("arguments", [[], ["0.2.0"], ["1.2", "2026-12-01"], ["0.2.0", "tomorrow"]])
def test_wrong_arguments_are_a_usage_fault(arguments):
    assert changelog.main(arguments) == 2


def test_every_fragment_of_the_project_has_a_kind_and_a_text():
    by_kind = changelog.fragments(changelog.ROOT / "changes")
    assert [path.name for paths in by_kind.values() for path in paths if not path.read_text("utf-8").strip()] == []
