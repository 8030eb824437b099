"""Data types that several messages of OCPP 2.0.1 share. Made by scripts/make_ocpp_structs.py; do not edit."""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from voltloom.protocols.ocpp.generated.v201.enums import (
    APNAuthenticationEnumType,
    AttributeEnumType,
    AuthorizationStatusEnumType,
    ChargingLimitSourceEnumType,
    ChargingProfileKindEnumType,
    ChargingProfilePurposeEnumType,
    ChargingRateUnitEnumType,
    ChargingStateEnumType,
    ClearMonitoringStatusEnumType,
    CostKindEnumType,
    DataEnumType,
    EnergyTransferModeEnumType,
    EventNotificationEnumType,
    EventTriggerEnumType,
    GetCertificateIdUseEnumType,
    GetVariableStatusEnumType,
    HashAlgorithmEnumType,
    IdTokenEnumType,
    LocationEnumType,
    MeasurandEnumType,
    MessageFormatEnumType,
    MessagePriorityEnumType,
    MessageStateEnumType,
    MonitorEnumType,
    MutabilityEnumType,
    OCPPInterfaceEnumType,
    OCPPTransportEnumType,
    OCPPVersionEnumType,
    PhaseEnumType,
    ReadingContextEnumType,
    ReasonEnumType,
    RecurrencyKindEnumType,
    SetMonitoringStatusEnumType,
    SetVariableStatusEnumType,
    VPNEnumType,
)
from voltloom.protocols.ocpp.message import Closed, Extensible


class CustomDataType(Extensible, frozen=True, kw_only=True):
    """CustomDataType of OCPP 2.0.1."""

    vendor_id: Annotated[str, Meta(max_length=255)]


class StatusInfoType(Closed, frozen=True, kw_only=True):
    """StatusInfoType of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    reason_code: Annotated[str, Meta(max_length=20)]
    additional_info: Annotated[str, Meta(max_length=512)] | UnsetType = UNSET


class ModemType(Closed, frozen=True, kw_only=True):
    """ModemType of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    iccid: Annotated[str, Meta(max_length=20)] | UnsetType = UNSET
    imsi: Annotated[str, Meta(max_length=20)] | UnsetType = UNSET


class ChargingStationType(Closed, frozen=True, kw_only=True):
    """ChargingStationType of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    serial_number: Annotated[str, Meta(max_length=25)] | UnsetType = UNSET
    model: Annotated[str, Meta(max_length=20)]
    modem: ModemType | UnsetType = UNSET
    vendor_name: Annotated[str, Meta(max_length=50)]
    firmware_version: Annotated[str, Meta(max_length=50)] | UnsetType = UNSET


class EVSEType(Closed, frozen=True, kw_only=True):
    """EVSEType of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    id: int
    connector_id: int | UnsetType = UNSET


class ComponentType(Closed, frozen=True, kw_only=True):
    """ComponentType of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    evse: EVSEType | UnsetType = UNSET
    name: Annotated[str, Meta(max_length=50)]
    instance: Annotated[str, Meta(max_length=50)] | UnsetType = UNSET


class VariableType(Closed, frozen=True, kw_only=True):
    """VariableType of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    name: Annotated[str, Meta(max_length=50)]
    instance: Annotated[str, Meta(max_length=50)] | UnsetType = UNSET


class VariableAttributeType(Closed, frozen=True, kw_only=True):
    """VariableAttributeType of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    type: AttributeEnumType | UnsetType = UNSET
    value: Annotated[str, Meta(max_length=2500)] | UnsetType = UNSET
    mutability: MutabilityEnumType | UnsetType = UNSET
    persistent: bool | UnsetType = UNSET
    constant: bool | UnsetType = UNSET


class VariableCharacteristicsType(Closed, frozen=True, kw_only=True):
    """VariableCharacteristicsType of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    unit: Annotated[str, Meta(max_length=16)] | UnsetType = UNSET
    data_type: DataEnumType
    min_limit: float | UnsetType = UNSET
    max_limit: float | UnsetType = UNSET
    values_list: Annotated[str, Meta(max_length=1000)] | UnsetType = UNSET
    supports_monitoring: bool


