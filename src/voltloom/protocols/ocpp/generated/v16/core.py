"""The messages of block core of OCPP 1.6. Made by scripts/make_ocpp_structs.py; do not edit."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from voltloom.protocols.ocpp.message import Closed
from voltloom.protocols.ocpp.tenths import check_tenths


class AuthorizeRequest(Closed, frozen=True, kw_only=True):
    """AuthorizeRequest of OCPP 1.6."""

    id_tag: Annotated[str, Meta(max_length=20)]


class AuthorizeResponseIdTagInfo(Closed, frozen=True, kw_only=True):
    """AuthorizeResponseIdTagInfo of OCPP 1.6."""

    expiry_date: str | UnsetType = UNSET
    parent_id_tag: Annotated[str, Meta(max_length=20)] | UnsetType = UNSET
    status: Literal["Accepted", "Blocked", "Expired", "Invalid", "ConcurrentTx"]


class AuthorizeResponse(Closed, frozen=True, kw_only=True):
    """AuthorizeResponse of OCPP 1.6."""

    id_tag_info: AuthorizeResponseIdTagInfo


class BootNotificationRequest(Closed, frozen=True, kw_only=True):
    """BootNotificationRequest of OCPP 1.6."""

    charge_point_vendor: Annotated[str, Meta(max_length=20)]
    charge_point_model: Annotated[str, Meta(max_length=20)]
    charge_point_serial_number: Annotated[str, Meta(max_length=25)] | UnsetType = UNSET
    charge_box_serial_number: Annotated[str, Meta(max_length=25)] | UnsetType = UNSET
    firmware_version: Annotated[str, Meta(max_length=50)] | UnsetType = UNSET
    iccid: Annotated[str, Meta(max_length=20)] | UnsetType = UNSET
    imsi: Annotated[str, Meta(max_length=20)] | UnsetType = UNSET
    meter_type: Annotated[str, Meta(max_length=25)] | UnsetType = UNSET
    meter_serial_number: Annotated[str, Meta(max_length=25)] | UnsetType = UNSET


class BootNotificationResponse(Closed, frozen=True, kw_only=True):
    """BootNotificationResponse of OCPP 1.6."""

    status: Literal["Accepted", "Pending", "Rejected"]
    current_time: str
    interval: int


class HeartbeatRequest(Closed, frozen=True, kw_only=True):
    """HeartbeatRequest of OCPP 1.6."""


class HeartbeatResponse(Closed, frozen=True, kw_only=True):
    """HeartbeatResponse of OCPP 1.6."""

    current_time: str


class MeterValuesMeterValueSampledValue(Closed, frozen=True, kw_only=True):
    """MeterValuesMeterValueSampledValue of OCPP 1.6."""

    value: str
    context: (
        Literal[
            "Interruption.Begin",
            "Interruption.End",
            "Sample.Clock",
            "Sample.Periodic",
            "Transaction.Begin",
            "Transaction.End",
            "Trigger",
            "Other",
        ]
        | UnsetType
    ) = UNSET
    format: Literal["Raw", "SignedData"] | UnsetType = UNSET
    measurand: (
        Literal[
            "Energy.Active.Export.Register",
            "Energy.Active.Import.Register",
            "Energy.Reactive.Export.Register",
            "Energy.Reactive.Import.Register",
            "Energy.Active.Export.Interval",
            "Energy.Active.Import.Interval",
            "Energy.Reactive.Export.Interval",
            "Energy.Reactive.Import.Interval",
            "Power.Active.Export",
            "Power.Active.Import",
            "Power.Offered",
            "Power.Reactive.Export",
            "Power.Reactive.Import",
            "Power.Factor",
            "Current.Import",
            "Current.Export",
            "Current.Offered",
            "Voltage",
            "Frequency",
            "Temperature",
            "SoC",
            "RPM",
        ]
        | UnsetType
    ) = UNSET
    phase: Literal["L1", "L2", "L3", "N", "L1-N", "L2-N", "L3-N", "L1-L2", "L2-L3", "L3-L1"] | UnsetType = (
        UNSET
    )
    location: Literal["Cable", "EV", "Inlet", "Outlet", "Body"] | UnsetType = UNSET
    unit: (
        Literal[
            "Wh",
            "kWh",
            "varh",
            "kvarh",
            "W",
            "kW",
            "VA",
            "kVA",
            "var",
            "kvar",
            "A",
            "V",
            "K",
            "Celcius",
            "Celsius",
            "Fahrenheit",
            "Percent",
            "Hertz",
        ]
        | UnsetType
    ) = UNSET


class MeterValuesMeterValue(Closed, frozen=True, kw_only=True):
    """MeterValuesMeterValue of OCPP 1.6."""

    timestamp: str
    sampled_value: Annotated[tuple[MeterValuesMeterValueSampledValue, ...], Meta(min_length=1)]


class MeterValuesRequest(Closed, frozen=True, kw_only=True):
    """MeterValuesRequest of OCPP 1.6."""

    connector_id: int
    transaction_id: int | UnsetType = UNSET
    meter_value: Annotated[tuple[MeterValuesMeterValue, ...], Meta(min_length=1)]


class MeterValuesResponse(Closed, frozen=True, kw_only=True):
    """MeterValuesResponse of OCPP 1.6."""


class StartTransactionRequest(Closed, frozen=True, kw_only=True):
    """StartTransactionRequest of OCPP 1.6."""

    connector_id: int
    id_tag: Annotated[str, Meta(max_length=20)]
    meter_start: int
    reservation_id: int | UnsetType = UNSET
    timestamp: str


class StartTransactionResponseIdTagInfo(Closed, frozen=True, kw_only=True):
    """StartTransactionResponseIdTagInfo of OCPP 1.6."""

    expiry_date: str | UnsetType = UNSET
    parent_id_tag: Annotated[str, Meta(max_length=20)] | UnsetType = UNSET
    status: Literal["Accepted", "Blocked", "Expired", "Invalid", "ConcurrentTx"]


class StartTransactionResponse(Closed, frozen=True, kw_only=True):
    """StartTransactionResponse of OCPP 1.6."""

    id_tag_info: StartTransactionResponseIdTagInfo
    transaction_id: int


class StatusNotificationRequest(Closed, frozen=True, kw_only=True):
    """StatusNotificationRequest of OCPP 1.6."""

    connector_id: int
    error_code: Literal[
        "ConnectorLockFailure",
        "EVCommunicationError",
        "GroundFailure",
        "HighTemperature",
        "InternalError",
        "LocalListConflict",
        "NoError",
        "OtherError",
        "OverCurrentFailure",
        "PowerMeterFailure",
        "PowerSwitchFailure",
        "ReaderFailure",
        "ResetFailure",
        "UnderVoltage",
        "OverVoltage",
        "WeakSignal",
    ]
    info: Annotated[str, Meta(max_length=50)] | UnsetType = UNSET
    status: Literal[
        "Available",
        "Preparing",
        "Charging",
        "SuspendedEVSE",
        "SuspendedEV",
        "Finishing",
        "Reserved",
        "Unavailable",
        "Faulted",
    ]
    timestamp: str | UnsetType = UNSET
    vendor_id: Annotated[str, Meta(max_length=255)] | UnsetType = UNSET
    vendor_error_code: Annotated[str, Meta(max_length=50)] | UnsetType = UNSET


class StatusNotificationResponse(Closed, frozen=True, kw_only=True):
    """StatusNotificationResponse of OCPP 1.6."""


class StopTransactionTransactionDataSampledValue(Closed, frozen=True, kw_only=True):
    """StopTransactionTransactionDataSampledValue of OCPP 1.6."""

    value: str
    context: (
        Literal[
            "Interruption.Begin",
            "Interruption.End",
            "Sample.Clock",
            "Sample.Periodic",
            "Transaction.Begin",
            "Transaction.End",
            "Trigger",
            "Other",
        ]
        | UnsetType
    ) = UNSET
    format: Literal["Raw", "SignedData"] | UnsetType = UNSET
    measurand: (
        Literal[
            "Energy.Active.Export.Register",
            "Energy.Active.Import.Register",
            "Energy.Reactive.Export.Register",
            "Energy.Reactive.Import.Register",
            "Energy.Active.Export.Interval",
            "Energy.Active.Import.Interval",
            "Energy.Reactive.Export.Interval",
            "Energy.Reactive.Import.Interval",
            "Power.Active.Export",
            "Power.Active.Import",
            "Power.Offered",
            "Power.Reactive.Export",
            "Power.Reactive.Import",
            "Power.Factor",
            "Current.Import",
            "Current.Export",
            "Current.Offered",
            "Voltage",
            "Frequency",
            "Temperature",
            "SoC",
            "RPM",
        ]
        | UnsetType
    ) = UNSET
    phase: Literal["L1", "L2", "L3", "N", "L1-N", "L2-N", "L3-N", "L1-L2", "L2-L3", "L3-L1"] | UnsetType = (
        UNSET
    )
    location: Literal["Cable", "EV", "Inlet", "Outlet", "Body"] | UnsetType = UNSET
    unit: (
        Literal[
            "Wh",
            "kWh",
            "varh",
            "kvarh",
            "W",
            "kW",
            "VA",
            "kVA",
            "var",
            "kvar",
            "A",
            "V",
            "K",
            "Celcius",
            "Celsius",
            "Fahrenheit",
            "Percent",
        ]
        | UnsetType
    ) = UNSET


class StopTransactionTransactionData(Closed, frozen=True, kw_only=True):
    """StopTransactionTransactionData of OCPP 1.6."""

    timestamp: str
    sampled_value: tuple[StopTransactionTransactionDataSampledValue, ...]


class StopTransactionRequest(Closed, frozen=True, kw_only=True):
    """StopTransactionRequest of OCPP 1.6."""

    id_tag: Annotated[str, Meta(max_length=20)] | UnsetType = UNSET
    meter_stop: int
    timestamp: str
    transaction_id: int
    reason: (
        Literal[
            "EmergencyStop",
            "EVDisconnected",
            "HardReset",
            "Local",
            "Other",
            "PowerLoss",
            "Reboot",
            "Remote",
            "SoftReset",
            "UnlockCommand",
            "DeAuthorized",
        ]
        | UnsetType
    ) = UNSET
    transaction_data: tuple[StopTransactionTransactionData, ...] | UnsetType = UNSET


class StopTransactionResponseIdTagInfo(Closed, frozen=True, kw_only=True):
    """StopTransactionResponseIdTagInfo of OCPP 1.6."""

    expiry_date: str | UnsetType = UNSET
    parent_id_tag: Annotated[str, Meta(max_length=20)] | UnsetType = UNSET
    status: Literal["Accepted", "Blocked", "Expired", "Invalid", "ConcurrentTx"]


class StopTransactionResponse(Closed, frozen=True, kw_only=True):
    """StopTransactionResponse of OCPP 1.6."""

    id_tag_info: StopTransactionResponseIdTagInfo | UnsetType = UNSET


class ChangeAvailabilityRequest(Closed, frozen=True, kw_only=True):
    """ChangeAvailabilityRequest of OCPP 1.6."""

    connector_id: int
    type: Literal["Inoperative", "Operative"]


class ChangeAvailabilityResponse(Closed, frozen=True, kw_only=True):
    """ChangeAvailabilityResponse of OCPP 1.6."""

    status: Literal["Accepted", "Rejected", "Scheduled"]


class ChangeConfigurationRequest(Closed, frozen=True, kw_only=True):
    """ChangeConfigurationRequest of OCPP 1.6."""

    key: Annotated[str, Meta(max_length=50)]
    value: Annotated[str, Meta(max_length=500)]


class ChangeConfigurationResponse(Closed, frozen=True, kw_only=True):
    """ChangeConfigurationResponse of OCPP 1.6."""

    status: Literal["Accepted", "Rejected", "RebootRequired", "NotSupported"]


class ClearCacheRequest(Closed, frozen=True, kw_only=True):
    """ClearCacheRequest of OCPP 1.6."""


class ClearCacheResponse(Closed, frozen=True, kw_only=True):
    """ClearCacheResponse of OCPP 1.6."""

    status: Literal["Accepted", "Rejected"]


class GetConfigurationRequest(Closed, frozen=True, kw_only=True):
    """GetConfigurationRequest of OCPP 1.6."""

    key: tuple[Annotated[str, Meta(max_length=50)], ...] | UnsetType = UNSET


class GetConfigurationResponseConfigurationKey(Closed, frozen=True, kw_only=True):
    """GetConfigurationResponseConfigurationKey of OCPP 1.6."""

    key: Annotated[str, Meta(max_length=50)]
    readonly: bool
    value: Annotated[str, Meta(max_length=500)] | UnsetType = UNSET


class GetConfigurationResponse(Closed, frozen=True, kw_only=True):
    """GetConfigurationResponse of OCPP 1.6."""

    configuration_key: tuple[GetConfigurationResponseConfigurationKey, ...] | UnsetType = UNSET
    unknown_key: tuple[Annotated[str, Meta(max_length=50)], ...] | UnsetType = UNSET


class RemoteStartTransactionChargingProfileChargingScheduleChargingSchedulePeriod(
    Closed, frozen=True, kw_only=True
):
    """RemoteStartTransactionChargingProfileChargingScheduleChargingSchedulePeriod of OCPP 1.6."""

    start_period: int
    limit: float
    number_phases: int | UnsetType = UNSET

    def __post_init__(self) -> None:
        check_tenths("limit", self.limit)


class RemoteStartTransactionChargingProfileChargingSchedule(Closed, frozen=True, kw_only=True):
    """RemoteStartTransactionChargingProfileChargingSchedule of OCPP 1.6."""

    duration: int | UnsetType = UNSET
    start_schedule: str | UnsetType = UNSET
    charging_rate_unit: Literal["A", "W"]
    charging_schedule_period: tuple[
        RemoteStartTransactionChargingProfileChargingScheduleChargingSchedulePeriod, ...
    ]
    min_charging_rate: float | UnsetType = UNSET

    def __post_init__(self) -> None:
        check_tenths("minChargingRate", self.min_charging_rate)


class RemoteStartTransactionChargingProfile(Closed, frozen=True, kw_only=True):
    """RemoteStartTransactionChargingProfile of OCPP 1.6."""

    charging_profile_id: int
    transaction_id: int | UnsetType = UNSET
    stack_level: int
    charging_profile_purpose: Literal["ChargePointMaxProfile", "TxDefaultProfile", "TxProfile"]
    charging_profile_kind: Literal["Absolute", "Recurring", "Relative"]
    recurrency_kind: Literal["Daily", "Weekly"] | UnsetType = UNSET
    valid_from: str | UnsetType = UNSET
    valid_to: str | UnsetType = UNSET
    charging_schedule: RemoteStartTransactionChargingProfileChargingSchedule


class RemoteStartTransactionRequest(Closed, frozen=True, kw_only=True):
    """RemoteStartTransactionRequest of OCPP 1.6."""

    connector_id: int | UnsetType = UNSET
    id_tag: Annotated[str, Meta(max_length=20)]
    charging_profile: RemoteStartTransactionChargingProfile | UnsetType = UNSET


class RemoteStartTransactionResponse(Closed, frozen=True, kw_only=True):
    """RemoteStartTransactionResponse of OCPP 1.6."""

    status: Literal["Accepted", "Rejected"]


class RemoteStopTransactionRequest(Closed, frozen=True, kw_only=True):
    """RemoteStopTransactionRequest of OCPP 1.6."""

    transaction_id: int


class RemoteStopTransactionResponse(Closed, frozen=True, kw_only=True):
    """RemoteStopTransactionResponse of OCPP 1.6."""

    status: Literal["Accepted", "Rejected"]


class ResetRequest(Closed, frozen=True, kw_only=True):
    """ResetRequest of OCPP 1.6."""

    type: Literal["Hard", "Soft"]


class ResetResponse(Closed, frozen=True, kw_only=True):
    """ResetResponse of OCPP 1.6."""

    status: Literal["Accepted", "Rejected"]


class UnlockConnectorRequest(Closed, frozen=True, kw_only=True):
    """UnlockConnectorRequest of OCPP 1.6."""

    connector_id: int


class UnlockConnectorResponse(Closed, frozen=True, kw_only=True):
    """UnlockConnectorResponse of OCPP 1.6."""

    status: Literal["Unlocked", "UnlockFailed", "NotSupported"]


class DataTransferRequest(Closed, frozen=True, kw_only=True):
    """DataTransferRequest of OCPP 1.6."""

    vendor_id: Annotated[str, Meta(max_length=255)]
    message_id: Annotated[str, Meta(max_length=50)] | UnsetType = UNSET
    data: str | UnsetType = UNSET


class DataTransferResponse(Closed, frozen=True, kw_only=True):
    """DataTransferResponse of OCPP 1.6."""

    status: Literal["Accepted", "Rejected", "UnknownMessageId", "UnknownVendorId"]
    data: str | UnsetType = UNSET
