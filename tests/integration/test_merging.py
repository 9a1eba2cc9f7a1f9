"""Two records that are one: found, merged once, with all that hangs on them; and who may do it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration import sales_workspace
from tests.integration.sales_workspace import START, ZONE, with_changes
from voronka.definition.fields import Field, FieldType
from voronka.errors import UsageFault
from voronka.messages import Label
from voronka.process.events import DealsConcerned
from voronka.process.state import PartyState, Stream, StreamKind
from voronka.runtime.queries.duplicates import normal_form
from voronka.testing import TestWorkspace, write_files

FIELDS = """\
set: base
sources:
  books: {label: Books, class: transactional}
  talk: {label: Talk, class: client}
fields:
  amount: {type: money}
  partner: {type: account}
  turnover: {of: accounts, type: money, sources: [books, talk]}
  inn: {of: accounts, type: text}
  city: {of: accounts, type: text}
  buys: {of: accounts, type: choices, options: [fans, ducts]}
  staff: {of: accounts, type: integer, ttl: 30 days}
  owner_of: {of: accounts, type: account}
  sold_by: {of: accounts, type: account}
  found_by: {of: accounts, type: account, sources: [books, talk]}
  backer: {type: account, sources: [books, talk]}
collections:
  links: {of: accounts, fields: {who: {type: account}}}
  rivals: {of: accounts, key: name, fields: {name: {type: text}, share: {type: percent}, strength: {type: text}}}
"""
FUNNEL = """\
funnel: sales
fields: [base]
stages: {new: {}, offer: {}}
transitions:
  linked: {from: new, to: offer, auto: true, when: account.owner_of is not missing and count(account.links) > 0}
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[TestWorkspace]:
    files = with_changes(fields=FIELDS, funnel=FUNNEL)
    del files["configs/templates/hello.en.md"]
    write_files(tmp_path / "sales", files)
    with TestWorkspace(tmp_path / "sales", start=START, zone=ZONE, database=sales_workspace.DATABASE) as opened:
        yield opened


def account(workspace: TestWorkspace, name: str, **fields: str) -> str:
    return str(workspace.execute("account.create", fields={"name": name, **fields})["id"])


def state(workspace: TestWorkspace, kind: StreamKind, id_: str) -> PartyState:
    stream = Stream(kind, bytes.fromhex(id_))
    with workspace.client.engine.read() as reader:
        return reader.parties([stream])[stream]


def test_all_that_hangs_on_an_account_moves_to_the_one_that_stays(workspace: TestWorkspace) -> None:
    keep, drop = account(workspace, "Acme", city="Omsk"), account(workspace, "ACME Ltd", city="Perm", inn="7701")
    workspace.execute("account.set", account=drop, fields={"turnover": "500"}, **{"from": "books"})
    workspace.execute("account.set", account=keep, fields={"turnover": "900"}, **{"from": "talk"})
    other = account(workspace, "Other", owner_of=drop)
    person = workspace.execute("contact.create", fields={"name": "Ivan", "account": drop})["id"]
    workspace.execute("deal.create", funnel="sales", fields={"account": drop, "contact": person})
    workspace.execute("deal.create", funnel="sales", fields={"account": keep, "partner": drop})
    for record, share in ((keep, "10%"), (drop, "20%")):
        row = {"name": "Rival", "share": share} | ({"strength": "price"} if record == drop else {})
        workspace.execute("row.put", account=record, collection="rivals", fields=row)
    workspace.execute("row.put", account=drop, collection="rivals", fields={"name": "Second"})
    tried = workspace.work("account.merge", keep=keep, drop=drop, dry_run=True)
    assert (tried["dry_run"], len(workspace.query("account.list"))) == (True, 3)
    report = workspace.work("account.merge", keep=keep, drop=drop, key="m1")
    assert report == tried | {"dry_run": False}
    assert (report["taken"], report["differing"]) == (["inn", "turnover"], ["city", "name", "rivals.share"])
    assert (report["deals"], report["accounts"], report["contacts"], report["rows"]) == (2, 1, 1, 2)
    merged = state(workspace, StreamKind.ACCOUNT, keep)
    assert merged.fields["turnover"] == 50_000  # the books are believed before what was said
    assert (merged.fields["inn"], merged.fields["city"]) == ("7701", "Omsk")
    assert {each.source for each in merged.observed["turnover"]} == {"books", "talk"}
    assert state(workspace, StreamKind.ACCOUNT, other).fields["owner_of"] == keep
    assert state(workspace, StreamKind.CONTACT, person).fields["account"] == keep
    shown = workspace.query("account.show", account=keep)
    assert [deal["number"] for deal in shown["deals"]] == [1, 2]
    with workspace.client.engine.read() as reader:
        rows = reader.rows("rivals", [merged.stream])[merged.stream]
        kinds = [
            [
                event.kind
                for entry in reader.history(Stream(StreamKind.ACCOUNT, bytes.fromhex(id_)))
                for event in entry.events
            ]
            for id_ in (keep, drop)
        ]
    assert rows["Rival"] == {"name": "Rival", "share": 0.1, "strength": "price"}
    assert "Second" in rows
    assert [each[-1] for each in kinds] == ["party.merged", "party.merged"]
    assert workspace.work("account.merge", keep=keep, drop=drop, key="m1") == report  # asked again
    with pytest.raises(UsageFault):
        workspace.work("account.merge", keep=keep, drop=other, key="m1")
    with pytest.raises(UsageFault):
        workspace.work("account.merge", keep=keep, drop=drop)
    assert workspace.verify().damages == ()


