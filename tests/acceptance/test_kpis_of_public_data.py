"""KPIs over public data sets: imported, taken into the mart and asked for; beside the same by pandas from the files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.acceptance.real_data import data_folder, open_example
from voronka.bootstrap import open_workspace
from voronka.calendars import day_start
from voronka.runtime.local import LocalClient
from voronka.simulation.clock import VirtualClock
from voronka.testing import write_files

pd = pytest.importorskip("pandas", reason="pandas is not here: pip install -r requirements.pandas.lock")

Found = dict[tuple[str, ...], Any]
STATS = {"p50": 50, "p80": 80, "p95": 95}


def kpis_of(**kpis: str) -> dict[str, str]:
    """Return the file that declares KPIs, each told by how it is computed."""
    head = "label: {name}, definition: As its name says, owner: {owner}, grain: [month, quarter]"
    owner = kpis.pop("owner")
    lines = [f"  {name}: {{{head.format(name=name, owner=owner)}, {how}}}\n" for name, how in kpis.items()]
    return {"configs/kpis/asked.yaml": "kpis:\n" + "".join(lines)}


def open_on(example: str, folder: Path, kpis: Mapping[str, str], today: str, zone: str) -> LocalClient:
    """Open a copy of an example that has some KPIs, on the morning of a day."""
    return open_example(example, folder, kpis, **on(today, zone))


def on(today: str, zone: str) -> dict[str, Any]:
    """Return how to open a workspace on the morning of a day."""
    clock = VirtualClock(day_start(date.fromisoformat(today), zone))
    return {"clock": clock, "random": Random(1).randbytes, "durable": False}


def asked(client: LocalClient, kpi: str, start: str, end: str, grain: str, *by: str) -> list[dict[str, Any]]:
    """Return what is answered, with the names of the rows and of their periods as texts."""
    told = client.query("kpi", {"kpi": kpi, "from": start, "to": end, "grain": grain, "by": ",".join(by)})
    assert told["dropped"] == 0 or by
    return [
        {**row, "at": (row["period"], *(str(key["value"]) for key in row["keys"].values()))} for row in told["rows"]
    ]


def values(rows: list[dict[str, Any]]) -> Found:
    return {row["at"]: row["value"] for row in rows}


def counted(found: Found) -> Found:
    """Return what is not nothing: a file does not name the periods in which nothing happened."""
    return {key: value for key, value in found.items() if value}


def period(moments: pd.Series, grain: str) -> pd.Series:
    """Return the first day of the month or quarter of local moments, as text."""
    return moments.dt.tz_localize(None).dt.to_period(grain).dt.start_time.dt.strftime("%Y-%m-%d")


def grouped(series: pd.Series) -> Found:
    """Return a grouped series by its keys, always a tuple."""
    return {key if isinstance(key, tuple) else (key,): value for key, value in series.to_dict().items()}


def stays(lengths: pd.DataFrame, *keys: str) -> Found:
    """Return by keys and statistic the days that so many of the lengths do not exceed (the nearest rank), to the whole
    minute.
    """
    minutes = (lengths["left"] - lengths["entered"]) // pd.Timedelta(minutes=1)
    found: Found = {}
    for key, group in minutes.groupby([lengths[key] for key in keys]):
        ranked = group.sort_values().tolist()
        for name, hundredths in STATS.items():
            found[(*key, name)] = ranked[-(-len(ranked) * hundredths // 100) - 1] / 1440
    return found


def standing(spans: pd.DataFrame, months: pd.DatetimeIndex, *keys: str) -> Found:
    """Return by month and keys how many spans last at the end of it."""
    found: Found = {}
    for month in months:
        end = (month + pd.offsets.MonthBegin(1)).tz_localize(spans["entered"].dt.tz)
        there = spans[(spans["entered"] < end) & ~(spans["left"] < end)]
        name = month.strftime("%Y-%m-%d")
        if keys:
            found |= {(name, *key): count for key, count in grouped(there.groupby(list(keys)).size()).items()}
        else:
            found[(name,)] = len(there)
    return found


CRM_ZONE = "America/New_York"
CRM = kpis_of(
    owner="manager",
    converted="conversion: {from: created, to: won, basis: cohort}",
    within="conversion: {from: created, to: won, basis: cohort, within: 60 days}",
    won='measure: "count(deals, won)", time: closed_at, by: [owner]',
    lost='measure: "count(deals, lost)", time: closed_at, by: [owner]',
    rate='ratio: {part: "count(deals, won)", whole: "count(deals, closed)"}, time: closed_at, by: [owner]',
    revenue='measure: "sum(deals, amount, won)", time: closed_at, by: [product]',
    cheque='measure: "median(deals, amount, won)", time: closed_at',
    stay="time_in_stage: {funnel: opportunities, stages: [engaging], stat: [p50, p80, p95], open: exclude}",
    standing='stock: "count(deals, open)", by: [owner]',
)
CRM_DAYS = ("2016-10-01", "2017-12-31")


@pytest.fixture(scope="module")
def pipeline() -> pd.DataFrame:
    """The deals of the file with local moments, and the month and quarter of each."""
    deals = pd.read_csv(data_folder("maven_crm") / "sales_pipeline.csv")
    engaged = deals["engage_date"].fillna("2017-12-31")  # still prospecting: the date the list was taken
    deals["entered"] = pd.to_datetime(engaged).dt.tz_localize(CRM_ZONE)
    deals["left"] = pd.to_datetime(deals["close_date"]).dt.tz_localize(CRM_ZONE)
    deals["won"] = deals["deal_stage"] == "Won"
    deals["began"], deals["month"] = period(deals["entered"], "M"), period(deals["left"], "M")
    deals["quarter"] = period(deals["left"], "Q")
    return deals


@pytest.fixture(scope="module")
def crm(pipeline: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalClient]:
    client = open_on("hardware_crm", tmp_path_factory.mktemp("crm"), CRM, "2018-01-01", CRM_ZONE)
    for mapping in ("opportunities", "outcomes"):
        file = data_folder("maven_crm") / "sales_pipeline.csv"
        assert client.work("import", {"mapping": mapping, "file": str(file)})["refused"] == 0
    yield client
    client.close()


def test_opportunities_of_a_month_are_won_as_often_as_the_file_says(crm: LocalClient, pipeline: pd.DataFrame) -> None:
    cohorts = pipeline.groupby("began")["won"].agg(["sum", "size"])
    rows = asked(crm, "converted", *CRM_DAYS, "month")
    assert {row["at"][0]: (row["part"], row["whole"]) for row in rows if row["whole"]} == {
        month: (cohort["sum"], cohort["size"]) for month, cohort in cohorts.iterrows()
    }
    assert all(row["value"] == pytest.approx(row["part"] / row["whole"]) for row in rows if row["whole"])


def test_only_opportunities_old_enough_are_judged_by_sixty_days(crm: LocalClient, pipeline: pd.DataFrame) -> None:
    began, ended = pipeline["entered"].dt.tz_localize(None), pipeline["left"].dt.tz_localize(None)
    sixty = pd.Timedelta(days=60)  # of the calendar: these moments have no zone
    judged = pipeline.assign(done=pipeline["won"] & (ended <= began + sixty))
    judged = judged[began + sixty <= pd.Timestamp("2018-01-01")]
    cohorts = judged.groupby("began")["done"].agg(["sum", "size"])
    rows = asked(crm, "within", *CRM_DAYS, "month")
    assert {row["at"][0]: (row["part"], row["whole"]) for row in rows if row["whole"]} == {
        month: (cohort["sum"], cohort["size"]) for month, cohort in cohorts.iterrows()
    }


def test_each_owner_won_and_lost_what_the_file_says(crm: LocalClient, pipeline: pd.DataFrame) -> None:
    closed = pipeline[pipeline["left"].notna()]
    for name, part in (("won", closed[closed["won"]]), ("lost", closed[~closed["won"]])):
        expected = grouped(part.groupby(["quarter", "sales_agent"]).size())
        assert counted(values(asked(crm, name, *CRM_DAYS, "quarter", "owner"))) == expected
    rates = values(asked(crm, "rate", *CRM_DAYS, "quarter", "owner"))
    expected = grouped(closed.groupby(["quarter", "sales_agent"])["won"].mean())
    assert {key: value for key, value in rates.items() if value is not None} == pytest.approx(expected)


def test_revenue_and_the_median_cheque_are_those_of_the_file(crm: LocalClient, pipeline: pd.DataFrame) -> None:
    won = pipeline[pipeline["won"]]
    by_quarter = grouped(won.groupby("quarter")["close_value"].sum())
    assert counted(values(asked(crm, "revenue", *CRM_DAYS, "quarter"))) == pytest.approx(by_quarter)
    product = won["product"].replace("GTXPro", "GTX Pro").str.lower().str.replace(" ", "_")
    by_product = grouped(won.groupby(["quarter", product])["close_value"].sum())
    assert counted(values(asked(crm, "revenue", *CRM_DAYS, "quarter", "product"))) == pytest.approx(by_product)
    cheques = grouped(won.groupby("month")["close_value"].median())
    assert counted(values(asked(crm, "cheque", *CRM_DAYS, "month"))) == pytest.approx(cheques)


def test_engaged_opportunities_take_as_long_as_the_file_says(crm: LocalClient, pipeline: pd.DataFrame) -> None:
    expected = stays(pipeline[pipeline["left"].notna()].assign(stage="engaging"), "began", "stage")
    found = values(asked(crm, "stay", *CRM_DAYS, "month"))
    assert {key: value for key, value in found.items() if value is not None} == pytest.approx(expected)


def test_opportunities_open_at_the_end_of_a_month_are_those_of_the_file(
    crm: LocalClient, pipeline: pd.DataFrame
) -> None:
    months = pd.date_range("2016-10-01", "2017-12-01", freq="MS")
    assert values(asked(crm, "standing", *CRM_DAYS, "month")) == standing(pipeline, months)
    by_owner = counted(values(asked(crm, "standing", *CRM_DAYS, "month", "owner")))
    assert by_owner == standing(pipeline, months, "sales_agent")


BANK_ZONE = "Europe/Amsterdam"
BANK = kpis_of(
    owner="head",
    converted="conversion: {from: created, to: won, basis: cohort}",
    offered="conversion: {from: created, to: loans.offered, basis: cohort, within: 7 days}",
    won='measure: "count(deals, won)", time: closed_at, by: [owner]',
    lost='measure: "count(deals, lost)", time: closed_at, by: [loss_reason]',
    lent='measure: "sum(deals, amount, won)", time: closed_at',
    calls='of: interactions, measure: "count(interactions)", by: [user]',
    stay="time_in_stage: {funnel: loans, stat: [p50, p80, p95], open: exclude}",
    standing='stock: "count(deals, open)"',
)
BANK_DAYS = ("2011-10-01", "2012-06-30")
STAGES = {
    "A_PREACCEPTED": "preaccepted",
    "A_ACCEPTED": "accepted",
    "O_SENT": "offered",
    "O_SENT_BACK": "returned",
    "A_APPROVED": "won",
    "A_DECLINED": "lost",
    "A_CANCELLED": "lost",
}
CALLS = ("W_Afhandelen leads", "W_Nabellen offertes", "W_Nabellen incomplete dossiers")


@pytest.fixture(scope="module")
def cases() -> pd.DataFrame:
    """Every 33rd application, that is some 400 of all months."""
    return pd.read_csv(data_folder("bpic2012_loans") / "cases.csv", dtype=str).iloc[::33]


@pytest.fixture(scope="module")
def log(cases: pd.DataFrame) -> pd.DataFrame:
    """The events of these applications."""
    events = pd.read_csv(data_folder("bpic2012_loans") / "events.csv.gz", dtype=str)
    return events[events["case_id"].isin(cases["case_id"])]


@pytest.fixture(scope="module")
def bank(cases: pd.DataFrame, log: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalClient]:
    folder = tmp_path_factory.mktemp("bank")
    cases.to_csv(folder / "cases.csv", index=False)
    log.to_csv(folder / "events.csv.gz", index=False)
    client = open_on("loan_offers", folder, BANK, "2012-07-01", BANK_ZONE)
    for mapping, file in (("applications", "cases.csv"), ("events", "events.csv.gz")):
        assert client.work("import", {"mapping": mapping, "file": str(folder / file)})["refused"] == 0
    yield client
    client.close()


@pytest.fixture(scope="module")
def moves(cases: pd.DataFrame, log: pd.DataFrame) -> pd.DataFrame:
    """The registration of each application and each event that enters a stage, in the order of time."""
    first = pd.DataFrame({"case_id": cases["case_id"], "stage": "submitted", "entered": cases["reg_date"]})
    entering = log[log["activity"].isin(STAGES)]
    entering = entering.assign(stage=entering["activity"].map(STAGES), entered=entering["timestamp"])
    found = pd.concat([first, entering[["case_id", "stage", "entered", "activity", "resource"]]])
    found["entered"] = pd.to_datetime(found["entered"], format="ISO8601", utc=True).dt.tz_convert(BANK_ZONE)
    return found.sort_values(["case_id", "entered"], kind="stable")


@pytest.fixture(scope="module")
def visits(moves: pd.DataFrame) -> pd.DataFrame:
    """The stays in stages; one more offer while another is out begins none."""
    found = moves[moves["stage"] != moves.groupby("case_id")["stage"].shift()].copy()
    found["left"] = found.groupby("case_id")["entered"].shift(-1)
    found["month"] = period(found["entered"], "M")
    return found


@pytest.fixture(scope="module")
def ends(moves: pd.DataFrame, cases: pd.DataFrame) -> pd.DataFrame:
    """Each application as a whole: when it began and closed, how, and who sent the last offer."""
    by = moves.groupby("case_id")
    sent = moves[moves["stage"] == "offered"]
    closed = moves[moves["stage"].isin(["won", "lost"])]
    found = pd.DataFrame(
        {
            "entered": by["entered"].first(),
            "stage": by["stage"].last(),
            "activity": by["activity"].last(),
            "owner": sent.groupby("case_id")["resource"].last(),
            "amount": cases.set_index("case_id")["amount_req"].astype(int),
            "offered": sent.groupby("case_id")["entered"].first(),
            "left": closed.groupby("case_id")["entered"].last(),
        }
    )
    found["began"], found["month"] = period(found["entered"], "M"), period(found["left"], "M")
    return found


def test_applications_of_a_month_are_approved_as_often_as_the_log_says(bank: LocalClient, ends: pd.DataFrame) -> None:
    cohorts = (ends["stage"] == "won").groupby(ends["began"]).agg(["sum", "size"])
    rows = asked(bank, "converted", *BANK_DAYS, "month")
    assert {row["at"][0]: (row["part"], row["whole"]) for row in rows if row["whole"]} == {
        month: (cohort["sum"], cohort["size"]) for month, cohort in cohorts.iterrows()
    }


def test_applications_get_an_offer_within_a_week_as_often_as_the_log_says(
    bank: LocalClient, ends: pd.DataFrame
) -> None:
    week = ends["entered"].dt.tz_localize(None) + pd.Timedelta(days=7)
    cohorts = (ends["offered"].dt.tz_localize(None) <= week).groupby(ends["began"]).agg(["sum", "size"])
    rows = asked(bank, "offered", *BANK_DAYS, "month")
    assert {row["at"][0]: (row["part"], row["whole"]) for row in rows if row["whole"]} == {
        month: (cohort["sum"], cohort["size"]) for month, cohort in cohorts.iterrows()
    }


def test_approvals_refusals_and_sums_lent_are_those_of_the_log(bank: LocalClient, ends: pd.DataFrame) -> None:
    won, lost = ends[ends["stage"] == "won"], ends[ends["stage"] == "lost"]
    by_owner = grouped(won.groupby(["month", "owner"]).size())
    assert counted(values(asked(bank, "won", *BANK_DAYS, "month", "owner"))) == by_owner
    reason = lost["activity"].map({"A_DECLINED": "declined", "A_CANCELLED": "cancelled"})
    by_reason = grouped(lost.groupby(["month", reason]).size())
    assert counted(values(asked(bank, "lost", *BANK_DAYS, "month", "loss_reason"))) == by_reason
    by_quarter = grouped(won.groupby(period(won["left"], "Q"))["amount"].sum())
    assert counted(values(asked(bank, "lent", *BANK_DAYS, "quarter"))) == pytest.approx(by_quarter)


def test_calls_of_each_month_and_person_are_those_of_the_log(bank: LocalClient, log: pd.DataFrame) -> None:
    done = log[log["activity"].isin(CALLS) & (log["lifecycle"] == "COMPLETE")]
    at = pd.to_datetime(done["timestamp"], format="ISO8601", utc=True).dt.tz_convert(BANK_ZONE)
    month = period(at, "M")
    assert counted(values(asked(bank, "calls", *BANK_DAYS, "month"))) == grouped(done.groupby(month).size())
    by_user = grouped(done.groupby([month, "resource"]).size())
    assert counted(values(asked(bank, "calls", *BANK_DAYS, "month", "user"))) == by_user


def test_stays_in_each_stage_last_as_long_as_the_log_says(bank: LocalClient, visits: pd.DataFrame) -> None:
    finished = visits[visits["left"].notna() & ~visits["stage"].isin(["won", "lost"])]
    expected = stays(finished, "month", "stage")
    found = values(asked(bank, "stay", *BANK_DAYS, "month"))
    assert {key: value for key, value in found.items() if value is not None} == pytest.approx(expected)


def test_applications_open_at_the_end_of_a_month_are_those_of_the_log(bank: LocalClient, ends: pd.DataFrame) -> None:
    months = pd.date_range("2011-10-01", "2012-06-01", freq="MS")
    assert values(asked(bank, "standing", *BANK_DAYS, "month")) == standing(ends, months)


LEADS_ZONE = "America/Sao_Paulo"
LEADS = {
    "voronka.yaml": f"workspace: leads\nlocale: en\ntimezone: {LEADS_ZONE}\ncurrency: BRL\n",
    "configs/people/team.yaml": "roles: {rep: {label: Sales representative}}\n",
    "configs/fields/lead.yaml": (
        "set: lead\nfields:\n  origin: {type: text}\n  segment: {type: text}\n  profile: {type: text}\n"
    ),
    "configs/funnels/leads.yaml": (
        "funnel: leads\nowner: rep\nfields: [lead]\nstages:\n"
        "  contacted: {why: analytics, journey: problem}\n  won: {enter: {require: [owner]}}\n  lost: {}\n"
    ),
    "configs/imports/leads.yaml": (
        "import: leads\nrows: {format: csv}\nmode: history\ninto: {funnel: leads}\nkey: mql_id\n"
        "deal: {created_at: {column: first_contact_date}, origin: {column: origin}}\n"
    ),
    "configs/imports/closed.yaml": (
        "import: closed\nrows: {format: csv}\nmode: history\ninto: {funnel: leads}\nkey: mql_id\ncase: mql_id\n"
        "at: won_date\nevents:\n"
        "  - {when: sr_id is not missing, stage: won, set: {owner: {column: sr_id, unknown: add},"
        " segment: {column: business_segment}, profile: {column: lead_behaviour_profile}}}\n"
    ),
    **kpis_of(
        owner="rep",
        converted="conversion: {from: created, to: won, basis: cohort}",
        within="conversion: {from: created, to: won, basis: cohort, within: 30 days}",
        came='measure: "count(deals)", time: created_at, by: [origin]',
        won='measure: "count(deals, won)", time: closed_at, by: [owner, segment]',
        profiled='ratio: {part: "count(deals, won and profile is missing)", whole: "count(deals, won)"}, '
        "time: closed_at",
    ),
}
LEADS_DAYS = ("2017-06-01", "2018-12-31")


@pytest.fixture(scope="module")
def leads() -> pd.DataFrame:
    """The leads with what closed them; midnights that the summer's clock left out begin when it began."""
    folder = data_folder("olist_funnel")
    found = pd.read_csv(folder / "olist_marketing_qualified_leads_dataset.csv")
    found = found.merge(pd.read_csv(folder / "olist_closed_deals_dataset.csv"), on="mql_id", how="left")
    for column, name in (("first_contact_date", "entered"), ("won_date", "left")):
        naive = pd.to_datetime(found[column])
        found[name] = naive.dt.tz_localize(LEADS_ZONE, nonexistent="shift_forward", ambiguous=naive.notna())
    early = found["left"] < found["entered"]
    assert early.sum() == 1  # sold two days before the first contact: the import refuses it
    found.loc[early, "left"] = pd.NaT
    found["won"] = found["left"].notna()
    found["began"], found["month"] = period(found["entered"], "M"), period(found["left"], "M")
    return found


