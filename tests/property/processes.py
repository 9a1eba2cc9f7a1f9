"""Random small processes as a consultant might write them, and random things that people do in them."""

from __future__ import annotations

import json

from hypothesis import strategies as st

__all__ = ["changed", "doings", "funnels", "process_files", "rules"]

WORKSPACE = {
    "voronka.yaml": "workspace: any\nlocale: en\ntimezone: Europe/Moscow\ncurrency: RUB\n"
    'channels: {email: {via: file}}\nquiet_hours: "20:00-08:00"\n',
    "configs/people/team.yaml": (
        "roles: {seller: {label: Seller}, head: {label: Head}}\n"
        "people: {anna: {name: Anna, role: seller, reports_to: boss, zone: Asia/Omsk},\n"
        "  boss: {name: Boss, role: head}}\n"
    ),
    "configs/templates/hello.en.md": "---\nsubject: Hello\n---\nDeal {{ number }}, {{ amount }}\n",
    "configs/fields/own.yaml": """\
set: own
fields:
  amount: {type: money}
  due: {type: date}
  meeting: {type: datetime}
  role: {type: choice, options: [x, y]}
  flag: {type: bool}
  double: {type: money, formula: amount * 2}
  limit: {type: money, set_by: [head]}
  turnover: {of: accounts, type: money}
collections:
  parts: {of: deals, key: part, fields: {part: {type: text}, agreed: {type: bool}, by: {type: datetime}}}
""",
    "configs/funnels/g.yaml": "funnel: g\nfields: [own]\nstages: {only: {why: analytics, timed: {late: "
    "{after: 3 days, do: [{set: {flag: true}}]}}}}\n",
}
IMPORT = """\
import: past
rows: {format: csv}
mode: history
into: {funnel: f}
case: id
at: at
events:
  - {when: what == "move", stage: s1}
  - {when: what == "won", stage: won}
  - {when: what == "call", interaction: {kind: call, direction: out}}
"""
STEPS = ("problem", "solutions", "requirements", "supplier")
FACTS = [
    "amount > 5",
    "not replied",
    "count(parts, agreed) >= 2",
    "due is missing",
    'role == "x"',
    "coalesce(flag, false)",
    "double >= 100",
    "coalesce(account.turnover, 0) > 10",
    "any(tasks, not done)",
]
ANCHORS = [
    "due",
    "meeting",
    "last_interaction_at",
    "event checklist.ticked",
    "event interaction.logged",
    "event stage.entered",
    "event timer.fired",
]
WINDOWS = ["09:00-20:00", "22:00-06:00", "12:00-12:30"]
MOMENTS = ["today > due", "days_since(last_interaction_at) >= 2", "days_in_stage > 3"]
ACTIONS = [
    {"task": {"title": "Call", "due": "today"}},
    {"task": {"title": "Write", "due": "2 days", "assignee": "head"}},
    {"set": {"amount": "=coalesce(amount, 0) + 7"}},
    {"set": {"due": "=today + days(3)"}},
    {"set": {"flag": "=not coalesce(flag, false)"}},
    {"set": {"contact.status": "client"}},
    {"send": {"channel": "email", "to": "contact", "template": "hello"}},
    {"notify": {"to": "owner", "template": "hello"}},
    {"log": {"kind": "note", "direction": "out"}},
    {"open_deal": {"funnel": "g", "copy": ["account", "amount"]}},
    {"move": "lost"},
]

spans = st.sampled_from(["90 minutes", "5 hours", "1 day", "2 days", "4 days", "2 working days", "4 working hours"])
facts = st.sampled_from(FACTS)
conditions = st.sampled_from(FACTS + MOMENTS)
actions = st.lists(st.sampled_from(ACTIONS), min_size=1, max_size=2)
requires = st.lists(st.sampled_from(["amount", "due", "role"]), min_size=1, max_size=2, unique=True)
checks = st.fixed_dictionaries({"when": conditions}, optional={"override": st.just({"by": ["head"]})})
entries = st.fixed_dictionaries(
    {}, optional={"require": requires, "checks": st.lists(checks, min_size=1, max_size=2), "do": actions}
)


