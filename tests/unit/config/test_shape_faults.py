"""Each fault of shape is one plain sentence at its place, with what was probably meant."""

import pytest

from voronka.config.reader import read_document
from voronka.config.shape import check_shape

FUNNEL = "funnel: f\nstages:\n  talk: {label: Talk}\n"
IMPORT = "import: i\nmode: history\ninto: {funnel: f}\n"


def faults(kind, text):
    document = read_document("f.yaml", text.encode())
    return [
        (finding.code, finding.place.line, finding.place.column, finding.suggestion)
        for finding in (*document.findings, *check_shape(document, kind))
    ]


@pytest.mark.parametrize(
    ("kind", "text", "code", "line", "column", "suggestion"),
    [
        ("funnels", "", "V2001", 1, 1, None),
        ("funnels", "# only a comment\n", "V2001", 1, 1, None),
        ("funnels", "- a\n", "V2003", 1, 1, None),
        ("funnels", "funnel\n", "V2003", 1, 1, None),
        ("funnels", FUNNEL + "probabilty: 3\n", "V2002", 4, 1, None),
        ("funnels", FUNNEL + "ownr: head\n", "V2002", 4, 1, "owner"),
        ("funnels", FUNNEL + "цшк: head\n", "V2002", 4, 1, None),
        ("funnels", FUNNEL + "щцтук: head\n", "V2022", 4, 1, "owner"),
        ("funnels", FUNNEL + "ownеr: head\n", "V2021", 4, 1, "owner"),
        ("funnels", FUNNEL + "owner: [head]\n", "V2003", 4, 1, None),
        ("funnels", FUNNEL + "owner:\n", "V2014", 4, 1, None),
        ("funnels", FUNNEL + "owner: null\n", "V2015", 4, 8, None),
        ("funnels", FUNNEL + "owner: ''\n", "V2014", 4, 8, None),
        ("funnels", FUNNEL + "fields: deal_base\n", "V2003", 4, 9, None),
        ("funnels", FUNNEL + "fields: []\n", "V2016", 4, 1, None),
        ("funnels", FUNNEL + "fields: [a, b, a]\n", "V2018", 4, 16, None),
        ("funnels", FUNNEL + "flow: listet\n", "V2005", 4, 7, "listed"),
        ("funnels", FUNNEL + "label: {russian: Воронка}\n", "V2013", 4, 9, None),
        ("funnels", FUNNEL + "plugins: [erp]\n", "V2010", 4, 1, None),
        ("funnels", FUNNEL + "campaigns: {spring: {of: contacts}}\n", "V2010", 4, 1, None),
        ("funnels", FUNNEL + "migrations: {}\n", "V2010", 4, 1, None),
        ("workspace", "workspace: a\ntimezone: UTC\ncurrency: RUB\nterms: {}\n", "V2002", 4, 1, None),
        ("funnels", FUNNEL + "transitions: {a: {from: talk}}\n", "V2004", 4, 15, None),
        ("funnels", FUNNEL + "transitions: {a: {from: talk, to: won, auto: yes, when: x}}\n", "V2009", 4, 46, "true"),
        ("funnels", FUNNEL + "transitions: {a: {from: talk, to: won, auto: true}}\n", "V2019", 4, 40, None),
        ("funnels", FUNNEL + "transitions: {a: {from: talk, to: won, set: {x: }}}\n", "V2014", 4, 46, None),
        ("funnels", FUNNEL + "variants: {by: role, cases: {a: {stages: {talk: }}}}\n", "V2014", 4, 43, None),
        ("funnels", FUNNEL + "  Offer: {}\n", "V2013", 4, 3, "offer"),
        ("funnels", FUNNEL + "  Предложение: {}\n", "V2013", 4, 3, None),
        ("funnels", FUNNEL + "  сфдд: {}\n", "V2022", 4, 3, "call"),
        ("funnels", FUNNEL + "  сумма: {}\n", "V2013", 4, 3, None),
        ("funnels", FUNNEL + "  сall: {}\n", "V2021", 4, 3, "call"),
        ("funnels", FUNNEL + "  звонок: {}\n", "V2013", 4, 3, None),
        ("funnels", FUNNEL + "  оffer: {}\n", "V2021", 4, 3, "offer"),
        ("funnels", FUNNEL + "  no: {}\n", "V2013", 4, 3, None),
        ("funnels", FUNNEL + "  offer: null\n", "V2015", 4, 10, None),
        ("funnels", FUNNEL + "  offer: {probability: 40}\n", "V2006", 4, 24, "40%"),
        ("funnels", FUNNEL + "  offer:\n    probability: 0,4%\n", "V2008", 5, 18, "0.4%"),
        ("funnels", FUNNEL + "  offer: {sla: 5 дней}\n", "V2006", 4, 16, "5 days"),
        ("funnels", FUNNEL + "  offer: {sla: 5 Days}\n", "V2006", 4, 16, "5 days"),
        ("funnels", FUNNEL + "  offer: {sla: 5\u00a0days}\n", "V2006", 4, 16, "5 days"),
        ("funnels", FUNNEL + "  offer:\n    enter:\n      when:amount > 3\n", "V1027", 6, 11, None),
        ("funnels", FUNNEL + "  offer: {enter: {message: Why}}\n", "V2019", 4, 19, None),
        ("funnels", FUNNEL + "  offer: {enter: {when: x, checks: [{when: y}]}}\n", "V2011", 4, 28, None),
        ("funnels", FUNNEL + "  offer: {enter: {do: {task: {title: x}}}}\n", "V2003", 4, 19, None),
        ("funnels", FUNNEL + "  offer: {enter: {do: [{assign: x}]}}\n", "V2003", 4, 33, None),
        ("funnels", FUNNEL + "  offer: {enter: {do: [{tsk: {}}]}}\n", "V2002", 4, 25, "task"),
        ("funnels", FUNNEL + "  offer: {enter: {do: [{set: {a: 1}, move: won}]}}\n", "V2017", 4, 38, None),
        ("funnels", FUNNEL + "  offer: {timed: {t: {do: [{cancel: t}]}}}\n", "V2004", 4, 19, None),
        (
            "funnels",
            FUNNEL + "  offer: {timed: {t: {after: 1 day, before: 1 day, do: [{cancel: t}]}}}\n",
            "V2011",
            4,
            37,
            None,
        ),
        (
            "funnels",
            FUNNEL + "  offer: {timed: {t: {after: 1 day, at_most: 2, do: [{cancel: t}]}}}\n",
            "V2019",
            4,
            37,
            None,
        ),
        (
            "funnels",
            FUNNEL + "  offer: {timed: {t: {every: 1 day, at_most: 0, do: [{cancel: t}]}}}\n",
            "V2007",
            4,
            46,
            None,
        ),
        (
            "funnels",
            FUNNEL + "  offer: {timed: {t: {every: 1 day, at_most: two, do: [{cancel: t}]}}}\n",
            "V2007",
            4,
            46,
            None,
        ),
        (
            "funnels",
            FUNNEL + "  offer: {timed: {t: {after: 1 day, at: 9:00, do: [{cancel: t}]}}}\n",
            "V2006",
            4,
            41,
            "09:00",
        ),
        (
            "funnels",
            FUNNEL + "  offer: {timed: {t: {after: 1 day, zone: client, do: [{cancel: t}]}}}\n",
            "V2005",
            4,
            43,
            None,
        ),
        (
            "funnels",
            FUNNEL + "  offer: {timed: {t: {after: 1 day, on_missed: skp, do: [{cancel: t}]}}}\n",
            "V2006",
            4,
            48,
            "skip",
        ),
        ("workspace", "workspace: a\ntimezone: UTC\n", "V2004", 1, 1, None),
        ("workspace", "workspace: a\ntimezone: UTC\ncurrency: rub\n", "V2006", 3, 11, "RUB"),
        ("workspace", "workspace: a\ntimezone: UTC\ncurrency: RUB\nquiet_hours: x\n", "V2006", 4, 14, None),
        ("fields", "set: s\n", "V2004", 1, 1, None),
        ("fields", "set: s\nfields: {a: {type: mony}}\n", "V2005", 2, 20, "money"),
        ("fields", "set: s\nfields: {a: {type: choice}}\n", "V2004", 2, 10, None),
        ("fields", "set: s\nfields: {a: {type: text, options: [x]}}\n", "V2012", 2, 26, None),
        ("fields", "set: s\nfields: {a: {type: choice, options: [yes, maybe]}}\n", "V2013", 2, 38, None),
        ("fields", "set: s\nfields: {a: {type: text, pii: да}}\n", "V2009", 2, 31, "true"),
        ("people", "roles: {manager: {sees: mine}}\n", "V2005", 1, 25, None),
        ("people", "people: {anna: {name: Анна}}\n", "V2004", 1, 10, None),
        ("people", "routing: []\n", "V2016", 1, 1, None),
        ("calendars", "calendar: c\nhours: {monday: 09:00-18:00}\n", "V2013", 2, 9, "mon"),
        ("calendars", "calendar: c\nhours: {mon: 9-18}\n", "V2006", 2, 14, "09:00-18:00"),
        ("calendars", "calendar: c\noff: [31.12.2026]\n", "V2006", 2, 7, "2026-12-31"),
        ("imports", IMPORT + "rows: {format: csv}\n", "V2004", 1, 1, None),
        ("imports", IMPORT + "rows: {format: csv}\ncase: c\nat: t\n", "V2019", 5, 1, None),
        ("imports", IMPORT + "rows: {format: csv, delimiter: ';;'}\nkey: a\n", "V2006", 4, 32, None),
        ("imports", IMPORT + "rows: {format: csv}\nkey: a\ndeal: {owner: {map: {A: b}}}\n", "V2004", 6, 8, None),
        ("templates", "subjct: Hello\n", "V2002", 1, 1, "subject"),
        ("funnels", FUNNEL + "  offer: {sla: 1.5 days}\n", "V2006", 4, 16, "36 hours"),
        ("funnels", FUNNEL + "  offer: {sla: 2.5 working days}\n", "V2006", 4, 16, None),
        ("funnels", FUNNEL + "  offer: {sla: 0.5 weeks}\n", "V2006", 4, 16, "84 hours"),
        ("funnels", FUNNEL + "  offer: {sla: 0.3 days}\n", "V2006", 4, 16, "432 minutes"),
        ("funnels", FUNNEL + "  offer: {sla: 2 workdays}\n", "V2006", 4, 16, "2 working days"),
        ("funnels", FUNNEL + "  offer: {sla: 1 day working}\n", "V2006", 4, 16, "1 working day"),
        ("funnels", FUNNEL + "  offer: {sla: 2 business days}\n", "V2006", 4, 16, "2 working days"),
        ("funnels", FUNNEL + "  offer: {sla: 3 раб. дня}\n", "V2006", 4, 16, "3 working days"),
        ("funnels", FUNNEL + "  offer: {sla: 2 нед}\n", "V2006", 4, 16, "2 weeks"),
        ("rules", "tables: {t: {inputs: [x], outputs: [y], rows: [[any, '']]}}\n", "V2014", 1, 54, None),
    ],
)
def test_fault_is_told_at_its_place(kind, text, code, line, column, suggestion):
    assert faults(kind, text) == [(code, line, column, suggestion)]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("funnels", "funnel: f\nstages:\n  talk:\n  offer: {}\n"),
        ("funnels", FUNNEL + "label: 2026\n"),
        ("funnels", FUNNEL + "  offer: {sla: 30  days}\n"),
        ("funnels", FUNNEL + "transitions: {a: {from: talk, to: won, set: {x: null, y: [a, b], z: =x * 2}}}\n"),
        (
            "funnels",
            FUNNEL + "variants: {by: r, cases: {a: {stages: {talk: null}}, b: {stages: {talk: {label: null}}}}}\n",
        ),
        ("funnels", FUNNEL + "variants: {by: r, cases: {a: {transitions: {x: {after: 3 days}}, timed: {y: null}}}}\n"),
        ("people", "roles: {manager: }\npeople: {petr: {role: manager}}\n"),
        ("fields", "set: s\nfields: {a: {type: choice, options: {price: {ru: Цена}, timing: Сроки}}}\n"),
        ("imports", IMPORT + "rows: {format: csv}\nkey: [a, b]\nstage: talk\n"),
        ("imports", IMPORT + "rows: {format: csv}\ncase: c\nat: t\nevents: [{stage: talk}]\n"),
        ("templates", "subject: Hello\n"),
        ("templates", ""),
    ],
)
def test_what_the_language_allows_has_no_fault(kind, text):
    assert faults(kind, text) == []


