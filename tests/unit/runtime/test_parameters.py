"""Parameters of questions: those that a query does not read are refused, as a command refuses keys."""

from __future__ import annotations

import pytest

from voronka.errors import UsageFault
from voronka.runtime.queries import QUERIES


@pytest.mark.parametrize(
    ("query", "given", "told"),
    [
        ("deal.list", "where", "no parameter where"),
        ("deal.list", "blah", "no parameter blah"),
        ("deal.list", "onwer", "mean owner"),
        ("account.list", "nam", "mean name"),
        ("status", "limit", "Known are: actor"),
        ("timers", "q", "all, deal, limit, skip"),
    ],
)
def test_a_parameter_that_a_query_does_not_read_is_refused(query: str, given: str, told: str) -> None:
    with pytest.raises(UsageFault) as refused:
        QUERIES[query].check(["actor", given])
    assert told in f"{refused.value.reason} {refused.value.remedy}"


@pytest.mark.parametrize("query", QUERIES)
def test_who_asks_and_what_it_reads_may_be_given(query: str) -> None:
    QUERIES[query].check([])
    QUERIES[query].check(["actor", *QUERIES[query].parameters])
