"""Names of companies and people that do not exist, for made-up deals."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count, product
from random import Random

__all__ = ["companies", "people"]

_QUALITIES = {
    "ru": "Северный Волжский Уральский Балтийский Донской Тверской Камский Окский Невский Ладожский Томский "
    "Алтайский Заречный Южный Полярный Степной",
    "en": "Northern Harbour Valley Granite Lakeside Western Copper Meadow Summit Riverside Eastern Coastal Maple "
    "Highland Silver Stone",
}
_TRADES = {
    "ru": "дом завод проект комбинат монтаж терминал технопарк порт элеватор застройщик холод климат арсенал цех "
    "квартал парк институт склад реактив двор профиль контур путь карьер мост берег",
    "en": "Homes Works Design Foods Builders Logistics Technopark Terminal Mills Developers Cooling Climate Plant "
    "Systems Quarter Park Institute Storage Chemicals Yards Profiles Circuits Rail Quarries Bridges Shipping",
}
_GIVEN = {
    "ru": "Ирина Ольга Мария Анна Елена Дарья Софья Вера Нина Алла Андрей Сергей Павел Игорь Роман Никита Кирилл Глеб "
    "Олег Марк",
    "en": "Irene Olga Mary Anna Helen Doris Sophie Vera Nina Alice Andrew Simon Paul Edgar Roman Nick Cyril Leo Owen "
    "Mark",
}
_FAMILY = {
    "ru": "Бондаренко Шевчук Черных Седых Долгих Ткаченко Кравец Гринь Савчук Белых Петренко Швец Дейнека Литвин "
    "Коваль Мороз Сокол Заяц Гончар Руденко Чумак Шаповал Косых Малых Лысенко Марченко Бойко Кузьменко Левченко Рудых "
    "Сладких Довгань Ковтун Мельник Панасюк Радчук Савенко Тихих Фоменко Юрченко",
    "en": "Baker Carter Mason Fletcher Cooper Weaver Turner Fisher Porter Sawyer Potter Miller Tanner Marsh Brook "
    "Frost Falcon Hare Glover Reed Archer Barker Chandler Dyer Fuller Gardner Harper Hunter Joiner Keeper Parker "
    "Piper Roper Shepherd Skinner Slater Smith Taylor Thatcher Walker",
}


def companies(language: str, random: Random) -> Iterator[str]:
    """Yield names of companies without end, none of them twice."""
    return _without_end(_QUALITIES, _TRADES, language, random)


def people(language: str, random: Random) -> Iterator[str]:
    """Yield names of people without end, none of them twice."""
    return _without_end(_GIVEN, _FAMILY, language, random)


def _without_end(firsts: dict[str, str], seconds: dict[str, str], language: str, random: Random) -> Iterator[str]:
    known = language if language in firsts else "en"
    names = [f"{first} {second}" for first, second in product(firsts[known].split(), seconds[known].split())]
    random.shuffle(names)
    yield from names
    for number in count(2):
        yield from (f"{name} {number}" for name in names)