class ReportDataType(Closed, frozen=True, kw_only=True):
    """ReportDataType of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    component: ComponentType
    variable: VariableType
    variable_attribute: Annotated[tuple[VariableAttributeType, ...], Meta(min_length=1, max_length=4)]
    variable_characteristics: VariableCharacteristicsType | UnsetType = UNSET


class ComponentVariableType(Closed, frozen=True, kw_only=True):
    """ComponentVariableType of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    component: ComponentType
    variable: VariableType | UnsetType = UNSET


class GetVariableDataType(Closed, frozen=True, kw_only=True):
    """GetVariableDataType of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    attribute_type: AttributeEnumType | UnsetType = UNSET
    component: ComponentType
    variable: VariableType


class GetVariableResultType(Closed, frozen=True, kw_only=True):
    """GetVariableResultType of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    attribute_status_info: StatusInfoType | UnsetType = UNSET
    attribute_status: GetVariableStatusEnumType
    attribute_type: AttributeEnumType | UnsetType = UNSET
    attribute_value: Annotated[str, Meta(max_length=2500)] | UnsetType = UNSET
    component: ComponentType
    variable: VariableType


class APNType(Closed, frozen=True, kw_only=True):
    """APNType of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    apn: Annotated[str, Meta(max_length=512)]
    apn_user_name: Annotated[str, Meta(max_length=20)] | UnsetType = UNSET
    apn_password: Annotated[str, Meta(max_length=20)] | UnsetType = UNSET
    sim_pin: int | UnsetType = UNSET
    preferred_network: Annotated[str, Meta(max_length=6)] | UnsetType = UNSET
    use_only_preferred_network: bool | UnsetType = UNSET
    apn_authentication: APNAuthenticationEnumType


class VPNType(Closed, frozen=True, kw_only=True):
    """VPNType of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    server: Annotated[str, Meta(max_length=512)]
    user: Annotated[str, Meta(max_length=20)]
    group: Annotated[str, Meta(max_length=20)] | UnsetType = UNSET
    password: Annotated[str, Meta(max_length=20)]
    key: Annotated[str, Meta(max_length=255)]
    type: VPNEnumType


class NetworkConnectionProfileType(Closed, frozen=True, kw_only=True):
    """NetworkConnectionProfileType of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    apn: APNType | UnsetType = UNSET
    ocpp_version: OCPPVersionEnumType
    ocpp_transport: OCPPTransportEnumType
    ocpp_csms_url: Annotated[str, Meta(max_length=512)]
    message_timeout: int
    security_profile: int
    ocpp_interface: OCPPInterfaceEnumType
    vpn: VPNType | UnsetType = UNSET


class SetVariableDataType(Closed, frozen=True, kw_only=True):
    """SetVariableDataType of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    attribute_type: AttributeEnumType | UnsetType = UNSET
    attribute_value: Annotated[str, Meta(max_length=1000)]
    component: ComponentType
    variable: VariableType


class SetVariableResultType(Closed, frozen=True, kw_only=True):
    """SetVariableResultType of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    attribute_type: AttributeEnumType | UnsetType = UNSET
    attribute_status: SetVariableStatusEnumType
    attribute_status_info: StatusInfoType | UnsetType = UNSET
    component: ComponentType
    variable: VariableType


class AdditionalInfoType(Closed, frozen=True, kw_only=True):
    """AdditionalInfoType of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    additional_id_token: Annotated[str, Meta(max_length=36)]
    type: Annotated[str, Meta(max_length=50)]


class IdTokenType(Closed, frozen=True, kw_only=True):
    """IdTokenType of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    additional_info: Annotated[tuple[AdditionalInfoType, ...], Meta(min_length=1)] | UnsetType = UNSET
    id_token: Annotated[str, Meta(max_length=36)]
    type: IdTokenEnumType


class OCSPRequestDataType(
    Closed,
    frozen=True,
    kw_only=True,
    rename={
        "custom_data": "customData",
        "hash_algorithm": "hashAlgorithm",
        "issuer_name_hash": "issuerNameHash",
        "issuer_key_hash": "issuerKeyHash",
        "serial_number": "serialNumber",
        "responder_url": "responderURL",
    },
):
    """OCSPRequestDataType of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    hash_algorithm: HashAlgorithmEnumType
    issuer_name_hash: Annotated[str, Meta(max_length=128)]
    issuer_key_hash: Annotated[str, Meta(max_length=128)]
    serial_number: Annotated[str, Meta(max_length=40)]
    responder_url: Annotated[str, Meta(max_length=512)]


