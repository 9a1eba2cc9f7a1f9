"""Everything a plugin needs of Voronka. Plugins import this module and `voronka.testing`, and nothing else of it."""

from voronka.calendars.countries import CountryYear
from voronka.definition.rates import Rate
from voronka.errors import EnvironmentFault, UsageFault, VoronkaError, refused_by_system
from voronka.expressions.function import ExpressionFunction
from voronka.expressions.values import Kind, Value
from voronka.hooks.actions import ActionCall, ActionResult, ActionType, DealFacts
from voronka.hooks.calendars import CalendarSource
from voronka.hooks.channels import Channel, ChannelType, DeliveryError, Message, Pause
from voronka.hooks.checks import CheckCall, Objection, refused_url
from voronka.hooks.commands import CommandGroup
from voronka.hooks.health import Health, HealthCheck
from voronka.hooks.hookspecs import API_VERSION, hookimpl
from voronka.hooks.http_client import HttpAnswer, HttpClient
from voronka.hooks.importers import FormatOptions, Row, RowFault, RowFormat
from voronka.hooks.plugin import DataClass, Plugin, Schema, Services, Settings
from voronka.hooks.sources import Fetched, Item, SourceCall, SourceType
from voronka.messages import Label, Text

__all__ = [
    "API_VERSION",
    "ActionCall",
    "ActionResult",
    "ActionType",
    "CalendarSource",
    "Channel",
    "ChannelType",
    "CheckCall",
    "CommandGroup",
    "CountryYear",
    "DataClass",
    "DealFacts",
    "DeliveryError",
    "EnvironmentFault",
    "ExpressionFunction",
    "Fetched",
    "FormatOptions",
    "Health",
    "HealthCheck",
    "HttpAnswer",
    "HttpClient",
    "Item",
    "Kind",
    "Label",
    "Message",
    "Objection",
    "Pause",
    "Plugin",
    "Rate",
    "Row",
    "RowFault",
    "RowFormat",
    "Schema",
    "Services",
    "Settings",
    "SourceCall",
    "SourceType",
    "Text",
    "UsageFault",
    "Value",
    "VoronkaError",
    "hookimpl",
    "refused_by_system",
    "refused_url",
]
