"""Questions with answers in plain JSON, by name. Moments are UTC microseconds; sentences maps of language to text."""

from collections.abc import Mapping

from voronka.runtime.queries.about import about
from voronka.runtime.queries.asked import Asked, Query, parameters
from voronka.runtime.queries.deals import list_deals, show_deal
from voronka.runtime.queries.duplicates import list_account_duplicates, list_contact_duplicates
from voronka.runtime.queries.fields import list_fields
from voronka.runtime.queries.interactions import list_interactions
from voronka.runtime.queries.lists import list_effects, list_imports, list_timers
from voronka.runtime.queries.notes import list_notes
from voronka.runtime.queries.parties import list_accounts, list_contacts, show_account, show_contact
from voronka.runtime.queries.people import list_audit, list_people, show_person
from voronka.runtime.queries.queue import show_queue
from voronka.runtime.queries.release_notes import list_releases, list_unread, show_release_notes
from voronka.runtime.queries.rules import list_rules, report_rules
from voronka.runtime.queries.segments import explain_segment, list_members, list_segments
from voronka.runtime.queries.sources import list_refused, list_sources
from voronka.runtime.queries.status import show_status
from voronka.runtime.queries.tasks import list_tasks
from voronka.runtime.queries.why import why
from voronka.runtime.queries.work import show_work

__all__ = ["QUERIES", "Asked", "Query", "parameters"]

QUERIES: Mapping[str, Query] = {
    "account.duplicates": list_account_duplicates,
    "account.list": list_accounts,
    "account.show": show_account,
    "audit": list_audit,
    "contact.duplicates": list_contact_duplicates,
    "contact.list": list_contacts,
    "contact.show": show_contact,
    "deal.list": list_deals,
    "deal.show": show_deal,
    "fields": list_fields,
    "imports": list_imports,
    "interactions": list_interactions,
    "notes": list_notes,
    "outbox": list_effects,
    "people.list": list_people,
    "people.show": show_person,
    "queue": show_queue,
    "release.list": list_releases,
    "release.notes": show_release_notes,
    "release.unread": list_unread,
    "rules": list_rules,
    "rules.report": report_rules,
    "segment.show": list_members,
    "segment.why": explain_segment,
    "segments": list_segments,
    "sources": list_sources,
    "sources.refused": list_refused,
    "status": show_status,
    "tasks": list_tasks,
    "timers": list_timers,
    "why": why,
    "work": show_work,
    "workspace": about,
}
"""What can be asked of any workspace; other parts of the engine add theirs where it is put together."""
