"""Storage: streams with their hash chain, snapshots and projections, timers, outbox, inbox, vault and releases."""

from voronka.process.state import WORKSPACE
from voronka.storage.audit import Denial, Denied
from voronka.storage.awaited import Awaited
from voronka.storage.backup import BackupReport, is_backup, restore_backup, write_backup
from voronka.storage.counters import BACKUP, HELD
from voronka.storage.database import Database, look_into, open_database, temporary_database
from voronka.storage.deals import DealFilter
from voronka.storage.dialects import is_durable
from voronka.storage.effects import Attempt, Delivery, Effect, EffectKey
from voronka.storage.entry import Entry, Recorded
from voronka.storage.exclusion import Alone, Hold
from voronka.storage.faults import BrokenRecord, Collision, StaleVersion, passing
from voronka.storage.firings import FAILED, FIRED, SHADOW, FiringRow
from voronka.storage.holdings import Holding
from voronka.storage.imports import ImportRun
from voronka.storage.inbox import AnswerPart, Queued, Received, Seen, answer_key
from voronka.storage.listening import Listener
from voronka.storage.marks import OWNER
from voronka.storage.party_selection import PartySelection
from voronka.storage.reader import Reader
from voronka.storage.record_columns import OwnerValues
from voronka.storage.refused_items import RefusedItem
from voronka.storage.reviews import ReviewRow
from voronka.storage.schedules import ScheduleRow
from voronka.storage.selection import Selection
from voronka.storage.standing import Standing
from voronka.storage.throttles import Throttle, ThrottleKey
from voronka.storage.timers import TimerRow
from voronka.storage.unit import UnitOfWork
from voronka.storage.vault import Sealings, message_ref
from voronka.storage.verify import Damage, VerifyReport, verify

__all__ = [
    "BACKUP",
    "FAILED",
    "FIRED",
    "HELD",
    "OWNER",
    "SHADOW",
    "WORKSPACE",
    "Alone",
    "AnswerPart",
    "Attempt",
    "Awaited",
    "BackupReport",
    "BrokenRecord",
    "Collision",
    "Damage",
    "Database",
    "DealFilter",
    "Delivery",
    "Denial",
    "Denied",
    "Effect",
    "EffectKey",
    "Entry",
    "FiringRow",
    "Hold",
    "Holding",
    "ImportRun",
    "Listener",
    "OwnerValues",
    "PartySelection",
    "Queued",
    "Reader",
    "Received",
    "Recorded",
    "RefusedItem",
    "ReviewRow",
    "ScheduleRow",
    "Sealings",
    "Seen",
    "Selection",
    "StaleVersion",
    "Standing",
    "Throttle",
    "ThrottleKey",
    "TimerRow",
    "UnitOfWork",
    "VerifyReport",
    "answer_key",
    "is_backup",
    "is_durable",
    "look_into",
    "message_ref",
    "open_database",
    "passing",
    "restore_backup",
    "temporary_database",
    "verify",
    "write_backup",
]
