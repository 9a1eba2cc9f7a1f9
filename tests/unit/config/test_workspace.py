"""Reading a whole workspace: from a folder or from stored files, all findings in one run."""

from pathlib import Path

import pytest

from tests.unit.config.corpus import BAD, base
from tests.unit.config.workspaces import SETTINGS, files, read
from voronka.calendars import Duration
from voronka.config import Severity, read_workspace
from voronka.definition.fields import Subject
from voronka.definition.imports import ColumnValue
from voronka.errors import EnvironmentFault

ROOT = Path(__file__).parents[3]
FUNNEL = "funnel: f\nstages: {a: {why: analytics}}\n"


@pytest.mark.parametrize("folder", [ROOT, *sorted((ROOT / "examples").glob("*/"))], ids=lambda path: path.name)
def test_the_workspaces_of_the_repository_are_good(folder):
    reading = read_workspace(folder)

    assert reading.findings == ()
    assert reading.workspace is not None


def test_a_folder_and_its_stored_files_read_alike():
    folder, stored = read_workspace(BAD / "base"), read_workspace(base())

    assert folder.release == stored.release
    assert folder.files == stored.files
    assert folder.workspace is not None
    assert folder.workspace.funnels == stored.workspace.funnels
    assert folder.workspace.release == folder.release


def test_the_release_changes_with_a_file_and_its_name_only():
    whole = files(funnels=FUNNEL)
    renamed = {path.replace("only", "other"): content for path, content in whole.items()}
    changed = whole | {"configs/funnels/only.yaml": FUNNEL.encode() + b"# a word\n"}
    backwards = dict(reversed(whole.items()))

    assert len({read_workspace(each).release for each in (whole, renamed, changed)}) == 3
    assert read_workspace(backwards).release == read_workspace(whole).release


def test_hidden_files_and_files_outside_configs_are_none_of_ours(tmp_path):
    (tmp_path / "voronka.yaml").write_text(SETTINGS)
    (tmp_path / "notes.yaml").write_text("x: [")
    (tmp_path / "configs/funnels").mkdir(parents=True)
    (tmp_path / "configs/funnels/.f.yaml.swp").write_bytes(b"\0")
    (tmp_path / "configs/funnels/f.yaml").write_text(FUNNEL)

    reading = read_workspace(tmp_path)

    assert reading.findings == ()
    assert sorted(reading.files) == ["configs/funnels/f.yaml", "voronka.yaml"]


def test_a_file_that_cannot_be_read_is_a_fault_of_the_environment(tmp_path):
    (tmp_path / "voronka.yaml").write_text(SETTINGS)

    class Broken(type(tmp_path)):
        def open(self, *_, **__):
            raise PermissionError(13, "Permission denied", str(self))

    with pytest.raises(EnvironmentFault, match=r"cannot be read\. You may not use this file"):
        read_workspace(Broken(tmp_path))


def test_a_warning_leaves_the_workspace():
    reading = read_workspace(files(funnels="funnel: f\nstages: {a: {}}\n"))

    assert [finding.severity for finding in reading.findings] == [Severity.WARNING]
    assert reading.workspace is not None


def test_the_smallest_workspace():
    workspace = read(funnels=FUNNEL)

    assert (workspace.name, workspace.title.render(), workspace.locale) == ("test", "test", "en")
    assert (workspace.currency.code, workspace.currency.digits) == ("RUB", 2)
    assert workspace.calendar.name == "standard"
    assert set(workspace.channels) == {"notice"}
    assert set(workspace.templates) == {
        "action_failed",
        "command_refused",
        "effect_unknown",
        "gate_stopped",
        "message_failed",
        "review_made",
        "sla_breached",
    }
    assert set(workspace.templates["sla_breached"].texts) == {"en", "ru"}


def test_a_workspace_may_write_the_engines_notices_for_itself():
    own = files(funnels=FUNNEL) | {"configs/templates/sla_breached.en.md": b"Hurry: {{ notice.stage }}\n"}

    template = read_workspace(own).workspace.templates["sla_breached"]

    assert template.texts["en"].body == "Hurry: {{ notice.stage }}\n"
    assert template.texts["en"].names == {"notice.stage"}


def test_fields_and_collections_by_subject():
    workspace = read_workspace(base()).workspace

    assert workspace.fields[Subject.ACCOUNTS].keys() == {"turnover"}
    assert workspace.fields[Subject.CONTACTS]["birthday"].pii
    assert workspace.fields[Subject.DEALS]["margin"].formula.text == "(amount - cost) / amount"
    assert workspace.sets["deal"].fields["margin"] is workspace.fields[Subject.DEALS]["margin"]
    assert workspace.collections[Subject.ACCOUNTS]["competitors"].key == "name"
    assert workspace.funnels["sales"].collections == {"lines_of_cost"}
    assert "device" not in workspace.funnels["sales"].fields


def test_an_import_knows_its_columns():
    imports = read_workspace(base()).workspace.imports

    assert imports["old_crm"].columns == {"id", "agent", "value", "stage"}
    assert imports["old_crm"].deal["owner"] == ColumnValue(column="agent", map={"A": "anna"})
    assert imports["old_crm"].keys == "sales"
    assert imports["calls"].columns == {"id", "moment", "activity"}
    assert imports["calls"].events[1].interaction["kind"] == ColumnValue(constant="call")


def test_people_report_and_stand_in():
    anna = read_workspace(base()).workspace.people["anna"]

    assert (anna.role, anna.team, anna.reports_to, anna.deputy) == ("seller", "b2b", "petr", "oleg")


def test_a_calendar_as_written():
    calendar = read_workspace(base()).workspace.calendar

    assert [len(day) for day in calendar.week] == [1, 1, 1, 1, 1, 0, 0]
    assert calendar.week[4][0].end == 17 * 60
    assert (
        Duration.parse("5 working days")
        == read_workspace(base()).workspace.funnels["sales"].variants[None].stages["needs"].sla
    )