@pytest.mark.parametrize(
    ("kind", "text", "folder"),
    [
        ("funnels", FUNNEL + "scorecards: {}\n", "configs/rules"),
        ("funnels", FUNNEL + "rules: {}\n", "configs/rules"),
        ("funnels", FUNNEL + "channels: {}\n", "voronka.yaml"),
        ("people", "roles: {head: }\nstages: {a: }\n", "configs/funnels"),
    ],
)
def test_a_section_of_another_kind_of_file_is_sent_there(kind, text, folder):
    found = check_shape(read_document("f.yaml", text.encode()), kind)
    assert [(each.place.column, folder in each.remedy.render("ru")) for each in found] == [(1, True)]


@pytest.mark.parametrize(
    ("written", "suggestions"),
    [
        ("[1,5 дня]", ["36 hours"]),
        ("[1,5 days, 2 days]", ["36 hours"]),
        ("[1, 5 days]", [None]),
        ("1,5 дня", ["36 hours"]),
    ],
)
def test_a_decimal_comma_in_a_list_of_durations_is_one_fault(written, suggestions):
    told = faults(
        "funnels", FUNNEL + f"  offer:\n    timed: {{t: {{before: {written}, from: due, do: [{{cancel: t}}]}}}}\n"
    )
    assert [each[3] for each in told] == suggestions


