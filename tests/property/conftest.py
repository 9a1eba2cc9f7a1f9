import pytest

from tests.property.processes import process_files
from voronka.runtime.state import state_folder
from voronka.testing import TestWorkspace, write_files


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    """A workspace folder whose database has been made and holds nothing yet."""
    root = tmp_path_factory.mktemp("empty") / "w"
    write_files(root, {"voronka.yaml": process_files({})["voronka.yaml"]})
    TestWorkspace(root, start="2026-03-02 09:00").close()
    assert state_folder(root).exists()
    return root
