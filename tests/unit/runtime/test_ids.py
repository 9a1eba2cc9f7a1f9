from random import Random
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from voronka.runtime.ids import new_id


@given(st.integers(min_value=0, max_value=253_402_300_799_999_999), st.integers())
def test_an_id_is_a_uuid_of_version_7_that_tells_its_millisecond(now, seed):
    id_ = UUID(bytes=new_id(now, Random(seed).randbytes))
    assert (id_.version, id_.variant) == (7, "specified in RFC 4122")
    assert id_.int >> 80 == now // 1000


def test_ids_sort_by_time():
    random = Random(1).randbytes
    ids = [new_id(ms * 1000, random) for ms in range(1, 1000)]
    assert ids == sorted(ids)
