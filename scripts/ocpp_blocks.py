"""Which functional block each OCPP message belongs to, and who sends it; read by `make_ocpp_structs.py`.

Each block: what stations send, what the central system sends; `both` may come from either side. Blocks of 1.6 are its
feature profiles and the security whitepaper; blocks of 2.x are those of Part 2 (A to S).
"""

from __future__ import annotations

from typing import NamedTuple


class Block(NamedTuple):
    """The actions of one block, by sender."""

    station: str = ""
    csms: str = ""
    both: str = ""


V16 = {
    "core": Block(
        station="Authorize BootNotification Heartbeat MeterValues StartTransaction StatusNotification StopTransaction",
        csms="ChangeAvailability ChangeConfiguration ClearCache GetConfiguration RemoteStartTransaction "
        "RemoteStopTransaction Reset UnlockConnector",
        both="DataTransfer",
    ),
    "firmware": Block(
        station="DiagnosticsStatusNotification FirmwareStatusNotification",
        csms="GetDiagnostics UpdateFirmware",
    ),
    "local_list": Block(csms="GetLocalListVersion SendLocalList"),
    "reservation": Block(csms="CancelReservation ReserveNow"),
    "smart_charging": Block(csms="ClearChargingProfile GetCompositeSchedule SetChargingProfile"),
    "remote_trigger": Block(csms="TriggerMessage"),
    "security": Block(
        station="LogStatusNotification SecurityEventNotification SignCertificate SignedFirmwareStatusNotification",
        csms="CertificateSigned DeleteCertificate ExtendedTriggerMessage GetInstalledCertificateIds GetLog "
        "InstallCertificate SignedUpdateFirmware",
    ),
}

V201 = {
    "security": Block(station="SecurityEventNotification SignCertificate", csms="CertificateSigned"),
    "provisioning": Block(
        station="BootNotification NotifyReport",
        csms="GetBaseReport GetReport GetVariables Reset SetNetworkProfile SetVariables",
    ),
    "authorization": Block(station="Authorize", csms="ClearCache"),
    "local_list": Block(csms="GetLocalListVersion SendLocalList"),
    "transactions": Block(station="TransactionEvent", csms="GetTransactionStatus"),
    "remote_control": Block(
        csms="RequestStartTransaction RequestStopTransaction TriggerMessage UnlockConnector"
    ),
    "availability": Block(station="Heartbeat StatusNotification", csms="ChangeAvailability"),
    "reservation": Block(station="ReservationStatusUpdate", csms="CancelReservation ReserveNow"),
    "tariff_cost": Block(csms="CostUpdated"),
    "meter_values": Block(station="MeterValues"),
    "smart_charging": Block(
        station="ClearedChargingLimit NotifyChargingLimit NotifyEVChargingNeeds NotifyEVChargingSchedule "
        "ReportChargingProfiles",
        csms="ClearChargingProfile GetChargingProfiles GetCompositeSchedule SetChargingProfile",
    ),
    "firmware": Block(
        station="FirmwareStatusNotification PublishFirmwareStatusNotification",
        csms="PublishFirmware UnpublishFirmware UpdateFirmware",
    ),
    "certificates": Block(
        station="Get15118EVCertificate GetCertificateStatus",
        csms="DeleteCertificate GetInstalledCertificateIds InstallCertificate",
    ),
    "diagnostics": Block(
        station="LogStatusNotification NotifyCustomerInformation NotifyEvent NotifyMonitoringReport",
        csms="ClearVariableMonitoring CustomerInformation GetLog GetMonitoringReport SetMonitoringBase "
        "SetMonitoringLevel SetVariableMonitoring",
    ),
    "display": Block(
        station="NotifyDisplayMessages", csms="ClearDisplayMessage GetDisplayMessages SetDisplayMessage"
    ),
    "data_transfer": Block(both="DataTransfer"),
}

_ADDED_IN_V21 = {
    "tariff_cost": Block(
        station="NotifySettlement NotifyWebPaymentStarted VatNumberValidation",
        csms="ChangeTransactionTariff ClearTariffs GetTariffs SetDefaultTariff",
    ),
    "smart_charging": Block(
        station="NotifyPriorityCharging PullDynamicScheduleUpdate",
        csms="AFRRSignal NotifyAllowedEnergyTransfer UpdateDynamicSchedule UsePriorityCharging",
    ),
    "certificates": Block(station="GetCertificateChainStatus"),
    "diagnostics": Block(
        station="ClosePeriodicEventStream NotifyPeriodicEventStream OpenPeriodicEventStream",
        csms="AdjustPeriodicEventStream GetPeriodicEventStream",
    ),
    "der_control": Block(
        station="NotifyDERAlarm NotifyDERStartStop ReportDERControl",
        csms="ClearDERControl GetDERControl SetDERControl",
    ),
    "battery_swap": Block(station="BatterySwap", csms="RequestBatterySwap"),
}


def _merged(first: dict[str, Block], second: dict[str, Block]) -> dict[str, Block]:
    names = [*first, *(name for name in second if name not in first)]
    none = Block()
    return {
        name: Block(
            *(
                " ".join(x for x in pair if x)
                for pair in zip(first.get(name, none), second.get(name, none), strict=True)
            )
        )
        for name in names
    }


V21 = _merged(V201, _ADDED_IN_V21)
BLOCKS = {"v16": V16, "v201": V201, "v21": V21}