def test_all_faults_of_a_file_come_in_one_run_in_the_order_of_its_lines():
    text = FUNNEL + "  offer: {probability: 40, sla: soon, jorney: problem}\nflow: all\nplugins: x\n"
    assert [code for code, *_ in faults("funnels", text)] == ["V2006", "V2006", "V2002", "V2005", "V2010"]


def test_inside_what_is_not_known_nothing_more_is_told():
    assert [code for code, *_ in faults("funnels", FUNNEL + "plugins: {Pack: x, no: [1, 1], a: }\n")] == ["V2010"]


def test_a_file_that_cannot_be_read_is_found_no_further_fault_with():
    document = read_document("f.yaml", b"funnel: [\n")
    assert document.findings
    assert check_shape(document, "funnels") == ()


@pytest.mark.parametrize(
    ("kind", "text", "remedy"),
    [
        ("funnels", FUNNEL + "  offer: {sla: 5}\n", "Write it like this: `5 days`."),
        (
            "funnels",
            FUNNEL + "  offer: {sla: 1.5 working days}\n",
            "Write it in working hours: with 8 hours in a working day it is `12 working hours`.",
        ),
        ("funnels", FUNNEL + "  offer: {sla: '0,5 раб. дня'}\n", "Write it in working hours: with 8 hours in a"),
        ("calendars", "calendar: c\nhours: {пн-пт: '09:00-18:00'}\n", "Write it like this: `mon-fri`."),
        ("templates", "subjct: Hello\n", "Write `subject` in its place."),
        ("templates", "other: Hello\n", "Keys: subject"),
        ("templates", "subject: Hello\nsubjct: Hello\n", "Remove it."),
        ("funnels", FUNNEL + "ownr: head\n", "Further keys: label"),
    ],
)
def test_the_remedy_keeps_to_what_is_written(kind, text, remedy):
    document = read_document("f.yaml", text.encode())
    told = [finding.remedy.render("en") for finding in check_shape(document, kind)]
    assert [each for each in told if each.startswith(remedy)] or told == [remedy]


