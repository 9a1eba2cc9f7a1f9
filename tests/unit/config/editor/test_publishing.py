"""The schemas of a workspace are written, kept right and cleared away; nobody else's file is touched."""

import json
import os

import pytest

from voronka.config import read_workspace
from voronka.config.editor import publish
from voronka.errors import UsageFault

FILES = {
    "voronka.yaml": "workspace: w\ntimezone: UTC\ncurrency: RUB\n",
    "configs/funnels/sales.yaml": "funnel: sales\nstages: {talk: , offer: }\n",
    "configs/funnels/продажи.yaml": "funnel: russia\nstages: {talk: }\n",
    "configs/imports/old (1).yaml": "import: old\ninto: {funnel: sales}\n",
}
SETTINGS = ".vscode/settings.json"


@pytest.fixture
def root(tmp_path):
    for path, text in FILES.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    return tmp_path


def present(root):
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def schemas(root):
    return json.loads((root / SETTINGS).read_text(encoding="utf-8"))["yaml.schemas"]


def test_each_kind_and_each_funnel_gets_a_schema_and_the_settings_name_it(root):
    done = publish(root, "en")
    assert {"schemas/workspace.json", "schemas/funnels.json", "schemas/funnels.sales.json"} <= set(done.schemas)
    assert set(done.schemas) | {SETTINGS} == set(done.written) == present(root).keys() - FILES.keys()
    assert schemas(root)["./schemas/workspace.json"] == ["voronka.yaml"]
    assert schemas(root)["./schemas/funnels.sales.json"] == ["configs/funnels/sales.yaml"]
    assert schemas(root)["./schemas/funnels.json"] == ["configs/funnels/*.yaml", "!configs/funnels/sales.yaml"]


def test_a_file_whose_name_is_no_plain_pattern_has_the_schema_of_its_kind_but_for_a_modeline(root):
    publish(root, "en", modelines=True)
    assert schemas(root)["./schemas/imports.json"] == ["configs/imports/*.yaml"]
    assert "./schemas/funnels.russia.json" not in schemas(root)
    assert "/schemas/funnels.russia.json\n" in (root / "configs/funnels/продажи.yaml").read_text(encoding="utf-8")
    assert "/schemas/imports.sales.json\n" in (root / "configs/imports/old (1).yaml").read_text()


def test_the_second_time_nothing_changes(root):
    publish(root, "ru", modelines=True)
    before = present(root)
    again = publish(root, "ru", modelines=True)
    assert (again.written, again.removed) == ((), ())
    assert present(root) == before


def test_a_schema_that_is_not_made_any_more_goes_and_what_others_put_there_stays(root):
    publish(root, "en")
    (root / "schemas/mine.json").write_text("{}")
    (root / "configs/funnels/продажи.yaml").unlink()
    done = publish(root, "en")
    assert done.removed == tuple(f"schemas/{kind}.russia.json" for kind in ("funnels", "imports", "scenarios"))
    assert not (root / "schemas/funnels.russia.json").exists()
    assert "./schemas/funnels.russia.json" not in schemas(root)
    assert (root / "schemas/mine.json").read_text() == "{}"


def test_another_folder_takes_everything_along(root):
    publish(root, "en", modelines=True)
    publish(root, "en", folder="tools/editor")
    assert list((root / "schemas").iterdir()) == []
    assert all(each.startswith("./tools/editor/") for each in schemas(root))
    first = (root / "configs/funnels/sales.yaml").read_text().splitlines()[0]
    assert first == "# yaml-language-server: $schema=../../tools/editor/funnels.sales.json"


def test_a_modeline_changes_nothing_of_what_is_read(root):
    before = read_workspace(root)
    publish(root, "en", modelines=True)
    after = read_workspace(root)
    assert [each.code for each in after.findings] == [each.code for each in before.findings]
    assert (root / "voronka.yaml").read_text().startswith("# yaml-language-server: $schema=./schemas/workspace.json\n")


def test_a_file_that_is_no_text_or_no_yaml_is_told_and_left_alone(root):
    foreign = "funnel: продажи\n".encode("cp1251")
    (root / "configs/funnels/sales.yaml").write_bytes(foreign)
    (root / "configs/funnels/broken.yaml").write_text("funnel: [\n")
    done = publish(root, "en", modelines=True)
    assert done.unread == ("configs/funnels/broken.yaml", "configs/funnels/sales.yaml")
    assert (root / "configs/funnels/sales.yaml").read_bytes() == foreign


@pytest.mark.parametrize("folder", ["..", "../x", "/tmp/x", ".", "configs/schemas", "схемы", "a/../..", "C:\\x"])
def test_a_folder_where_editors_would_not_find_them_is_refused(root, folder):
    with pytest.raises(UsageFault):
        publish(root, "en", folder=folder)
    assert present(root).keys() == FILES.keys()


@pytest.mark.parametrize(
    ("path", "content"),
    [
        (SETTINGS, b'{"a": 1,, }'),
        (SETTINGS, b"\xff\xfe{}"),
        (SETTINGS, b'{"yaml.schemas": []}'),
        ("schemas/funnels.json", b'{"title": "of somebody else"}'),
        ("schemas/funnels.json", b"no JSON"),
    ],
)
def test_what_would_be_destroyed_is_refused_with_nothing_changed(root, path, content):
    (root / path).parent.mkdir()
    (root / path).write_bytes(content)
    before = present(root)
    with pytest.raises(UsageFault) as caught:
        publish(root, "en", modelines=True)
    assert caught.value.place == path
    assert present(root) == before


def test_a_byte_order_mark_of_the_settings_stays(root):
    (root / ".vscode").mkdir()
    (root / SETTINGS).write_bytes(b'\xef\xbb\xbf{"a": 1}')
    publish(root, "en")
    assert (root / SETTINGS).read_bytes().startswith(b'\xef\xbb\xbf{"a": 1')
    assert publish(root, "en").written == ()


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_settings_that_are_a_link_stay_one(root):
    (root / "shared.json").write_text("{}\n")
    (root / ".vscode").mkdir()
    (root / SETTINGS).symlink_to(root / "shared.json")
    publish(root, "en")
    assert (root / SETTINGS).is_symlink()
    assert "yaml.schemas" in (root / "shared.json").read_text()