@st.composite
def timed(draw):
    """One timed event; its offsets are drawn apart, so that another release can change them."""
    rhythm = draw(st.sampled_from(["after", "after", "every", "before"]))
    event = {"do": draw(actions)}
    if rhythm == "before":
        event |= {"before": draw(st.lists(spans, min_size=1, max_size=2, unique=True))}
        event["from"] = draw(st.sampled_from(["due", "meeting"]))
    elif rhythm == "every":
        event |= {"every": draw(spans), "at_most": draw(st.integers(1, 3))}
        if draw(st.booleans()):
            event["until"] = draw(conditions)
    else:
        event |= {"after": draw(st.lists(spans, min_size=1, max_size=2, unique=True))}
    if rhythm != "before" and draw(st.booleans()):
        event["from"] = draw(st.sampled_from(ANCHORS))
    if draw(st.booleans()):
        event["when"] = draw(conditions)
    if draw(st.booleans()):
        event["on_missed"] = draw(st.sampled_from(["skip", {"skip_if_later_than": "4 hours"}]))
    if not event.get("from", "stage").startswith("event") and draw(st.booleans()):
        event["each"] = "parts"
        if draw(st.booleans()):
            event["from"] = "by"
    return event | draw(
        st.fixed_dictionaries(
            {},
            optional={
                "zone": st.sampled_from(["contact", "account", "owner"]),
                "window": st.sampled_from(WINDOWS),
                "keep": st.just(True),
                "backfill": st.just(True),
            },
        )
    )


@st.composite
def funnels(draw):
    count = draw(st.integers(2, 4))
    steps = sorted(draw(st.lists(st.sampled_from(STEPS), min_size=count, max_size=count)), key=STEPS.index)
    stages = {}
    for number, step in enumerate(steps):
        stage = {"journey": step, "leave": draw(entries)}
        stage["enter"] = draw(entries) if number else {"do": draw(actions)}
        if draw(st.booleans()):
            items = {f"asked_{number}": {"label": "Asked"}, f"again_{number}": {"label": "Again", "per_visit": True}}
            stage["leave"] = stage["leave"] | {"checklist": items}
        if draw(st.booleans()):
            stage["sla"] = draw(spans)
        events = draw(st.lists(timed(), max_size=2))
        stage["timed"] = {f"event_{number}_{place}": event for place, event in enumerate(events)}
        stages[f"s{number}"] = {key: value for key, value in stage.items() if value}
    funnel = {"funnel": "f", "fields": ["own"], "stages": stages}
    ways = {}
    if draw(st.booleans()):
        ways["expire"] = {"from": "*", "to": "lost", "after": draw(spans)}
    if draw(st.booleans()):
        ways["by_itself"] = {"from": "s0", "to": "s1", "auto": True, "when": draw(facts)}
    if draw(st.booleans()):
        ways["reopen"] = {"from": "lost", "to": "s0", "require": ["role"]}
    if ways:
        funnel["transitions"] = ways
    if draw(st.booleans()):
        removed = draw(st.sampled_from([name for name in stages if name not in ("s0", "s1")] or ["s1"]))
        if removed != "s1" or "by_itself" not in ways:
            case = {"stages": {removed: None}, "moves": {removed: "s0"}}
            funnel["variants"] = {"by": "role", "cases": {"x": case}}
    return funnel


TRIGGERS = [
    {"event": "interaction.logged"},
    {"event": "stage.entered"},
    {"event": "timer.fired"},
    {"event": "transition.refused"},
    {"field": "amount"},
    {"field": "flag"},
    {"field": "account.turnover"},
    {"stage": "f.s1"},
    {"stage": "g.only"},
    {"schedule": {"days": "working", "at": "09:00"}},
    {"schedule": {"every": "7 hours"}},
]


@st.composite
def rules(draw):
    """Rules of any kind, in any mode."""
    found = {}
    for number in range(draw(st.integers(0, 4))):
        rule = {"trigger": draw(st.sampled_from(TRIGGERS)), "do": draw(actions), "mode": draw(modes)}
        if draw(st.booleans()):
            rule["where"] = draw(conditions)
        if "schedule" in rule["trigger"] and any("open_deal" in action for action in rule["do"]):
            # Those that are opened would open others at each of its moments: more in a week than any test can hold.
            rule["where"] = f'funnel == "f" and ({rule.get("where", "true")})'
        if draw(st.booleans()):
            rule["again_after"] = draw(spans)
        if draw(st.booleans()):
            rule["closed"] = True
        found[f"rule_{number}"] = rule
    return found


modes = st.sampled_from(["active", "active", "shadow", "off"])


