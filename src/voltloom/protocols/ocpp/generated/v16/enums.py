"""The closed choices of OCPP 1.6. Made by scripts/make_ocpp_structs.py; do not edit."""

from typing import Literal

UploadLogStatusEnumType = Literal[
    "BadMessage",
    "Idle",
    "NotSupportedOperation",
    "PermissionDenied",
    "Uploaded",
    "UploadFailure",
    "Uploading",
]


GenericStatusEnumType = Literal["Accepted", "Rejected"]


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


CertificateSignedStatusEnumType = Literal["Accepted", "Rejected"]


HashAlgorithmEnumType = Literal["SHA256", "SHA384", "SHA512"]


DeleteCertificateStatusEnumType = Literal["Accepted", "Failed", "NotFound"]


MessageTriggerEnumType = Literal[
    "BootNotification",
    "LogStatusNotification",
    "FirmwareStatusNotification",
    "Heartbeat",
    "MeterValues",
    "SignChargePointCertificate",
    "StatusNotification",
]


TriggerMessageStatusEnumType = Literal["Accepted", "Rejected", "NotImplemented"]


CertificateUseEnumType = Literal["CentralSystemRootCertificate", "ManufacturerRootCertificate"]


GetInstalledCertificateStatusEnumType = Literal["Accepted", "NotFound"]


LogEnumType = Literal["DiagnosticsLog", "SecurityLog"]


LogStatusEnumType = Literal["Accepted", "Rejected", "AcceptedCanceled"]


InstallCertificateStatusEnumType = Literal["Accepted", "Failed", "Rejected"]


UpdateFirmwareStatusEnumType = Literal[
    "Accepted", "Rejected", "AcceptedCanceled", "InvalidCertificate", "RevokedCertificate"
]