def test_a_field_and_a_row_of_one_record_may_both_name_the_one_that_goes(workspace: TestWorkspace) -> None:
    keep, drop = account(workspace, "Keep"), account(workspace, "Drop")
    other = account(workspace, "Other", owner_of=drop)
    workspace.execute("deal.create", funnel="sales", fields={"account": other})
    workspace.execute("row.put", account=other, collection="links", fields={"who": drop})
    workspace.settle()
    report = workspace.work("account.merge", keep=keep, drop=drop)
    assert (report["accounts"], report["rows"]) == (1, 1)
    with workspace.client.engine.read() as reader:
        *_, last = reader.history(Stream(StreamKind.ACCOUNT, bytes.fromhex(other)))
    (concerned,) = (event for event in last.events if isinstance(event, DealsConcerned))
    assert concerned.names == ("account.links", "account.owner_of")
    workspace.settle()
    assert workspace.verify().damages == ()


def test_what_sources_said_follows_a_merge(workspace: TestWorkspace) -> None:
    keep, drop, third = (account(workspace, name) for name in ("Keep", "Drop", "Third"))
    other, later = account(workspace, "Other"), account(workspace, "Later")
    workspace.execute("deal.create", funnel="sales", fields={"account": other})

    def tell(source: str, named: str, *records: str) -> None:
        for record in records:
            workspace.execute("account.set", account=record, fields={"found_by": named}, **{"from": source})
        workspace.execute("deal.set", deal=1, fields={"backer": named}, **{"from": source})

    tell("books", drop, other)
    tell("talk", drop, later, keep)
    tell("books", third, later)  # the books are believed: what was said stands behind it
    tell("books", drop, other)
    workspace.advance("1 hour")
    before = told(workspace, other)["found_by"]["said"]
    workspace.work("account.merge", keep=keep, drop=drop)
    assert [one["at"] for one in told(workspace, other)["found_by"]["said"]] == [one["at"] for one in before]
    tell("talk", third, other)
    workspace.execute("account.set", account=later, fields={"found_by": None}, **{"from": "books"})
    held = {each: state(workspace, StreamKind.ACCOUNT, each).fields.get("found_by") for each in (keep, other, later)}
    assert held == {keep: None, other: keep, later: keep}
    backer = next(each for each in workspace.query("deal.show", deal=1)["fields"] if each["name"] == "backer")
    assert backer["value"] == keep
    assert workspace.verify().damages == ()


def test_what_was_said_by_hand_of_the_one_that_goes_does_not_take_the_words_of_sources_with_it(
    workspace: TestWorkspace,
) -> None:
    keep, drop, third = (account(workspace, name) for name in ("Keep", "Drop", "Third"))
    workspace.execute("account.set", account=keep, fields={"found_by": third}, **{"from": "talk"})
    workspace.execute("account.set", account=keep, fields={"found_by": drop})
    workspace.work("account.merge", keep=keep, drop=drop)
    assert state(workspace, StreamKind.ACCOUNT, keep).fields["found_by"] == third
    assert [one["source"] for one in told(workspace, keep)["found_by"]["said"]] == ["talk"]
    assert workspace.verify().damages == ()


