"""The closed choices of OCPP 2.0.1. Made by scripts/make_ocpp_structs.py; do not edit."""

from typing import Literal

CertificateSigningUseEnumType = Literal["ChargingStationCertificate", "V2GCertificate"]


GenericStatusEnumType = Literal["Accepted", "Rejected"]


CertificateSignedStatusEnumType = Literal["Accepted", "Rejected"]


BootReasonEnumType = Literal[
    "ApplicationReset",
    "FirmwareUpdate",
    "LocalReset",
    "PowerUp",
    "RemoteReset",
    "ScheduledReset",
    "Triggered",
    "Unknown",
    "Watchdog",
]


RegistrationStatusEnumType = Literal["Accepted", "Pending", "Rejected"]


AttributeEnumType = Literal["Actual", "Target", "MinSet", "MaxSet"]


MutabilityEnumType = Literal["ReadOnly", "WriteOnly", "ReadWrite"]


DataEnumType = Literal[
    "string", "decimal", "integer", "dateTime", "boolean", "OptionList", "SequenceList", "MemberList"
]


ReportBaseEnumType = Literal["ConfigurationInventory", "FullInventory", "SummaryInventory"]


GenericDeviceModelStatusEnumType = Literal["Accepted", "Rejected", "NotSupported", "EmptyResultSet"]


ComponentCriterionEnumType = Literal["Active", "Available", "Enabled", "Problem"]


GetVariableStatusEnumType = Literal[
    "Accepted", "Rejected", "UnknownComponent", "UnknownVariable", "NotSupportedAttributeType"
]


ResetEnumType = Literal["Immediate", "OnIdle"]


ResetStatusEnumType = Literal["Accepted", "Rejected", "Scheduled"]


APNAuthenticationEnumType = Literal["CHAP", "NONE", "PAP", "AUTO"]


OCPPVersionEnumType = Literal["OCPP12", "OCPP15", "OCPP16", "OCPP20"]


OCPPTransportEnumType = Literal["JSON", "SOAP"]


OCPPInterfaceEnumType = Literal[
    "Wired0", "Wired1", "Wired2", "Wired3", "Wireless0", "Wireless1", "Wireless2", "Wireless3"
]


VPNEnumType = Literal["IKEv2", "IPSec", "L2TP", "PPTP"]


SetNetworkProfileStatusEnumType = Literal["Accepted", "Rejected", "Failed"]


SetVariableStatusEnumType = Literal[
    "Accepted",
    "Rejected",
    "UnknownComponent",
    "UnknownVariable",
    "NotSupportedAttributeType",
    "RebootRequired",
]


IdTokenEnumType = Literal[
    "Central", "eMAID", "ISO14443", "ISO15693", "KeyCode", "Local", "MacAddress", "NoAuthorization"
]


HashAlgorithmEnumType = Literal["SHA256", "SHA384", "SHA512"]


AuthorizationStatusEnumType = Literal[
    "Accepted",
    "Blocked",
    "ConcurrentTx",
    "Expired",
    "Invalid",
    "NoCredit",
    "NotAllowedTypeEVSE",
    "NotAtThisLocation",
    "NotAtThisTime",
    "Unknown",
]


MessageFormatEnumType = Literal["ASCII", "HTML", "URI", "UTF8"]


AuthorizeCertificateStatusEnumType = Literal[
    "Accepted",
    "SignatureError",
    "CertificateExpired",
    "CertificateRevoked",
    "NoCertificateAvailable",
    "CertChainError",
    "ContractCancelled",
]


ClearCacheStatusEnumType = Literal["Accepted", "Rejected"]


UpdateEnumType = Literal["Differential", "Full"]


SendLocalListStatusEnumType = Literal["Accepted", "Failed", "VersionMismatch"]


TransactionEventEnumType = Literal["Ended", "Started", "Updated"]


ReadingContextEnumType = Literal[
    "Interruption.Begin",
    "Interruption.End",
    "Other",
    "Sample.Clock",
    "Sample.Periodic",
    "Transaction.Begin",
    "Transaction.End",
    "Trigger",
]