@pytest.fixture(scope="module")
def market(leads: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalClient]:
    root = tmp_path_factory.mktemp("market")
    write_files(root, LEADS)
    client = open_workspace(root, **on("2019-01-01", LEADS_ZONE))
    for mapping, file, refused in (("leads", "marketing_qualified_leads", 0), ("closed", "closed_deals", 1)):
        path = data_folder("olist_funnel") / f"olist_{file}_dataset.csv"
        told = client.work("import", {"mapping": mapping, "file": str(path)})
        assert told["refused"] == refused, told
    yield client
    client.close()


def test_leads_of_a_month_become_sellers_as_often_as_the_files_say(market: LocalClient, leads: pd.DataFrame) -> None:
    month_later = leads["entered"].dt.tz_localize(None) + pd.Timedelta(days=30)
    soon = leads["won"] & (leads["left"].dt.tz_localize(None) <= month_later)
    for kpi, done in (("converted", leads["won"]), ("within", soon)):
        cohorts = done.groupby(leads["began"]).agg(["sum", "size"])
        rows = asked(market, kpi, *LEADS_DAYS, "month")
        assert {row["at"][0]: (row["part"], row["whole"]) for row in rows if row["whole"]} == {
            month: (cohort["sum"], cohort["size"]) for month, cohort in cohorts.iterrows()
        }


def test_origins_owners_and_segments_have_as_many_as_the_files_say(market: LocalClient, leads: pd.DataFrame) -> None:
    won = leads[leads["won"]]
    for kpi, key, deals, month, column in (
        ("came", "origin", leads, "began", "origin"),
        ("won", "owner", won, "month", "sr_id"),
        ("won", "segment", won, "month", "business_segment"),
    ):
        expected = grouped(deals.groupby([month, column]).size())  # a row without a name is in none of the groups
        assert counted(values(asked(market, kpi, *LEADS_DAYS, "month", key))) == expected
        whole = {"kpi": kpi, "from": LEADS_DAYS[0], "to": LEADS_DAYS[1], "by": key}
        assert market.query("kpi", whole)["dropped"] == deals[column].isna().sum()
    lacking = grouped(won["lead_behaviour_profile"].isna().groupby(won["month"]).mean())
    assert counted(values(asked(market, "profiled", *LEADS_DAYS, "month"))) == pytest.approx(counted(lacking))