def test_a_contact_takes_personal_values_and_places_at_the_table(workspace: TestWorkspace) -> None:
    keep = workspace.execute("contact.create", fields={"name": "Ivan Petrov"})["id"]
    drop = workspace.execute("contact.create", fields={"name": "ivan  petrov", "email": "i@acme.ru"})["id"]
    workspace.execute("deal.create", funnel="sales", fields={"contact": drop})
    workspace.execute("row.put", deal=1, collection="participants", fields={"contact": drop, "role": "user"})
    (pair,) = workspace.query("contact.duplicates")
    assert (pair["keep"]["id"], pair["drop"]["id"], pair["by"]) == (keep, drop, ["name"])
    report = workspace.work("contact.merge", keep=keep, drop=drop)
    assert (report["taken"], report["deals"], report["rows"]) == (["email"], 1, 1)
    assert workspace.query("contact.show", contact="i@acme.ru")["id"] == keep
    with workspace.client.engine.read() as reader:
        deal = Stream(StreamKind.DEAL, reader.deals_by_number([1])[1])
        assert reader.rows("participants", [deal])[deal] == {keep: {"contact": keep, "role": "user"}}
    told = str(workspace.query("why", deal=1))
    assert "removed the row ivan  petrov of “Participants”" in told
    assert "wrote the row Ivan Petrov of “Participants”" in told
    assert workspace.query("contact.duplicates") == []


def test_what_is_given_up_of_two_places_at_one_table_is_told(workspace: TestWorkspace) -> None:
    keep, drop = (workspace.execute("contact.create", fields={"name": name})["id"] for name in ("Ivan", "Vanya"))
    workspace.execute("deal.create", funnel="sales", fields={"contact": keep})
    for contact, role in ((keep, "user"), (drop, "buyer")):
        fields = {"contact": contact, "role": role, "influence": "high"}
        workspace.execute("row.put", deal=1, collection="participants", fields=fields)
    report = workspace.work("contact.merge", keep=keep, drop=drop)
    assert report["differing"] == ["name", "participants.role"]


def test_options_in_another_order_differ_in_nothing(workspace: TestWorkspace, tmp_path: Path) -> None:
    keep = account(workspace, "Keep", buys="fans, ducts")
    write_files(tmp_path / "sales", {"configs/fields/base.yaml": FIELDS.replace("[fans, ducts]", "[ducts, fans]")})
    assert workspace.work("reload")["changed"]
    drop = account(workspace, "Drop", buys="ducts, fans")
    assert workspace.work("account.merge", keep=keep, drop=drop)["differing"] == ["name"]


def test_a_row_whose_column_has_narrower_bounds_by_now_moves_as_it_is(workspace: TestWorkspace, tmp_path: Path) -> None:
    keep, drop = account(workspace, "Keep"), account(workspace, "Drop")
    for fields in ({"name": "Rex", "share": "80%"}, {"name": "Ajax", "share": "10%"}):
        workspace.execute("row.put", account=drop, collection="rivals", fields=fields)
    workspace.execute("row.put", account=keep, collection="rivals", fields={"name": "Ajax"})
    narrower = FIELDS.replace("share: {type: percent}", "share: {type: percent, max: 5%}")
    write_files(tmp_path / "sales", {"configs/fields/base.yaml": narrower})
    assert workspace.work("reload")["changed"]
    assert workspace.work("account.merge", keep=keep, drop=drop)["rows"] == 2
    stream = Stream(StreamKind.ACCOUNT, bytes.fromhex(keep))
    with workspace.client.engine.read() as reader:
        rows = reader.rows("rivals", [stream])[stream]
    assert {key: row["share"] for key, row in rows.items()} == {"Rex": 0.8, "Ajax": 0.1}
    assert workspace.verify().damages == ()


def test_what_is_taken_keeps_its_age_its_author_and_its_evidence(workspace: TestWorkspace, tmp_path: Path) -> None:
    drop = account(workspace, "Old")
    workspace.execute("account.set", account=drop, fields={"turnover": "500"}, **{"from": "books"})
    workspace.execute("account.set", account=drop, fields={"staff": "50"})
    workspace.execute("account.set", account=drop, fields={"city": "Omsk"}, evidence="letter 5", **{"from": "talk"})
    before = told(workspace, drop)
    workspace.advance("90 days")
    keep = account(workspace, "New")
    fields = FIELDS.replace("  books: {label: Books, class: transactional}\n", "").replace("[books, talk]", "[talk]")
    write_files(tmp_path / "sales", {"configs/fields/base.yaml": fields})  # a former source is no reason to refuse
    assert workspace.work("reload")["changed"]
    assert workspace.work("account.merge", keep=keep, drop=drop)["taken"] == ["city", "staff", "turnover"]
    after = told(workspace, keep)
    assert {name: one["said"] for name, one in after.items()} == {
        name: [{**said, "label": after[name]["said"][0]["label"]} for said in one["said"]]
        for name, one in before.items()
    }
    assert [one["source"] for one in after["turnover"]["said"]] == ["books"]
    assert after["staff"]["stale"]
    assert workspace.verify().damages == ()


def told(workspace: TestWorkspace, id_: str) -> dict[str, Any]:
    fields = workspace.query("account.show", account=id_)["fields"]
    return {field["name"]: field["provenance"] for field in fields if field.get("provenance", {}).get("said")}