MeasurandEnumType = Literal[
    "Current.Export",
    "Current.Import",
    "Current.Offered",
    "Energy.Active.Export.Register",
    "Energy.Active.Import.Register",
    "Energy.Reactive.Export.Register",
    "Energy.Reactive.Import.Register",
    "Energy.Active.Export.Interval",
    "Energy.Active.Import.Interval",
    "Energy.Active.Net",
    "Energy.Reactive.Export.Interval",
    "Energy.Reactive.Import.Interval",
    "Energy.Reactive.Net",
    "Energy.Apparent.Net",
    "Energy.Apparent.Import",
    "Energy.Apparent.Export",
    "Frequency",
    "Power.Active.Export",
    "Power.Active.Import",
    "Power.Factor",
    "Power.Offered",
    "Power.Reactive.Export",
    "Power.Reactive.Import",
    "SoC",
    "Voltage",
]


PhaseEnumType = Literal["L1", "L2", "L3", "N", "L1-N", "L2-N", "L3-N", "L1-L2", "L2-L3", "L3-L1"]


LocationEnumType = Literal["Body", "Cable", "EV", "Inlet", "Outlet"]


TriggerReasonEnumType = Literal[
    "Authorized",
    "CablePluggedIn",
    "ChargingRateChanged",
    "ChargingStateChanged",
    "Deauthorized",
    "EnergyLimitReached",
    "EVCommunicationLost",
    "EVConnectTimeout",
    "MeterValueClock",
    "MeterValuePeriodic",
    "TimeLimitReached",
    "Trigger",
    "UnlockCommand",
    "StopAuthorized",
    "EVDeparted",
    "EVDetected",
    "RemoteStop",
    "RemoteStart",
    "AbnormalCondition",
    "SignedDataReceived",
    "ResetCommand",
]


ChargingStateEnumType = Literal["Charging", "EVConnected", "SuspendedEV", "SuspendedEVSE", "Idle"]


ReasonEnumType = Literal[
    "DeAuthorized",
    "EmergencyStop",
    "EnergyLimitReached",
    "EVDisconnected",
    "GroundFault",
    "ImmediateReset",
    "Local",
    "LocalOutOfCredit",
    "MasterPass",
    "Other",
    "OvercurrentFault",
    "PowerLoss",
    "PowerQuality",
    "Reboot",
    "Remote",
    "SOCLimitReached",
    "StoppedByEV",
    "TimeLimitReached",
    "Timeout",
]


ChargingProfilePurposeEnumType = Literal[
    "ChargingStationExternalConstraints", "ChargingStationMaxProfile", "TxDefaultProfile", "TxProfile"
]


ChargingProfileKindEnumType = Literal["Absolute", "Recurring", "Relative"]


RecurrencyKindEnumType = Literal["Daily", "Weekly"]


ChargingRateUnitEnumType = Literal["W", "A"]


CostKindEnumType = Literal[
    "CarbonDioxideEmission", "RelativePricePercentage", "RenewableGenerationPercentage"
]


RequestStartStopStatusEnumType = Literal["Accepted", "Rejected"]


MessageTriggerEnumType = Literal[
    "BootNotification",
    "LogStatusNotification",
    "FirmwareStatusNotification",
    "Heartbeat",
    "MeterValues",
    "SignChargingStationCertificate",
    "SignV2GCertificate",
    "StatusNotification",
    "TransactionEvent",
    "SignCombinedCertificate",
    "PublishFirmwareStatusNotification",
]


TriggerMessageStatusEnumType = Literal["Accepted", "Rejected", "NotImplemented"]


UnlockStatusEnumType = Literal["Unlocked", "UnlockFailed", "OngoingAuthorizedTransaction", "UnknownConnector"]


ConnectorStatusEnumType = Literal["Available", "Occupied", "Reserved", "Unavailable", "Faulted"]


OperationalStatusEnumType = Literal["Inoperative", "Operative"]


ChangeAvailabilityStatusEnumType = Literal["Accepted", "Rejected", "Scheduled"]


ReservationUpdateStatusEnumType = Literal["Expired", "Removed"]


CancelReservationStatusEnumType = Literal["Accepted", "Rejected"]


ConnectorEnumType = Literal[
    "cCCS1",
    "cCCS2",
    "cG105",
    "cTesla",
    "cType1",
    "cType2",
    "s309-1P-16A",
    "s309-1P-32A",
    "s309-3P-16A",
    "s309-3P-32A",
    "sBS1361",
    "sCEE-7-7",
    "sType2",
    "sType3",
    "Other1PhMax16A",
    "Other1PhOver16A",
    "Other3Ph",
    "Pan",
    "wInductive",
    "wResonant",
    "Undetermined",
    "Unknown",
]


ReserveNowStatusEnumType = Literal["Accepted", "Faulted", "Occupied", "Rejected", "Unavailable"]


ChargingLimitSourceEnumType = Literal["EMS", "Other", "SO", "CSO"]


