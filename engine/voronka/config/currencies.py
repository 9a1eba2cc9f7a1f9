"""The currencies of ISO 4217 in use, with the number of their minor digits."""

from __future__ import annotations

from voronka.config.node import Node
from voronka.config.report import Report
from voronka.definition.workspace import Currency
from voronka.expressions import suggest
from voronka.messages import Text

__all__ = ["DIGITS", "read_currency"]

_WHOLE = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF "
_THOUSANDTHS = "BHD IQD JOD KWD LYD OMR TND "
_HUNDREDTHS = (
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF "
    "CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG "
    "HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU "
    "MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR "
    "SDG SEK SGD SHP SLE SOS SRD SSP STN SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VES WST "
    "XCD XCG YER ZAR ZMW ZWG "
)

DIGITS = {
    code: digits for digits, codes in ((0, _WHOLE), (2, _HUNDREDTHS), (3, _THOUSANDTHS)) for code in codes.split()
}
"""Minor digits by code: how many digits of money stand after the point."""


def read_currency(root: Node | None, report: Report) -> Currency:
    """Return the currency of a workspace, whose file is `root`; one that is not known is reported."""
    node = root.get("currency") if root is not None else None
    if node is None:
        return Currency(code="XXX", digits=2)
    if node.text not in DIGITS:
        report.error(
            "V3501",
            node.place,
            Text("There is no currency “{code}”.", code=node.text),
            Text("Write its three letters of ISO 4217, such as RUB or EUR."),
            suggestion=suggest(node.text, DIGITS),
        )
    return Currency(code=node.text, digits=DIGITS.get(node.text, 2))