class MessageContentType(Closed, frozen=True, kw_only=True):
    """MessageContentType of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    format: MessageFormatEnumType
    language: Annotated[str, Meta(max_length=8)] | UnsetType = UNSET
    content: Annotated[str, Meta(max_length=512)]


class IdTokenInfoType(Closed, frozen=True, kw_only=True):
    """IdTokenInfoType of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    status: AuthorizationStatusEnumType
    cache_expiry_date_time: str | UnsetType = UNSET
    charging_priority: int | UnsetType = UNSET
    language1: Annotated[str, Meta(max_length=8)] | UnsetType = UNSET
    evse_id: Annotated[tuple[int, ...], Meta(min_length=1)] | UnsetType = UNSET
    group_id_token: IdTokenType | UnsetType = UNSET
    language2: Annotated[str, Meta(max_length=8)] | UnsetType = UNSET
    personal_message: MessageContentType | UnsetType = UNSET


class AuthorizationData(Closed, frozen=True, kw_only=True):
    """AuthorizationData of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    id_token: IdTokenType
    id_token_info: IdTokenInfoType | UnsetType = UNSET


class SignedMeterValueType(Closed, frozen=True, kw_only=True):
    """SignedMeterValueType of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    signed_meter_data: Annotated[str, Meta(max_length=2500)]
    signing_method: Annotated[str, Meta(max_length=50)]
    encoding_method: Annotated[str, Meta(max_length=50)]
    public_key: Annotated[str, Meta(max_length=2500)]


class UnitOfMeasureType(Closed, frozen=True, kw_only=True):
    """UnitOfMeasureType of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    unit: Annotated[str, Meta(max_length=20)] | UnsetType = UNSET
    multiplier: int | UnsetType = UNSET


class SampledValueType(Closed, frozen=True, kw_only=True):
    """SampledValueType of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    value: float
    context: ReadingContextEnumType | UnsetType = UNSET
    measurand: MeasurandEnumType | UnsetType = UNSET
    phase: PhaseEnumType | UnsetType = UNSET
    location: LocationEnumType | UnsetType = UNSET
    signed_meter_value: SignedMeterValueType | UnsetType = UNSET
    unit_of_measure: UnitOfMeasureType | UnsetType = UNSET


class MeterValueType(Closed, frozen=True, kw_only=True):
    """MeterValueType of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    sampled_value: Annotated[tuple[SampledValueType, ...], Meta(min_length=1)]
    timestamp: str


class TransactionType(Closed, frozen=True, kw_only=True):
    """TransactionType of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    transaction_id: Annotated[str, Meta(max_length=36)]
    charging_state: ChargingStateEnumType | UnsetType = UNSET
    time_spent_charging: int | UnsetType = UNSET
    stopped_reason: ReasonEnumType | UnsetType = UNSET
    remote_start_id: int | UnsetType = UNSET


class ChargingSchedulePeriodType(Closed, frozen=True, kw_only=True):
    """ChargingSchedulePeriodType of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    start_period: int
    limit: float
    number_phases: int | UnsetType = UNSET
    phase_to_use: int | UnsetType = UNSET


class RelativeTimeIntervalType(Closed, frozen=True, kw_only=True):
    """RelativeTimeIntervalType of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    start: int
    duration: int | UnsetType = UNSET


class CostType(Closed, frozen=True, kw_only=True):
    """CostType of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    cost_kind: CostKindEnumType
    amount: int
    amount_multiplier: int | UnsetType = UNSET


class ConsumptionCostType(Closed, frozen=True, kw_only=True):
    """ConsumptionCostType of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    start_value: float
    cost: Annotated[tuple[CostType, ...], Meta(min_length=1, max_length=3)]


