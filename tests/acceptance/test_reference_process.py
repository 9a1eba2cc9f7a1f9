"""The reference workspace carries a lead through qualification, hand-off, offer and contract, as it reads."""

import pytest

from voronka.bootstrap import init_workspace
from voronka.testing import TestWorkspace


class Desk(TestWorkspace):
    """A copy of the reference workspace, with one company and one person in it."""

    def __init__(self, root) -> None:
        init_workspace(root)
        super().__init__(root, start="2026-03-02 10:00", zone="Europe/Moscow")
        self.do("account.create", fields={"name": "Северный дом", "experience": "none"})
        self.do("contact.create", fields={"name": "Ирина Ветрова", "email": "irina@client.example", "locale": "ru"})

    def do(self, command, **more):
        answer = self.execute(command, **more)
        assert answer["refusal"] is None, answer["refusal"]
        return answer

    def refused(self, command, **more):
        """The names of the gates that stopped a command."""
        refusal = self.execute(command, **more)["refusal"]
        assert refusal is not None
        return {failure["gate"] for failure in refusal["failures"]}

    def shown(self, query, **params):
        """A record as it is shown, and its fields' values by name."""
        shown = self.query(query, **params)
        return shown, {field["name"]: field["value"] for field in shown["fields"]}

    def sent(self, words):
        """How many messages with these words have left."""
        return sum(words in message for message in self.messages().values())

    def lead(self):
        known = {"source": "site", "account": "Северный дом", "contact": "Ирина Ветрова", "owner": "leads_1"}
        return self.do("deal.create", funnel="reach", fields=known)["number"]

    def sale(self, **fields):
        known = {
            "account": "Северный дом",
            "contact": "Ирина Ветрова",
            "owner": "builders_1",
            "need": "Тихая вентиляция",
        }
        known |= {"decision_maker": "Ирина Ветрова", "seller_role": "integrator", **fields}
        return self.do("deal.create", funnel="react", fields=known)["number"]

    def offer(self, **fields):
        """A sale whose offer is out."""
        number = self.sale(**fields)
        self.do("checklist.tick", deal=number, item="buying_unit_mapped", evidence="https://drive.example/map")
        self.do("deal.move", deal=number, to="solution")
        for component in ("energy", "service", "downtime"):
            row = {"component": component, "confirmed": "true"}
            self.do("row.put", deal=number, collection="tco_components", fields=row)
        known = {"solution_type": "standard", "amount": "1200000", "offer_valid_until": "2026-05-29"}
        self.do("deal.move", deal=number, to="proposal", fields=known)
        return number


@pytest.fixture
def desk(tmp_path):
    with Desk(tmp_path / "desk") as desk:
        yield desk


def test_a_lead_becomes_a_sale_of_the_next_owner(desk):
    lead = desk.lead()
    desk.do("deal.move", deal=lead, to="contacting")
    assert desk.refused("deal.move", deal=lead, to="qualification") == {"contacting.leave.checks.1"}
    desk.do("interaction.log", deal=lead, fields={"kind": "call", "direction": "in", "outcome": "connected"})
    desk.do("deal.move", deal=lead, to="qualification")
    for item in ("budget_asked", "deciders_asked"):
        desk.do("checklist.tick", deal=lead, item=item)
    known = {"need": "Тихая вентиляция", "product_line": "recuperators", "timeline": "quarter", "target_client": "true"}
    met = {"meeting_at": "2026-03-05 15:00", "decision_maker": "Ирина Ветрова"}
    desk.do("deal.move", deal=lead, to="meeting", fields=known | met)
    desk.advance_to("2026-03-05 18:00")
    handed = {"meeting_result": "held", "seller_role": "integrator", "next_owner": "builders_1"}
    desk.do("deal.move", deal=lead, to="won", fields=handed)
    (sale,) = desk.query("deal.list", funnel="react")
    assert (sale["stage"]["name"], sale["owner"]["name"]) == ("needs", "builders_1")


def test_a_lead_left_alone_is_told_to_the_head_twice(desk):
    desk.lead()
    desk.advance_to("2026-03-10 12:00")
    assert desk.sent("стоит в «Новых»") == 2


def test_an_offer_needs_three_confirmed_components_of_the_cost_of_ownership(desk):
    sale = desk.sale()
    desk.do("checklist.tick", deal=sale, item="buying_unit_mapped", evidence="https://drive.example/map")
    desk.do("deal.move", deal=sale, to="solution")
    known = {"solution_type": "standard", "amount": "1200000", "offer_valid_until": "2026-05-29"}
    stopped = desk.refused("deal.move", deal=sale, to="proposal", fields=known)
    assert len(stopped) == 1
    desk.do("deal.move", deal=sale, to="proposal", fields=known, override="Клиент торопится", actor="head")


def test_materials_go_out_two_days_after_the_offer(desk):
    desk.offer()
    desk.advance_to("2026-03-04 09:59")
    assert desk.sent("расчёт стоимости владения") == 0
    desk.advance_to("2026-03-04 10:01")
    assert desk.sent("расчёт стоимости владения") == 1


def test_an_answer_stops_materials_and_escalation(desk):
    sale = desk.offer()
    desk.advance_to("2026-03-03 12:00")
    desk.do("interaction.log", deal=sale, fields={"kind": "call", "direction": "in", "outcome": "connected"})
    desk.advance_to("2026-03-20 12:00")
    assert desk.sent("расчёт стоимости владения") == desk.sent("нет ответа") == 0


def test_a_tender_is_warned_of_ten_three_and_one_day_before(desk):
    desk.offer(seller_role="kit_assembler", tender="true", tender_number="44-17", tender_deadline="2026-03-20 12:00")
    desk.advance_to("2026-03-21 12:00")
    assert desk.sent("44-17") == 3


def test_money_and_signature_close_the_sale_by_themselves(desk):
    sale = desk.offer()
    buyer = {"contact": "Ирина Ветрова", "role": "economic_buyer"}
    desk.do("row.put", deal=sale, collection="participants", fields=buyer)
    spoken = {"kind": "meeting", "direction": "out", "outcome": "connected", "contact": "Ирина Ветрова"}
    assert len(desk.refused("deal.move", deal=sale, to="negotiation")) == 1
    desk.do("interaction.log", deal=sale, fields=spoken)
    desk.do("deal.move", deal=sale, to="negotiation")
    desk.do("deal.move", deal=sale, to="contract", fields={"decision_on": "2026-04-01"})
    known = {"contract_number": "26-104", "contract_signed_on": "2026-03-02", "prepayment": "600000"}
    answer = desk.do("deal.set", deal=sale, fields=known)
    assert (answer["stage"], answer["outcome"]) == ("won", "won")
    _, contact = desk.shown("contact.show", contact="Ирина Ветрова")
    assert contact["status"] == "client"


def test_a_sale_nobody_touches_is_lost_after_sixty_days(desk):
    sale = desk.sale()
    desk.advance_to("2026-05-02 12:00")
    shown, fields = desk.shown("deal.show", deal=sale)
    assert (shown["stage"]["name"], fields["loss_reason"]) == ("lost", "no_answer")


def test_what_happened_can_be_replayed(desk):
    desk.offer()
    desk.lead()
    desk.advance("3 months")
    assert desk.verify().damages == ()