def test_a_deal_of_a_funnel_that_is_gone_follows_a_merge(workspace: TestWorkspace, tmp_path: Path) -> None:
    side = tmp_path / "sales/configs/funnels/side.yaml"
    side.write_text("funnel: side\nfields: [base]\nstages: {start: {}, mid: {}}\n", encoding="utf-8")
    workspace.work("reload")
    keep, drop = (workspace.execute("contact.create", fields={"name": name})["id"] for name in ("Ivan", "Iwan"))
    firm, other = account(workspace, "Acme"), account(workspace, "ACME")
    workspace.execute("deal.create", funnel="side", fields={"account": other, "contact": drop, "partner": other})
    workspace.execute("row.put", deal=1, collection="participants", fields={"contact": drop, "role": "user"})
    workspace.execute("deal.move", deal=1, to="lost")
    side.unlink()
    workspace.work("reload")
    assert workspace.work("contact.merge", keep=keep, drop=drop)["rows"] == 1
    assert workspace.work("account.merge", keep=firm, drop=other)["deals"] == 1  # one deal, whatever of it names it
    with workspace.client.engine.read() as reader:
        stream = Stream(StreamKind.DEAL, reader.deals_by_number([1])[1])
        deal = reader.deals([stream.id])[stream.id]
        rows = reader.rows("participants", [stream])[stream]
    assert (deal.account, deal.contact, deal.fields["partner"]) == (bytes.fromhex(firm), bytes.fromhex(keep), firm)
    assert rows == {keep: {"contact": keep, "role": "user"}}
    assert workspace.verify().damages == ()


def test_a_record_does_not_name_itself_after_a_merge(workspace: TestWorkspace) -> None:
    drop = account(workspace, "ACME")
    keep = account(workspace, "Acme", owner_of=drop)
    workspace.execute("account.set", account=drop, fields={"owner_of": keep})
    other = account(workspace, "Other", owner_of=drop, sold_by=drop)
    assert workspace.work("account.merge", keep=keep, drop=drop)["accounts"] == 1
    assert "owner_of" not in state(workspace, StreamKind.ACCOUNT, keep).fields
    fields = state(workspace, StreamKind.ACCOUNT, other).fields
    assert (fields["owner_of"], fields["sold_by"]) == (keep, keep)


def test_a_record_is_not_merged_with_itself(workspace: TestWorkspace) -> None:
    keep = account(workspace, "Acme")
    with pytest.raises(UsageFault, match="one record already"):
        workspace.work("account.merge", keep=keep, drop="Acme")


@pytest.mark.parametrize(
    ("name", "type_", "one", "other", "same"),
    [
        ("name", FieldType.TEXT, "ООО «Ёлка»", "Елка", True),
        ("name", FieldType.TEXT, "Acme Ltd.", "ACME", True),
        ("name", FieldType.TEXT, "ООО", "АО", False),
        ("name", FieldType.TEXT, "Acme East", "Acme West", False),
        ("phone", FieldType.PHONE, "+79161530967", "89161530967", True),
        ("phone", FieldType.PHONE, "+79161530967", "+79161530968", False),
        ("email", FieldType.EMAIL, "Ivan@Acme.ru", "ivan@acme.ru", True),
        ("site", FieldType.URL, "https://www.acme.ru/", "http://acme.ru", True),
        ("inn", FieldType.TEXT, "77 01-23", "770123", True),
    ],
)
def test_what_is_alike(name: str, type_: FieldType, one: str, other: str, same: bool) -> None:
    field = Field(name=name, type=type_, label=Label.plain(name))
    assert (normal_form(field, one) == normal_form(field, other)) is same


def test_what_says_too_little_is_like_nothing() -> None:
    assert normal_form(Field(name="phone", type=FieldType.PHONE, label=Label.plain("phone")), "112") == ""
    for value in ("+70000000000", "+74951234567"):
        assert normal_form(Field(name="phone", type=FieldType.PHONE, label=Label.plain("phone")), value) == ""
    for value in ("—", "нет", "Test", "xxx"):
        assert normal_form(Field(name="name", type=FieldType.TEXT, label=Label.plain("name")), value) == ""


def test_pairs_are_proposed_page_by_page(workspace: TestWorkspace) -> None:
    for name in ("Acme", "ООО Acme", "Beta", "«acme»"):
        account(workspace, name)
    pairs: list[dict[str, Any]] = workspace.query("account.duplicates")
    assert [(pair["keep"]["name"], pair["drop"]["name"]) for pair in pairs] == [
        ("Acme", "ООО Acme"),
        ("Acme", "«acme»"),
    ]
    assert workspace.query("account.duplicates", skip=1) == pairs[1:]