class SalesTariffEntryType(Closed, frozen=True, kw_only=True):
    """SalesTariffEntryType of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    relative_time_interval: RelativeTimeIntervalType
    e_price_level: Annotated[int, Meta(ge=0)] | UnsetType = UNSET
    consumption_cost: (
        Annotated[tuple[ConsumptionCostType, ...], Meta(min_length=1, max_length=3)] | UnsetType
    ) = UNSET


class SalesTariffType(Closed, frozen=True, kw_only=True):
    """SalesTariffType of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    id: int
    sales_tariff_description: Annotated[str, Meta(max_length=32)] | UnsetType = UNSET
    num_e_price_levels: int | UnsetType = UNSET
    sales_tariff_entry: Annotated[tuple[SalesTariffEntryType, ...], Meta(min_length=1, max_length=1024)]


class ChargingScheduleType(Closed, frozen=True, kw_only=True):
    """ChargingScheduleType of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    id: int
    start_schedule: str | UnsetType = UNSET
    duration: int | UnsetType = UNSET
    charging_rate_unit: ChargingRateUnitEnumType
    charging_schedule_period: Annotated[
        tuple[ChargingSchedulePeriodType, ...], Meta(min_length=1, max_length=1024)
    ]
    min_charging_rate: float | UnsetType = UNSET
    sales_tariff: SalesTariffType | UnsetType = UNSET


class ChargingProfileType(Closed, frozen=True, kw_only=True):
    """ChargingProfileType of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    id: int
    stack_level: int
    charging_profile_purpose: ChargingProfilePurposeEnumType
    charging_profile_kind: ChargingProfileKindEnumType
    recurrency_kind: RecurrencyKindEnumType | UnsetType = UNSET
    valid_from: str | UnsetType = UNSET
    valid_to: str | UnsetType = UNSET
    charging_schedule: Annotated[tuple[ChargingScheduleType, ...], Meta(min_length=1, max_length=3)]
    transaction_id: Annotated[str, Meta(max_length=36)] | UnsetType = UNSET


class ChargingLimitType(Closed, frozen=True, kw_only=True):
    """ChargingLimitType of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    charging_limit_source: ChargingLimitSourceEnumType
    is_grid_critical: bool | UnsetType = UNSET


class ACChargingParametersType(Closed, frozen=True, kw_only=True):
    """ACChargingParametersType of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    energy_amount: int
    ev_min_current: int
    ev_max_current: int
    ev_max_voltage: int


class DCChargingParametersType(Closed, frozen=True, kw_only=True):
    """DCChargingParametersType of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    ev_max_current: int
    ev_max_voltage: int
    energy_amount: int | UnsetType = UNSET
    ev_max_power: int | UnsetType = UNSET
    state_of_charge: Annotated[int, Meta(ge=0, le=100)] | UnsetType = UNSET
    ev_energy_capacity: int | UnsetType = UNSET
    full_so_c: Annotated[int, Meta(ge=0, le=100)] | UnsetType = UNSET
    bulk_so_c: Annotated[int, Meta(ge=0, le=100)] | UnsetType = UNSET


class ChargingNeedsType(Closed, frozen=True, kw_only=True):
    """ChargingNeedsType of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    ac_charging_parameters: ACChargingParametersType | UnsetType = UNSET
    dc_charging_parameters: DCChargingParametersType | UnsetType = UNSET
    requested_energy_transfer: EnergyTransferModeEnumType
    departure_time: str | UnsetType = UNSET


class ClearChargingProfileType(Closed, frozen=True, kw_only=True):
    """ClearChargingProfileType of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    evse_id: int | UnsetType = UNSET
    charging_profile_purpose: ChargingProfilePurposeEnumType | UnsetType = UNSET
    stack_level: int | UnsetType = UNSET


class ChargingProfileCriterionType(Closed, frozen=True, kw_only=True):
    """ChargingProfileCriterionType of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    charging_profile_purpose: ChargingProfilePurposeEnumType | UnsetType = UNSET
    stack_level: int | UnsetType = UNSET
    charging_profile_id: Annotated[tuple[int, ...], Meta(min_length=1)] | UnsetType = UNSET
    charging_limit_source: (
        Annotated[tuple[ChargingLimitSourceEnumType, ...], Meta(min_length=1, max_length=4)] | UnsetType
    ) = UNSET


