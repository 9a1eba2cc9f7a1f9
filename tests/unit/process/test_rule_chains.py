"""Rules and the chain that leaves the deal: none is triggered by what it has led to elsewhere."""

import pytest

from tests.unit.process.builders import ACCOUNT, CALL
from tests.unit.process.test_rules import fired, lived, rule
from voronka.definition.actions import SendAction, SetAction
from voronka.process import events as happened
from voronka.process.commands import Chain, FactsChanged, MoveDeal, RecordDelivery, SetFields
from voronka.process.state import PartyState

MAIL = SendAction(channel="email", to="contact", template="hello")


def linked(*rules):
    """Return the story of a deal of an account, whose rules set it."""
    account = PartyState(stream=ACCOUNT, seq=1, release="", created_at=0, fields={"turnover": 5})
    story = lived(*rules, parties=(account,), opened=False)
    story.open(account=ACCOUNT.id)
    return story


COMMON = SetAction(values={"account.turnover": 7})
AFTER_R = Chain("test", 2, ("rule:r", "set account", "account turnover"))


@pytest.mark.parametrize(
    ("trigger", "command"),
    [
        ("field account.turnover", FactsChanged(names=("account.turnover",), old={"account.turnover": 5})),
        ("field amount", SetFields(values={"amount": 5})),
        ("event interaction.logged", CALL),
        ("stage react.proposal", MoveDeal(to="proposal")),
    ],
    ids=["account", "answer that sets", "answer that logs", "answer that moves"],
)
def test_a_rule_does_not_trigger_itself_through_other_records_or_answers(trigger, command):
    story = linked(rule("r", trigger, do=(COMMON,)), rule("s", trigger, do=(COMMON,)))
    story.do(command, chain=AFTER_R)
    assert fired(story) == ["s"]
    (queued,) = story.of(happened.CommandQueued)
    assert queued.chain.links == (*AFTER_R.links, "rule:s", "set account")


def test_a_rule_beside_another_does_not_count_as_led_by_it():
    story = linked(rule("first", "field amount"), rule("second", "field amount", do=(COMMON, MAIL)))
    story.fields(amount=5)
    assert fired(story) == ["first", "second"]
    (queued,), (sent,) = story.of(happened.CommandQueued), story.of(happened.EffectRequested)
    assert (queued.chain.links, sent.led) == (("rule:second", "set account"), ("rule:second",))


def test_what_follows_from_a_message_goes_on_with_the_rules_that_led_to_it():
    story = linked(rule("r", "event message.sent", do=(COMMON,)))
    story.do(RecordDelivery(effect="1.1", sent=True, channel="email", recipient="user:anna", led=("rule:q",)))
    (queued,) = story.of(happened.CommandQueued)
    assert queued.chain.links == ("rule:q", "rule:r", "set account")