EnergyTransferModeEnumType = Literal["DC", "AC_single_phase", "AC_two_phase", "AC_three_phase"]


NotifyEVChargingNeedsStatusEnumType = Literal["Accepted", "Rejected", "Processing"]


ClearChargingProfileStatusEnumType = Literal["Accepted", "Unknown"]


GetChargingProfileStatusEnumType = Literal["Accepted", "NoProfiles"]


ChargingProfileStatusEnumType = Literal["Accepted", "Rejected"]


FirmwareStatusEnumType = Literal[
    "Downloaded",
    "DownloadFailed",
    "Downloading",
    "DownloadScheduled",
    "DownloadPaused",
    "Idle",
    "InstallationFailed",
    "Installing",
    "Installed",
    "InstallRebooting",
    "InstallScheduled",
    "InstallVerificationFailed",
    "InvalidSignature",
    "SignatureVerified",
]


PublishFirmwareStatusEnumType = Literal[
    "Idle",
    "DownloadScheduled",
    "Downloading",
    "Downloaded",
    "Published",
    "DownloadFailed",
    "DownloadPaused",
    "InvalidChecksum",
    "ChecksumVerified",
    "PublishFailed",
]


UnpublishFirmwareStatusEnumType = Literal["DownloadOngoing", "NoFirmware", "Unpublished"]


UpdateFirmwareStatusEnumType = Literal[
    "Accepted", "Rejected", "AcceptedCanceled", "InvalidCertificate", "RevokedCertificate"
]


CertificateActionEnumType = Literal["Install", "Update"]


Iso15118EVCertificateStatusEnumType = Literal["Accepted", "Failed"]


GetCertificateStatusEnumType = Literal["Accepted", "Failed"]


DeleteCertificateStatusEnumType = Literal["Accepted", "Failed", "NotFound"]


GetCertificateIdUseEnumType = Literal[
    "V2GRootCertificate",
    "MORootCertificate",
    "CSMSRootCertificate",
    "V2GCertificateChain",
    "ManufacturerRootCertificate",
]


GetInstalledCertificateStatusEnumType = Literal["Accepted", "NotFound"]


InstallCertificateUseEnumType = Literal[
    "V2GRootCertificate", "MORootCertificate", "CSMSRootCertificate", "ManufacturerRootCertificate"
]


InstallCertificateStatusEnumType = Literal["Accepted", "Rejected", "Failed"]


UploadLogStatusEnumType = Literal[
    "BadMessage",
    "Idle",
    "NotSupportedOperation",
    "PermissionDenied",
    "Uploaded",
    "UploadFailure",
    "Uploading",
    "AcceptedCanceled",
]


EventTriggerEnumType = Literal["Alerting", "Delta", "Periodic"]


EventNotificationEnumType = Literal[
    "HardWiredNotification", "HardWiredMonitor", "PreconfiguredMonitor", "CustomMonitor"
]


MonitorEnumType = Literal["UpperThreshold", "LowerThreshold", "Delta", "Periodic", "PeriodicClockAligned"]


ClearMonitoringStatusEnumType = Literal["Accepted", "Rejected", "NotFound"]


CustomerInformationStatusEnumType = Literal["Accepted", "Rejected", "Invalid"]


LogEnumType = Literal["DiagnosticsLog", "SecurityLog"]


LogStatusEnumType = Literal["Accepted", "Rejected", "AcceptedCanceled"]


MonitoringCriterionEnumType = Literal["ThresholdMonitoring", "DeltaMonitoring", "PeriodicMonitoring"]


MonitoringBaseEnumType = Literal["All", "FactoryDefault", "HardWiredOnly"]


SetMonitoringStatusEnumType = Literal[
    "Accepted", "UnknownComponent", "UnknownVariable", "UnsupportedMonitorType", "Rejected", "Duplicate"
]


MessagePriorityEnumType = Literal["AlwaysFront", "InFront", "NormalCycle"]


MessageStateEnumType = Literal["Charging", "Faulted", "Idle", "Unavailable"]


ClearMessageStatusEnumType = Literal["Accepted", "Unknown"]


GetDisplayMessagesStatusEnumType = Literal["Accepted", "Unknown"]


DisplayMessageStatusEnumType = Literal[
    "Accepted",
    "NotSupportedMessageFormat",
    "Rejected",
    "NotSupportedPriority",
    "NotSupportedState",
    "UnknownTransaction",
]


DataTransferStatusEnumType = Literal["Accepted", "Rejected", "UnknownMessageId", "UnknownVendorId"]
