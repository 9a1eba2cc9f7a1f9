import os

import pytest

from voronka.errors import EnvironmentFault
from voronka.runtime.lock import WorkspaceLock, WorkspaceOwned


def test_a_second_owner_is_refused_and_told_the_first(tmp_path):
    with WorkspaceLock(tmp_path), pytest.raises(WorkspaceOwned) as caught:
        WorkspaceLock(tmp_path).take()
    assert caught.value.owner == str(os.getpid())
    assert caught.value.exit_code == 5


def test_a_released_lock_can_be_taken_again(tmp_path):
    first = WorkspaceLock(tmp_path)
    first.take()
    first.release()
    with WorkspaceLock(tmp_path):
        first.release()  # once more does nothing


def test_a_folder_in_which_nothing_can_be_written_is_told_with_a_remedy(tmp_path):
    with pytest.raises(EnvironmentFault, match="state of the workspace cannot be kept"):
        WorkspaceLock(tmp_path / "gone").take()
