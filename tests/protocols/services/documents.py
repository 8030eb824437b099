"""Answers of services in the forms that their documentation gives, made small."""

from collections.abc import Sequence

ENTSOE_NAMESPACE = "urn:iec62325.351:tc57wg16:451-3:publicationdocument:7:3"


def period(
    points: Sequence[tuple[int, str]],
    *,
    start: str = "2026-01-13T23:00Z",
    end: str = "2026-01-14T02:00Z",
    resolution: str = "PT60M",
) -> str:
    """Return a Period with points of (position, price)."""
    told = "".join(
        f"<Point><position>{position}</position><price.amount>{price}</price.amount></Point>"
        for position, price in points
    )
    interval = f"<timeInterval><start>{start}</start><end>{end}</end></timeInterval>"
    return f"<Period>{interval}<resolution>{resolution}</resolution>{told}</Period>"


def series(inside: str, *, curve: str = "A03", sequence: str = "", currency: str = "EUR") -> str:
    """Return a TimeSeries around periods."""
    auction = (
        f"<classificationSequence_AttributeInstanceComponent.position>{sequence}"
        "</classificationSequence_AttributeInstanceComponent.position>"
        if sequence
        else ""
    )
    return (
        "<TimeSeries><mRID>1</mRID><auction.type>A01</auction.type><businessType>A62</businessType>"
        '<in_Domain.mRID codingScheme="A01">10YNL----------L</in_Domain.mRID>'
        '<out_Domain.mRID codingScheme="A01">10YNL----------L</out_Domain.mRID>'
        f"<contract_MarketAgreement.type>A01</contract_MarketAgreement.type>"
        f"<currency_Unit.name>{currency}</currency_Unit.name><price_Measure_Unit.name>MWH</price_Measure_Unit.name>"
        f"{auction}<curveType>{curve}</curveType>{inside}</TimeSeries>"
    )


def publication(*all_series: str) -> bytes:
    """Return a Publication_MarketDocument."""
    head = (
        "<mRID>67528d12b93146ee8254870e5a2f78ab</mRID><revisionNumber>1</revisionNumber><type>A44</type>"
        '<sender_MarketParticipant.mRID codingScheme="A01">10X1001A1001A450</sender_MarketParticipant.mRID>'
        "<createdDateTime>2026-01-13T13:05:44Z</createdDateTime>"
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        f'<Publication_MarketDocument xmlns="{ENTSOE_NAMESPACE}">{head}{"".join(all_series)}</Publication_MarketDocument>'
    ).encode()


ACKNOWLEDGEMENT = b"""<?xml version="1.0" encoding="UTF-8"?>
<Acknowledgement_MarketDocument xmlns="urn:iec62325.351:tc57wg16:451-1:acknowledgementdocument:7:0">
 <mRID>e6ca5700-48f1-4</mRID>
 <createdDateTime>2026-01-13T11:41:36Z</createdDateTime>
 <Reason><code>999</code><text>No matching data found for Data item ENERGY_PRICES</text></Reason>
</Acknowledgement_MarketDocument>"""

AWATTAR = b"""{"object": "list", "data": [
 {"start_timestamp": 1768345200000, "end_timestamp": 1768348800000, "marketprice": 42.09, "unit": "Eur/MWh"},
 {"start_timestamp": 1768348800000, "end_timestamp": 1768352400000, "marketprice": -5.12, "unit": "Eur/MWh"}],
 "url": "/de/v1/marketdata"}"""

ENERGY_CHARTS = b"""{"license_info": "CC BY 4.0 (creativecommons.org/licenses/by/4.0) from Bundesnetzagentur | SMARD.de",
 "unix_seconds": [1768345200, 1768346100, 1768347000], "price": [42.09, -5.12, 0], "unit": "EUR / MWh",
 "deprecated": false}"""

OPEN_METEO = """{"latitude": 34.2, "longitude": -118.125, "generationtime_ms": 0.08, "utc_offset_seconds": 0,
 "timezone": "GMT", "timezone_abbreviation": "GMT", "elevation": 263.0,
 "hourly_units": {"time": "unixtime", "temperature_2m": "°C", "shortwave_radiation": "W/m²",
  "global_tilted_irradiance": "W/m²"},
 "hourly": {"time": [1768406400, 1768410000, 1768413600], "temperature_2m": [11.2, 12.8, null],
  "shortwave_radiation": [0.0, 96.0, 251.5], "global_tilted_irradiance": [0.0, 180.25, null]}}""".encode()