@pytest.mark.parametrize(
    ("language", "example"),
    [("en", "{amount: {type: money, label: Amount}}"), ("ru", "{amount: {type: money, label: Сумма}}")],
)
def test_the_labels_of_an_example_are_in_the_language_of_the_reader(language, example):
    document = read_document("f.yaml", b"set: s\nfields: amount\n")

    (finding,) = check_shape(document, "fields")

    assert example in finding.remedy.render(language)


@pytest.mark.parametrize(
    ("key", "given", "remedy"),
    [
        ("after", "-3 days", "`before: 3 days`"),
        ("after", "−3 working days", "`before: 3 working days`"),
        ("after", "[1 day, -3 days]", "`before: 3 days`"),
        ("after", "-3", "`before: 2 days`"),
        ("before", "-3 days", "`after: 3 days`"),
        ("every", "-3 days", "like this: `2 days`"),
    ],
)
def test_a_timed_event_with_a_negative_length_is_told_the_key_for_the_other_way(key, given, remedy):
    text = f"{FUNNEL}    timed: {{x: {{{key}: {given}, from: due, do: [{{task: {{title: t}}}}]}}}}\n"
    text = text.replace("talk: {label: Talk}", "talk:\n    label: Talk")
    document = read_document("f.yaml", text.encode())
    (finding,) = check_shape(document, "funnels")
    assert finding.code == "V2006"
    assert remedy in finding.remedy.render()