class CompositeScheduleType(Closed, frozen=True, kw_only=True):
    """CompositeScheduleType of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    charging_schedule_period: Annotated[tuple[ChargingSchedulePeriodType, ...], Meta(min_length=1)]
    evse_id: int
    duration: int
    schedule_start: str
    charging_rate_unit: ChargingRateUnitEnumType


class FirmwareType(Closed, frozen=True, kw_only=True):
    """FirmwareType of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    location: Annotated[str, Meta(max_length=512)]
    retrieve_date_time: str
    install_date_time: str | UnsetType = UNSET
    signing_certificate: Annotated[str, Meta(max_length=5500)] | UnsetType = UNSET
    signature: Annotated[str, Meta(max_length=800)] | UnsetType = UNSET


class CertificateHashDataType(Closed, frozen=True, kw_only=True):
    """CertificateHashDataType of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    hash_algorithm: HashAlgorithmEnumType
    issuer_name_hash: Annotated[str, Meta(max_length=128)]
    issuer_key_hash: Annotated[str, Meta(max_length=128)]
    serial_number: Annotated[str, Meta(max_length=40)]


class CertificateHashDataChainType(Closed, frozen=True, kw_only=True):
    """CertificateHashDataChainType of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    certificate_hash_data: CertificateHashDataType
    certificate_type: GetCertificateIdUseEnumType
    child_certificate_hash_data: (
        Annotated[tuple[CertificateHashDataType, ...], Meta(min_length=1, max_length=4)] | UnsetType
    ) = UNSET


class EventDataType(Closed, frozen=True, kw_only=True):
    """EventDataType of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    event_id: int
    timestamp: str
    trigger: EventTriggerEnumType
    cause: int | UnsetType = UNSET
    actual_value: Annotated[str, Meta(max_length=2500)]
    tech_code: Annotated[str, Meta(max_length=50)] | UnsetType = UNSET
    tech_info: Annotated[str, Meta(max_length=500)] | UnsetType = UNSET
    cleared: bool | UnsetType = UNSET
    transaction_id: Annotated[str, Meta(max_length=36)] | UnsetType = UNSET
    component: ComponentType
    variable_monitoring_id: int | UnsetType = UNSET
    event_notification_type: EventNotificationEnumType
    variable: VariableType


class VariableMonitoringType(Closed, frozen=True, kw_only=True):
    """VariableMonitoringType of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    id: int
    transaction: bool
    value: float
    type: MonitorEnumType
    severity: int


class MonitoringDataType(Closed, frozen=True, kw_only=True):
    """MonitoringDataType of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    component: ComponentType
    variable: VariableType
    variable_monitoring: Annotated[tuple[VariableMonitoringType, ...], Meta(min_length=1)]


class ClearMonitoringResultType(Closed, frozen=True, kw_only=True):
    """ClearMonitoringResultType of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    status: ClearMonitoringStatusEnumType
    id: int
    status_info: StatusInfoType | UnsetType = UNSET


class LogParametersType(Closed, frozen=True, kw_only=True):
    """LogParametersType of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    remote_location: Annotated[str, Meta(max_length=512)]
    oldest_timestamp: str | UnsetType = UNSET
    latest_timestamp: str | UnsetType = UNSET


class SetMonitoringDataType(Closed, frozen=True, kw_only=True):
    """SetMonitoringDataType of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    id: int | UnsetType = UNSET
    transaction: bool | UnsetType = UNSET
    value: float
    type: MonitorEnumType
    severity: int
    component: ComponentType
    variable: VariableType


class SetMonitoringResultType(Closed, frozen=True, kw_only=True):
    """SetMonitoringResultType of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    id: int | UnsetType = UNSET
    status_info: StatusInfoType | UnsetType = UNSET
    status: SetMonitoringStatusEnumType
    type: MonitorEnumType
    component: ComponentType
    variable: VariableType
    severity: int


class MessageInfoType(Closed, frozen=True, kw_only=True):
    """MessageInfoType of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    display: ComponentType | UnsetType = UNSET
    id: int
    priority: MessagePriorityEnumType
    state: MessageStateEnumType | UnsetType = UNSET
    start_date_time: str | UnsetType = UNSET
    end_date_time: str | UnsetType = UNSET
    transaction_id: Annotated[str, Meta(max_length=36)] | UnsetType = UNSET
    message: MessageContentType
