"""How long a rule leaves a deal alone on which it has acted."""

import pytest

from tests.unit.process.test_rules import CALL, MORNING, fired, lived, rule, run


def test_a_rule_acts_again_only_after_a_while():
    story = lived(rule("r", "event interaction.logged", again_after="2 days"))
    acted = []
    for at in ("2026-03-02 11:00", "2026-03-03 11:00", "2026-03-04 10:59", "2026-03-04 11:00"):
        story.do(CALL, at=at)
        acted.append(fired(story))
    assert acted == [["r"], [], [], ["r"]]


def test_a_scheduled_rule_acts_again_after_a_while_even_if_its_condition_held_on():
    story = lived(rule("r", MORNING, "days_since(last_interaction_at) >= 2", again_after="2 working days"))
    acted = [run(story, f"2026-03-{day:02} 09:00") for day in range(4, 12)]
    assert acted == [["r"], [], ["r"], [], [], [], [], ["r"]]  # after Friday the 6th come a weekend and a holiday


@pytest.mark.parametrize("pause", ["1 day", "24 hours", "1 working day"])
def test_a_pause_between_rounds_does_not_depend_on_how_late_each_begins(pause):
    story = lived(rule("r", MORNING, again_after=pause))
    rounds = ("2026-03-03 09:00:02.3", "2026-03-04 09:00:00.8", "2026-03-05 09:00:00.5", "2026-03-06 09:00:00.1")
    assert [run(story, at) for at in rounds] == [["r"]] * len(rounds)


@pytest.mark.parametrize("trigger", ["event interaction.logged", MORNING])
def test_a_clock_that_was_ahead_holds_a_rule_up_for_two_pauses_at_most(trigger):
    def act(at):
        return run(story, at) if trigger is MORNING else fired(story) if story.do(CALL, at=at) else []

    story = lived(rule("r", trigger, again_after="2 days"))
    assert act("2026-12-02 09:00") == ["r"]
    assert [act(f"2026-03-{day:02} 09:00") for day in (3, 4, 5)] == [["r"], [], ["r"]]
    assert act("2026-03-05 08:59") == []  # set back by a minute, it has acted all the same
