"""Who is told what a release changes, who has read it, and whose reading others may ask about."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.people.oracle import ACTORS
from tests.integration.people.staffed_workspace import FILES, open_staffed
from voronka.errors import UsageFault, VoronkaError
from voronka.process.events import ReleaseRead
from voronka.runtime.viewer import Forbidden
from voronka.storage import WORKSPACE
from voronka.testing import TestWorkspace, write_files

SALES = "configs/funnels/sales.yaml"
STRICTER = {SALES: FILES[SALES].replace("coalesce(margin, 0) >= 0", "coalesce(margin, 0) >= 5")}
PEOPLE = ("sam", "sid", "sol", "lea", "lou", "tom", "dan", "ada", "cal")
LEADS = {"lea": {"sam", "sid"}, "lou": {"sol"}, "dan": set(PEOPLE)}
"""Of whom somebody may know, beside themselves: who reports to them; the director may change all."""
UNTOUCHED = "ada"
"""An auditor changes no deals, and no part of the funnel names the role."""


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestWorkspace]:
    root = tmp_path_factory.mktemp("released")
    workspace = open_staffed(root)
    with pytest.raises(VoronkaError, match="is the first") as first:
        workspace.query("release.notes")
    assert first.value.exit_code == 4
    workspace.advance("1 day")
    write_files(root, STRICTER)
    assert workspace.work("reload")["changed"]
    yield workspace
    workspace.client.close()


@pytest.mark.parametrize("actor", ACTORS)
def test_each_sees_what_changes_for_them_and_for_those_who_report_to_them(office: TestWorkspace, actor: str) -> None:
    own = office.query("release.notes", actor=actor)
    assert (own["user"]["name"], own["n"]) == (actor, 0 if actor == UNTOUCHED else 1)
    for user in PEOPLE:
        if user == actor or user in LEADS.get(actor, ()):
            assert office.query("release.notes", actor=actor, user=user)["user"]["name"] == user
        else:
            with pytest.raises(Forbidden):
                office.query("release.notes", actor=actor, user=user)


@pytest.mark.parametrize("actor", ACTORS)
def test_each_asks_who_has_not_read_about_themselves_and_their_team(office: TestWorkspace, actor: str) -> None:
    def asked(**params: bool) -> set[str]:
        return {each["user"]["name"] for each in office.query("release.unread", actor=actor, **params)["people"]}

    assert asked() == {actor} - {UNTOUCHED}
    assert asked(team=True) == {actor, *LEADS.get(actor, ())} - {UNTOUCHED}


def test_the_operator_is_told_everything_and_of_everybody(office: TestWorkspace) -> None:
    notes = office.query("release.notes")
    (change,) = notes["changes"]
    assert (notes["user"], change["title"]["en"], len(change["alterations"])) == (None, "Stage “offer”", 1)
    assert set(change["part"]) == {"en", "ru"}
    unread = office.query("release.unread")
    assert (unread["concerned"], {each["n"] for each in unread["people"]}) == (len(PEOPLE) - 1, {1})
    with pytest.raises(UsageFault, match="for themselves"):
        office.work("release.read")


@pytest.mark.parametrize("named", ["nothing", ""])
def test_a_release_is_named_by_how_its_hash_begins(office: TestWorkspace, named: str) -> None:
    newest, first = (each["release"] for each in office.query("release.list"))
    assert office.query("release.notes", release=newest[:12])["before"] == first
    with pytest.raises(UsageFault, match=r"no release nothing" if named else "Several releases"):
        office.query("release.notes", release=named)


def test_what_is_read_is_an_event_and_a_release_that_comes_back_is_unread_again(tmp_path: Path) -> None:
    with open_staffed(tmp_path) as office:
        for files in (STRICTER, FILES, STRICTER):
            office.advance("1 day")
            write_files(tmp_path, files)
            office.work("reload")
            assert office.query("release.notes", actor="sam")["read_at"] is None
            marked = office.work("release.read", actor="sam")
            office.advance("1 hour")
            assert office.work("release.read", actor="sam") == marked
            assert office.query("release.notes", actor="lea", user="sam")["read_at"] == marked["read_at"]
            unread = office.query("release.unread", actor="lea", team=True)
            assert (unread["concerned"], unread["read"]) == (3, 1)
        office.work("release.read", actor="lea", release=marked["release"])
        with office.client.engine.read() as reader:
            entries = [*reader.history(WORKSPACE)]
        read = [entry.actor for entry in entries for event in entry.events if isinstance(event, ReleaseRead)]
        assert read == ["sam", "sam", "sam", "lea"]
        listed = office.query("release.list", actor="sam")
        assert [each["read_at"] is not None for each in listed] == [True, True, True, False]
        assert listed[0]["release"] == listed[2]["release"]
        assert office.verify().damages == ()