def process_files(funnel, rules=None):
    """The files of a workspace with this funnel and these rules. JSON is YAML."""
    files = {"configs/rules/r.yaml": json.dumps({"rules": rules})} if rules else {}
    return {**WORKSPACE, "configs/imports/past.yaml": IMPORT, "configs/funnels/f.yaml": json.dumps(funnel), **files}


def changed(event, change):
    """Return a timed event as a release changes it: what of the change a consultant could write there."""
    (rhythm,) = event.keys() & {"after", "before", "every"}
    spans_now = change.get("span", event[rhythm])
    new = {**event, rhythm: spans_now}
    anchor = change.get("from")
    if "each" in event and anchor is not None and anchor.startswith("event"):
        anchor = "by"
    if anchor in ("due", "meeting", "by") or (anchor and rhythm != "before"):
        new["from"] = anchor
    elif "from" in change and rhythm != "before":
        new.pop("from", None)
    if rhythm == "every":
        new |= {name: change[name] for name in ("at_most", "until") if name in change}
    if "at" in change and not any("hour" in span or "minute" in span for span in [spans_now, *spans_now]):
        new["at"] = change["at"]
    elif "span" in change:
        new.pop("at", None)
    new |= {name: change[name] for name in ("zone", "window", "keep") if name in change}
    if "at" in new:
        new.pop("window", None)
    return new


release = st.fixed_dictionaries(
    {},
    optional={
        "span": st.sampled_from(["1 hour", "3 days", "2 working days"]),
        "from": st.sampled_from([*ANCHORS, None]),
        "at_most": st.integers(1, 4),
        "until": conditions,
        "at": st.sampled_from(["08:00", "17:30"]),
        "zone": st.sampled_from(["workspace", "contact", "owner"]),
        "window": st.sampled_from(WINDOWS),
        "keep": st.booleans(),
    },
)
past = st.lists(
    st.tuples(
        st.sampled_from(["A", "B"]),
        st.sampled_from(["2026-01-15 10:00", "2026-02-27 18:00", "2026-03-01 09:00"]),
        st.sampled_from(["call", "call", "move", "won"]),
    ),
    min_size=1,
    max_size=4,
)
deal = st.integers(1, 4)
parts = st.sampled_from(["lid", "box"])
MEETINGS = ["2026-03-03 12:00", "2026-03-20 09:30"]
fields = st.fixed_dictionaries(
    {},
    optional={
        "amount": st.sampled_from(["3", "60.50", None]),
        "due": st.sampled_from(["2026-03-04", "2026-03-12", None]),
        "meeting": st.sampled_from([*MEETINGS, None]),
        "role": st.sampled_from(["x", "y", None]),
        "flag": st.sampled_from(["true", "false"]),
        "limit": st.sampled_from(["2", "3"]),
    },
)
doing = st.one_of(
    st.tuples(st.just("deal.move"), deal, st.sampled_from(["s0", "s1", "s2", "s3", "won", "lost"]), fields),
    st.tuples(st.just("deal.move"), deal, st.sampled_from(["s1", "s2", "s3", "won"]), fields),
    st.tuples(st.just("deal.set"), deal, fields),
    st.tuples(st.just("interaction.log"), deal, st.sampled_from(["in", "out"])),
    st.tuples(st.just("row.put"), deal, parts, st.sampled_from(["true", "false"]), st.sampled_from([None, *MEETINGS])),
    st.tuples(st.just("row.remove"), deal, parts),
    st.tuples(st.just("contact.set"), st.sampled_from(["Asia/Vladivostok", "America/New_York"])),
    st.tuples(st.just("checklist.tick"), deal, st.sampled_from(["asked_0", "again_0", "asked_1", "again_1"])),
    st.tuples(st.just("task.complete"), deal),
    st.tuples(st.just("account.set"), st.sampled_from(["5", "50"])),
    st.tuples(st.just("pass"), st.sampled_from(["40 minutes", "7 hours", "1 day", "3 days", "2 weeks"])),
    st.tuples(st.just("outage"), st.sampled_from(["2 hours", "3 days"])),
    st.tuples(st.just("back"), st.sampled_from([1, 30])),
    st.tuples(st.just("release"), release),
    st.tuples(st.just("release"), release),
    st.tuples(st.just("import"), past),
    st.tuples(st.just("undo")),
)
doings = st.lists(doing, min_size=8, max_size=25)
