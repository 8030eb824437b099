"""Data types that several messages of OCPP 2.1 share. Made by scripts/make_ocpp_structs.py; do not edit."""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from voltloom.protocols.ocpp.generated.v21.enums import (
    APNAuthenticationEnumType,
    AttributeEnumType,
    AuthorizationStatusEnumType,
    CertificateStatusEnumType,
    CertificateStatusSourceEnumType,
    ChargingProfileKindEnumType,
    ChargingProfilePurposeEnumType,
    ChargingRateUnitEnumType,
    ChargingStateEnumType,
    ClearMonitoringStatusEnumType,
    ControlModeEnumType,
    CostDimensionEnumType,
    CostKindEnumType,
    DataEnumType,
    DayOfWeekEnumType,
    DERControlEnumType,
    DERUnitEnumType,
    EnergyTransferModeEnumType,
    EventNotificationEnumType,
    EventTriggerEnumType,
    EvseKindEnumType,
    GetCertificateIdUseEnumType,
    GetVariableStatusEnumType,
    HashAlgorithmEnumType,
    IslandingDetectionEnumType,
    LocationEnumType,
    MeasurandEnumType,
    MessageFormatEnumType,
    MessagePriorityEnumType,
    MessageStateEnumType,
    MobilityNeedsModeEnumType,
    MonitorEnumType,
    MutabilityEnumType,
    OCPPInterfaceEnumType,
    OCPPTransportEnumType,
    OCPPVersionEnumType,
    OperationModeEnumType,
    PhaseEnumType,
    PowerDuringCessationEnumType,
    ReadingContextEnumType,
    ReasonEnumType,
    RecurrencyKindEnumType,
    SetMonitoringStatusEnumType,
    SetVariableStatusEnumType,
    TariffClearStatusEnumType,
    TariffCostEnumType,
    TariffKindEnumType,
    VPNEnumType,
)
from voltloom.protocols.ocpp.message import Closed, Extensible


class CustomDataType(Extensible, frozen=True, kw_only=True):
    """CustomDataType of OCPP 2.1."""

    vendor_id: Annotated[str, Meta(max_length=255)]


class CertificateHashDataType(Closed, frozen=True, kw_only=True):
    """CertificateHashDataType of OCPP 2.1."""

    hash_algorithm: HashAlgorithmEnumType
    issuer_name_hash: Annotated[str, Meta(max_length=128)]
    issuer_key_hash: Annotated[str, Meta(max_length=128)]
    serial_number: Annotated[str, Meta(max_length=40)]
    custom_data: CustomDataType | UnsetType = UNSET


class StatusInfoType(Closed, frozen=True, kw_only=True):
    """StatusInfoType of OCPP 2.1."""

    reason_code: Annotated[str, Meta(max_length=20)]
    additional_info: Annotated[str, Meta(max_length=1024)] | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class ModemType(Closed, frozen=True, kw_only=True):
    """ModemType of OCPP 2.1."""

    iccid: Annotated[str, Meta(max_length=20)] | UnsetType = UNSET
    imsi: Annotated[str, Meta(max_length=20)] | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class ChargingStationType(Closed, frozen=True, kw_only=True):
    """ChargingStationType of OCPP 2.1."""

    serial_number: Annotated[str, Meta(max_length=25)] | UnsetType = UNSET
    model: Annotated[str, Meta(max_length=20)]
    modem: ModemType | UnsetType = UNSET
    vendor_name: Annotated[str, Meta(max_length=50)]
    firmware_version: Annotated[str, Meta(max_length=50)] | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class EVSEType(Closed, frozen=True, kw_only=True):
    """EVSEType of OCPP 2.1."""

    id: Annotated[int, Meta(ge=0)]
    connector_id: Annotated[int, Meta(ge=0)] | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class ComponentType(Closed, frozen=True, kw_only=True):
    """ComponentType of OCPP 2.1."""

    evse: EVSEType | UnsetType = UNSET
    name: Annotated[str, Meta(max_length=50)]
    instance: Annotated[str, Meta(max_length=50)] | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class VariableType(Closed, frozen=True, kw_only=True):
    """VariableType of OCPP 2.1."""

    name: Annotated[str, Meta(max_length=50)]
    instance: Annotated[str, Meta(max_length=50)] | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class VariableAttributeType(Closed, frozen=True, kw_only=True):
    """VariableAttributeType of OCPP 2.1."""

    type: AttributeEnumType | UnsetType = UNSET
    value: Annotated[str, Meta(max_length=2500)] | UnsetType = UNSET
    mutability: MutabilityEnumType | UnsetType = UNSET
    persistent: bool | UnsetType = UNSET
    constant: bool | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class VariableCharacteristicsType(Closed, frozen=True, kw_only=True):
    """VariableCharacteristicsType of OCPP 2.1."""

    unit: Annotated[str, Meta(max_length=16)] | UnsetType = UNSET
    data_type: DataEnumType
    min_limit: float | UnsetType = UNSET
    max_limit: float | UnsetType = UNSET
    max_elements: Annotated[int, Meta(ge=1)] | UnsetType = UNSET
    values_list: Annotated[str, Meta(max_length=1000)] | UnsetType = UNSET
    supports_monitoring: bool
    custom_data: CustomDataType | UnsetType = UNSET


class ReportDataType(Closed, frozen=True, kw_only=True):
    """ReportDataType of OCPP 2.1."""

    component: ComponentType
    variable: VariableType
    variable_attribute: Annotated[tuple[VariableAttributeType, ...], Meta(min_length=1, max_length=4)]
    variable_characteristics: VariableCharacteristicsType | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class ComponentVariableType(Closed, frozen=True, kw_only=True):
    """ComponentVariableType of OCPP 2.1."""

    component: ComponentType
    variable: VariableType | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class GetVariableDataType(Closed, frozen=True, kw_only=True):
    """GetVariableDataType of OCPP 2.1."""

    attribute_type: AttributeEnumType | UnsetType = UNSET
    component: ComponentType
    variable: VariableType
    custom_data: CustomDataType | UnsetType = UNSET


class GetVariableResultType(Closed, frozen=True, kw_only=True):
    """GetVariableResultType of OCPP 2.1."""

    attribute_status: GetVariableStatusEnumType
    attribute_status_info: StatusInfoType | UnsetType = UNSET
    attribute_type: AttributeEnumType | UnsetType = UNSET
    attribute_value: Annotated[str, Meta(max_length=2500)] | UnsetType = UNSET
    component: ComponentType
    variable: VariableType
    custom_data: CustomDataType | UnsetType = UNSET


class APNType(Closed, frozen=True, kw_only=True):
    """APNType of OCPP 2.1."""

    apn: Annotated[str, Meta(max_length=2000)]
    apn_user_name: Annotated[str, Meta(max_length=50)] | UnsetType = UNSET
    apn_password: Annotated[str, Meta(max_length=64)] | UnsetType = UNSET
    sim_pin: int | UnsetType = UNSET
    preferred_network: Annotated[str, Meta(max_length=6)] | UnsetType = UNSET
    use_only_preferred_network: bool | UnsetType = UNSET
    apn_authentication: APNAuthenticationEnumType
    custom_data: CustomDataType | UnsetType = UNSET


class VPNType(Closed, frozen=True, kw_only=True):
    """VPNType of OCPP 2.1."""

    server: Annotated[str, Meta(max_length=2000)]
    user: Annotated[str, Meta(max_length=50)]
    group: Annotated[str, Meta(max_length=50)] | UnsetType = UNSET
    password: Annotated[str, Meta(max_length=64)]
    key: Annotated[str, Meta(max_length=255)]
    type: VPNEnumType
    custom_data: CustomDataType | UnsetType = UNSET


class NetworkConnectionProfileType(Closed, frozen=True, kw_only=True):
    """NetworkConnectionProfileType of OCPP 2.1."""

    apn: APNType | UnsetType = UNSET
    ocpp_version: OCPPVersionEnumType | UnsetType = UNSET
    ocpp_interface: OCPPInterfaceEnumType
    ocpp_transport: OCPPTransportEnumType
    message_timeout: int
    ocpp_csms_url: Annotated[str, Meta(max_length=2000)]
    security_profile: Annotated[int, Meta(ge=0)]
    identity: Annotated[str, Meta(max_length=48)] | UnsetType = UNSET
    basic_auth_password: Annotated[str, Meta(max_length=64)] | UnsetType = UNSET
    vpn: VPNType | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class SetVariableDataType(Closed, frozen=True, kw_only=True):
    """SetVariableDataType of OCPP 2.1."""

    attribute_type: AttributeEnumType | UnsetType = UNSET
    attribute_value: Annotated[str, Meta(max_length=2500)]
    component: ComponentType
    variable: VariableType
    custom_data: CustomDataType | UnsetType = UNSET


class SetVariableResultType(Closed, frozen=True, kw_only=True):
    """SetVariableResultType of OCPP 2.1."""

    attribute_type: AttributeEnumType | UnsetType = UNSET
    attribute_status: SetVariableStatusEnumType
    attribute_status_info: StatusInfoType | UnsetType = UNSET
    component: ComponentType
    variable: VariableType
    custom_data: CustomDataType | UnsetType = UNSET


class AdditionalInfoType(Closed, frozen=True, kw_only=True):
    """AdditionalInfoType of OCPP 2.1."""

    additional_id_token: Annotated[str, Meta(max_length=255)]
    type: Annotated[str, Meta(max_length=50)]
    custom_data: CustomDataType | UnsetType = UNSET


class IdTokenType(Closed, frozen=True, kw_only=True):
    """IdTokenType of OCPP 2.1."""

    additional_info: Annotated[tuple[AdditionalInfoType, ...], Meta(min_length=1)] | UnsetType = UNSET
    id_token: Annotated[str, Meta(max_length=255)]
    type: Annotated[str, Meta(max_length=20)]
    custom_data: CustomDataType | UnsetType = UNSET


class OCSPRequestDataType(
    Closed,
    frozen=True,
    kw_only=True,
    rename={
        "hash_algorithm": "hashAlgorithm",
        "issuer_name_hash": "issuerNameHash",
        "issuer_key_hash": "issuerKeyHash",
        "serial_number": "serialNumber",
        "responder_url": "responderURL",
        "custom_data": "customData",
    },
):
    """OCSPRequestDataType of OCPP 2.1."""

    hash_algorithm: HashAlgorithmEnumType
    issuer_name_hash: Annotated[str, Meta(max_length=128)]
    issuer_key_hash: Annotated[str, Meta(max_length=128)]
    serial_number: Annotated[str, Meta(max_length=40)]
    responder_url: Annotated[str, Meta(max_length=2000)]
    custom_data: CustomDataType | UnsetType = UNSET


class MessageContentType(Closed, frozen=True, kw_only=True):
    """MessageContentType of OCPP 2.1."""

    format: MessageFormatEnumType
    language: Annotated[str, Meta(max_length=8)] | UnsetType = UNSET
    content: Annotated[str, Meta(max_length=1024)]
    custom_data: CustomDataType | UnsetType = UNSET


class IdTokenInfoType(Closed, frozen=True, kw_only=True):
    """IdTokenInfoType of OCPP 2.1."""

    status: AuthorizationStatusEnumType
    cache_expiry_date_time: str | UnsetType = UNSET
    charging_priority: int | UnsetType = UNSET
    group_id_token: IdTokenType | UnsetType = UNSET
    language1: Annotated[str, Meta(max_length=8)] | UnsetType = UNSET
    language2: Annotated[str, Meta(max_length=8)] | UnsetType = UNSET
    evse_id: Annotated[tuple[Annotated[int, Meta(ge=0)], ...], Meta(min_length=1)] | UnsetType = UNSET
    personal_message: MessageContentType | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class TariffConditionsType(Closed, frozen=True, kw_only=True):
    """TariffConditionsType of OCPP 2.1."""

    start_time_of_day: str | UnsetType = UNSET
    end_time_of_day: str | UnsetType = UNSET
    day_of_week: Annotated[tuple[DayOfWeekEnumType, ...], Meta(min_length=1, max_length=7)] | UnsetType = (
        UNSET
    )
    valid_from_date: str | UnsetType = UNSET
    valid_to_date: str | UnsetType = UNSET
    evse_kind: EvseKindEnumType | UnsetType = UNSET
    min_energy: float | UnsetType = UNSET
    max_energy: float | UnsetType = UNSET
    min_current: float | UnsetType = UNSET
    max_current: float | UnsetType = UNSET
    min_power: float | UnsetType = UNSET
    max_power: float | UnsetType = UNSET
    min_time: int | UnsetType = UNSET
    max_time: int | UnsetType = UNSET
    min_charging_time: int | UnsetType = UNSET
    max_charging_time: int | UnsetType = UNSET
    min_idle_time: int | UnsetType = UNSET
    max_idle_time: int | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class TariffEnergyPriceType(Closed, frozen=True, kw_only=True):
    """TariffEnergyPriceType of OCPP 2.1."""

    price_kwh: float
    conditions: TariffConditionsType | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class TaxRateType(Closed, frozen=True, kw_only=True):
    """TaxRateType of OCPP 2.1."""

    type: Annotated[str, Meta(max_length=20)]
    tax: float
    stack: Annotated[int, Meta(ge=0)] | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class TariffEnergyType(Closed, frozen=True, kw_only=True):
    """TariffEnergyType of OCPP 2.1."""

    prices: Annotated[tuple[TariffEnergyPriceType, ...], Meta(min_length=1)]
    tax_rates: Annotated[tuple[TaxRateType, ...], Meta(min_length=1, max_length=5)] | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class TariffTimePriceType(Closed, frozen=True, kw_only=True):
    """TariffTimePriceType of OCPP 2.1."""

    price_minute: float
    conditions: TariffConditionsType | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class TariffTimeType(Closed, frozen=True, kw_only=True):
    """TariffTimeType of OCPP 2.1."""

    prices: Annotated[tuple[TariffTimePriceType, ...], Meta(min_length=1)]
    tax_rates: Annotated[tuple[TaxRateType, ...], Meta(min_length=1, max_length=5)] | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class TariffConditionsFixedType(Closed, frozen=True, kw_only=True):
    """TariffConditionsFixedType of OCPP 2.1."""

    start_time_of_day: str | UnsetType = UNSET
    end_time_of_day: str | UnsetType = UNSET
    day_of_week: Annotated[tuple[DayOfWeekEnumType, ...], Meta(min_length=1, max_length=7)] | UnsetType = (
        UNSET
    )
    valid_from_date: str | UnsetType = UNSET
    valid_to_date: str | UnsetType = UNSET
    evse_kind: EvseKindEnumType | UnsetType = UNSET
    payment_brand: Annotated[str, Meta(max_length=20)] | UnsetType = UNSET
    payment_recognition: Annotated[str, Meta(max_length=20)] | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class TariffFixedPriceType(Closed, frozen=True, kw_only=True):
    """TariffFixedPriceType of OCPP 2.1."""

    conditions: TariffConditionsFixedType | UnsetType = UNSET
    price_fixed: float
    custom_data: CustomDataType | UnsetType = UNSET


class TariffFixedType(Closed, frozen=True, kw_only=True):
    """TariffFixedType of OCPP 2.1."""

    prices: Annotated[tuple[TariffFixedPriceType, ...], Meta(min_length=1)]
    tax_rates: Annotated[tuple[TaxRateType, ...], Meta(min_length=1, max_length=5)] | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class PriceType(Closed, frozen=True, kw_only=True):
    """PriceType of OCPP 2.1."""

    excl_tax: float | UnsetType = UNSET
    incl_tax: float | UnsetType = UNSET
    tax_rates: Annotated[tuple[TaxRateType, ...], Meta(min_length=1, max_length=5)] | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class TariffType(Closed, frozen=True, kw_only=True):
    """TariffType of OCPP 2.1."""

    tariff_id: Annotated[str, Meta(max_length=60)]
    description: Annotated[tuple[MessageContentType, ...], Meta(min_length=1, max_length=10)] | UnsetType = (
        UNSET
    )
    currency: Annotated[str, Meta(max_length=3)]
    energy: TariffEnergyType | UnsetType = UNSET
    valid_from: str | UnsetType = UNSET
    charging_time: TariffTimeType | UnsetType = UNSET
    idle_time: TariffTimeType | UnsetType = UNSET
    fixed_fee: TariffFixedType | UnsetType = UNSET
    reservation_time: TariffTimeType | UnsetType = UNSET
    reservation_fixed: TariffFixedType | UnsetType = UNSET
    min_cost: PriceType | UnsetType = UNSET
    max_cost: PriceType | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class AuthorizationData(Closed, frozen=True, kw_only=True):
    """AuthorizationData of OCPP 2.1."""

    id_token: IdTokenType
    id_token_info: IdTokenInfoType | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class CostDimensionType(Closed, frozen=True, kw_only=True):
    """CostDimensionType of OCPP 2.1."""

    type: CostDimensionEnumType
    volume: float
    custom_data: CustomDataType | UnsetType = UNSET


class ChargingPeriodType(Closed, frozen=True, kw_only=True):
    """ChargingPeriodType of OCPP 2.1."""

    dimensions: Annotated[tuple[CostDimensionType, ...], Meta(min_length=1)] | UnsetType = UNSET
    tariff_id: Annotated[str, Meta(max_length=60)] | UnsetType = UNSET
    start_period: str
    custom_data: CustomDataType | UnsetType = UNSET


class TotalPriceType(Closed, frozen=True, kw_only=True):
    """TotalPriceType of OCPP 2.1."""

    excl_tax: float | UnsetType = UNSET
    incl_tax: float | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class TotalCostType(Closed, frozen=True, kw_only=True):
    """TotalCostType of OCPP 2.1."""

    currency: Annotated[str, Meta(max_length=3)]
    type_of_cost: TariffCostEnumType
    fixed: PriceType | UnsetType = UNSET
    energy: PriceType | UnsetType = UNSET
    charging_time: PriceType | UnsetType = UNSET
    idle_time: PriceType | UnsetType = UNSET
    reservation_time: PriceType | UnsetType = UNSET
    reservation_fixed: PriceType | UnsetType = UNSET
    total: TotalPriceType
    custom_data: CustomDataType | UnsetType = UNSET


class TotalUsageType(Closed, frozen=True, kw_only=True):
    """TotalUsageType of OCPP 2.1."""

    energy: float
    charging_time: int
    idle_time: int
    reservation_time: int | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class CostDetailsType(Closed, frozen=True, kw_only=True):
    """CostDetailsType of OCPP 2.1."""

    charging_periods: Annotated[tuple[ChargingPeriodType, ...], Meta(min_length=1)] | UnsetType = UNSET
    total_cost: TotalCostType
    total_usage: TotalUsageType
    failure_to_calculate: bool | UnsetType = UNSET
    failure_reason: Annotated[str, Meta(max_length=500)] | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class SignedMeterValueType(Closed, frozen=True, kw_only=True):
    """SignedMeterValueType of OCPP 2.1."""

    signed_meter_data: Annotated[str, Meta(max_length=32768)]
    signing_method: Annotated[str, Meta(max_length=50)] | UnsetType = UNSET
    encoding_method: Annotated[str, Meta(max_length=50)]
    public_key: Annotated[str, Meta(max_length=2500)] | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class UnitOfMeasureType(Closed, frozen=True, kw_only=True):
    """UnitOfMeasureType of OCPP 2.1."""

    unit: Annotated[str, Meta(max_length=20)] | UnsetType = UNSET
    multiplier: int | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class SampledValueType(Closed, frozen=True, kw_only=True):
    """SampledValueType of OCPP 2.1."""

    value: float
    measurand: MeasurandEnumType | UnsetType = UNSET
    context: ReadingContextEnumType | UnsetType = UNSET
    phase: PhaseEnumType | UnsetType = UNSET
    location: LocationEnumType | UnsetType = UNSET
    signed_meter_value: SignedMeterValueType | UnsetType = UNSET
    unit_of_measure: UnitOfMeasureType | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class MeterValueType(Closed, frozen=True, kw_only=True):
    """MeterValueType of OCPP 2.1."""

    sampled_value: Annotated[tuple[SampledValueType, ...], Meta(min_length=1)]
    timestamp: str
    custom_data: CustomDataType | UnsetType = UNSET


class TransactionLimitType(Closed, frozen=True, kw_only=True):
    """TransactionLimitType of OCPP 2.1."""

    max_cost: float | UnsetType = UNSET
    max_energy: float | UnsetType = UNSET
    max_time: int | UnsetType = UNSET
    max_so_c: Annotated[int, Meta(ge=0, le=100)] | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class TransactionType(Closed, frozen=True, kw_only=True):
    """TransactionType of OCPP 2.1."""

    transaction_id: Annotated[str, Meta(max_length=36)]
    charging_state: ChargingStateEnumType | UnsetType = UNSET
    time_spent_charging: int | UnsetType = UNSET
    stopped_reason: ReasonEnumType | UnsetType = UNSET
    remote_start_id: int | UnsetType = UNSET
    operation_mode: OperationModeEnumType | UnsetType = UNSET
    tariff_id: Annotated[str, Meta(max_length=60)] | UnsetType = UNSET
    transaction_limit: TransactionLimitType | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class LimitAtSoCType(Closed, frozen=True, kw_only=True):
    """LimitAtSoCType of OCPP 2.1."""

    soc: Annotated[int, Meta(ge=0, le=100)]
    limit: float
    custom_data: CustomDataType | UnsetType = UNSET


class V2XFreqWattPointType(Closed, frozen=True, kw_only=True):
    """V2XFreqWattPointType of OCPP 2.1."""

    frequency: float
    power: float
    custom_data: CustomDataType | UnsetType = UNSET


class V2XSignalWattPointType(Closed, frozen=True, kw_only=True):
    """V2XSignalWattPointType of OCPP 2.1."""

    signal: int
    power: float
    custom_data: CustomDataType | UnsetType = UNSET


class ChargingSchedulePeriodType(
    Closed,
    frozen=True,
    kw_only=True,
    rename={
        "start_period": "startPeriod",
        "limit": "limit",
        "limit_l2": "limit_L2",
        "limit_l3": "limit_L3",
        "number_phases": "numberPhases",
        "phase_to_use": "phaseToUse",
        "discharge_limit": "dischargeLimit",
        "discharge_limit_l2": "dischargeLimit_L2",
        "discharge_limit_l3": "dischargeLimit_L3",
        "setpoint": "setpoint",
        "setpoint_l2": "setpoint_L2",
        "setpoint_l3": "setpoint_L3",
        "setpoint_reactive": "setpointReactive",
        "setpoint_reactive_l2": "setpointReactive_L2",
        "setpoint_reactive_l3": "setpointReactive_L3",
        "preconditioning_request": "preconditioningRequest",
        "evse_sleep": "evseSleep",
        "v2x_baseline": "v2xBaseline",
        "operation_mode": "operationMode",
        "v2x_freq_watt_curve": "v2xFreqWattCurve",
        "v2x_signal_watt_curve": "v2xSignalWattCurve",
        "custom_data": "customData",
    },
):
    """ChargingSchedulePeriodType of OCPP 2.1."""

    start_period: int
    limit: float | UnsetType = UNSET
    limit_l2: float | UnsetType = UNSET
    limit_l3: float | UnsetType = UNSET
    number_phases: Annotated[int, Meta(ge=0, le=3)] | UnsetType = UNSET
    phase_to_use: Annotated[int, Meta(ge=0, le=3)] | UnsetType = UNSET
    discharge_limit: Annotated[float, Meta(le=0.0)] | UnsetType = UNSET
    discharge_limit_l2: Annotated[float, Meta(le=0.0)] | UnsetType = UNSET
    discharge_limit_l3: Annotated[float, Meta(le=0.0)] | UnsetType = UNSET
    setpoint: float | UnsetType = UNSET
    setpoint_l2: float | UnsetType = UNSET
    setpoint_l3: float | UnsetType = UNSET
    setpoint_reactive: float | UnsetType = UNSET
    setpoint_reactive_l2: float | UnsetType = UNSET
    setpoint_reactive_l3: float | UnsetType = UNSET
    preconditioning_request: bool | UnsetType = UNSET
    evse_sleep: bool | UnsetType = UNSET
    v2x_baseline: float | UnsetType = UNSET
    operation_mode: OperationModeEnumType | UnsetType = UNSET
    v2x_freq_watt_curve: (
        Annotated[tuple[V2XFreqWattPointType, ...], Meta(min_length=1, max_length=20)] | UnsetType
    ) = UNSET
    v2x_signal_watt_curve: (
        Annotated[tuple[V2XSignalWattPointType, ...], Meta(min_length=1, max_length=20)] | UnsetType
    ) = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class RelativeTimeIntervalType(Closed, frozen=True, kw_only=True):
    """RelativeTimeIntervalType of OCPP 2.1."""

    start: int
    duration: int | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class CostType(Closed, frozen=True, kw_only=True):
    """CostType of OCPP 2.1."""

    cost_kind: CostKindEnumType
    amount: int
    amount_multiplier: int | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class ConsumptionCostType(Closed, frozen=True, kw_only=True):
    """ConsumptionCostType of OCPP 2.1."""

    start_value: float
    cost: Annotated[tuple[CostType, ...], Meta(min_length=1, max_length=3)]
    custom_data: CustomDataType | UnsetType = UNSET


class SalesTariffEntryType(Closed, frozen=True, kw_only=True):
    """SalesTariffEntryType of OCPP 2.1."""

    relative_time_interval: RelativeTimeIntervalType
    e_price_level: Annotated[int, Meta(ge=0)] | UnsetType = UNSET
    consumption_cost: (
        Annotated[tuple[ConsumptionCostType, ...], Meta(min_length=1, max_length=3)] | UnsetType
    ) = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class SalesTariffType(Closed, frozen=True, kw_only=True):
    """SalesTariffType of OCPP 2.1."""

    id: Annotated[int, Meta(ge=0)]
    sales_tariff_description: Annotated[str, Meta(max_length=32)] | UnsetType = UNSET
    num_e_price_levels: Annotated[int, Meta(ge=0)] | UnsetType = UNSET
    sales_tariff_entry: Annotated[tuple[SalesTariffEntryType, ...], Meta(min_length=1, max_length=1024)]
    custom_data: CustomDataType | UnsetType = UNSET


class RationalNumberType(Closed, frozen=True, kw_only=True):
    """RationalNumberType of OCPP 2.1."""

    exponent: int
    value: int
    custom_data: CustomDataType | UnsetType = UNSET


class PriceRuleType(Closed, frozen=True, kw_only=True):
    """PriceRuleType of OCPP 2.1."""

    parking_fee_period: int | UnsetType = UNSET
    carbon_dioxide_emission: Annotated[int, Meta(ge=0)] | UnsetType = UNSET
    renewable_generation_percentage: Annotated[int, Meta(ge=0, le=100)] | UnsetType = UNSET
    energy_fee: RationalNumberType
    parking_fee: RationalNumberType | UnsetType = UNSET
    power_range_start: RationalNumberType
    custom_data: CustomDataType | UnsetType = UNSET


class PriceRuleStackType(Closed, frozen=True, kw_only=True):
    """PriceRuleStackType of OCPP 2.1."""

    duration: int
    price_rule: Annotated[tuple[PriceRuleType, ...], Meta(min_length=1, max_length=8)]
    custom_data: CustomDataType | UnsetType = UNSET


class TaxRuleType(
    Closed,
    frozen=True,
    kw_only=True,
    rename={
        "tax_rule_id": "taxRuleID",
        "tax_rule_name": "taxRuleName",
        "tax_included_in_price": "taxIncludedInPrice",
        "applies_to_energy_fee": "appliesToEnergyFee",
        "applies_to_parking_fee": "appliesToParkingFee",
        "applies_to_overstay_fee": "appliesToOverstayFee",
        "applies_to_minimum_maximum_cost": "appliesToMinimumMaximumCost",
        "tax_rate": "taxRate",
        "custom_data": "customData",
    },
):
    """TaxRuleType of OCPP 2.1."""

    tax_rule_id: Annotated[int, Meta(ge=0)]
    tax_rule_name: Annotated[str, Meta(max_length=100)] | UnsetType = UNSET
    tax_included_in_price: bool | UnsetType = UNSET
    applies_to_energy_fee: bool
    applies_to_parking_fee: bool
    applies_to_overstay_fee: bool
    applies_to_minimum_maximum_cost: bool
    tax_rate: RationalNumberType
    custom_data: CustomDataType | UnsetType = UNSET


class OverstayRuleType(Closed, frozen=True, kw_only=True):
    """OverstayRuleType of OCPP 2.1."""

    overstay_fee: RationalNumberType
    overstay_rule_description: Annotated[str, Meta(max_length=32)] | UnsetType = UNSET
    start_time: int
    overstay_fee_period: int
    custom_data: CustomDataType | UnsetType = UNSET


class OverstayRuleListType(Closed, frozen=True, kw_only=True):
    """OverstayRuleListType of OCPP 2.1."""

    overstay_power_threshold: RationalNumberType | UnsetType = UNSET
    overstay_rule: Annotated[tuple[OverstayRuleType, ...], Meta(min_length=1, max_length=5)]
    overstay_time_threshold: int | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class AdditionalSelectedServicesType(Closed, frozen=True, kw_only=True):
    """AdditionalSelectedServicesType of OCPP 2.1."""

    service_fee: RationalNumberType
    service_name: Annotated[str, Meta(max_length=80)]
    custom_data: CustomDataType | UnsetType = UNSET


class AbsolutePriceScheduleType(
    Closed,
    frozen=True,
    kw_only=True,
    rename={
        "time_anchor": "timeAnchor",
        "price_schedule_id": "priceScheduleID",
        "price_schedule_description": "priceScheduleDescription",
        "currency": "currency",
        "language": "language",
        "price_algorithm": "priceAlgorithm",
        "minimum_cost": "minimumCost",
        "maximum_cost": "maximumCost",
        "price_rule_stacks": "priceRuleStacks",
        "tax_rules": "taxRules",
        "overstay_rule_list": "overstayRuleList",
        "additional_selected_services": "additionalSelectedServices",
        "custom_data": "customData",
    },
):
    """AbsolutePriceScheduleType of OCPP 2.1."""

    time_anchor: str
    price_schedule_id: Annotated[int, Meta(ge=0)]
    price_schedule_description: Annotated[str, Meta(max_length=160)] | UnsetType = UNSET
    currency: Annotated[str, Meta(max_length=3)]
    language: Annotated[str, Meta(max_length=8)]
    price_algorithm: Annotated[str, Meta(max_length=2000)]
    minimum_cost: RationalNumberType | UnsetType = UNSET
    maximum_cost: RationalNumberType | UnsetType = UNSET
    price_rule_stacks: Annotated[tuple[PriceRuleStackType, ...], Meta(min_length=1, max_length=1024)]
    tax_rules: Annotated[tuple[TaxRuleType, ...], Meta(min_length=1, max_length=10)] | UnsetType = UNSET
    overstay_rule_list: OverstayRuleListType | UnsetType = UNSET
    additional_selected_services: (
        Annotated[tuple[AdditionalSelectedServicesType, ...], Meta(min_length=1, max_length=5)] | UnsetType
    ) = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class PriceLevelScheduleEntryType(Closed, frozen=True, kw_only=True):
    """PriceLevelScheduleEntryType of OCPP 2.1."""

    duration: int
    price_level: Annotated[int, Meta(ge=0)]
    custom_data: CustomDataType | UnsetType = UNSET


class PriceLevelScheduleType(Closed, frozen=True, kw_only=True):
    """PriceLevelScheduleType of OCPP 2.1."""

    price_level_schedule_entries: Annotated[
        tuple[PriceLevelScheduleEntryType, ...], Meta(min_length=1, max_length=100)
    ]
    time_anchor: str
    price_schedule_id: Annotated[int, Meta(ge=0)]
    price_schedule_description: Annotated[str, Meta(max_length=32)] | UnsetType = UNSET
    number_of_price_levels: Annotated[int, Meta(ge=0)]
    custom_data: CustomDataType | UnsetType = UNSET


class ChargingScheduleType(Closed, frozen=True, kw_only=True):
    """ChargingScheduleType of OCPP 2.1."""

    id: int
    limit_at_so_c: LimitAtSoCType | UnsetType = UNSET
    start_schedule: str | UnsetType = UNSET
    duration: int | UnsetType = UNSET
    charging_rate_unit: ChargingRateUnitEnumType
    min_charging_rate: float | UnsetType = UNSET
    power_tolerance: float | UnsetType = UNSET
    signature_id: Annotated[int, Meta(ge=0)] | UnsetType = UNSET
    digest_value: Annotated[str, Meta(max_length=88)] | UnsetType = UNSET
    use_local_time: bool | UnsetType = UNSET
    charging_schedule_period: Annotated[
        tuple[ChargingSchedulePeriodType, ...], Meta(min_length=1, max_length=1024)
    ]
    randomized_delay: Annotated[int, Meta(ge=0)] | UnsetType = UNSET
    sales_tariff: SalesTariffType | UnsetType = UNSET
    absolute_price_schedule: AbsolutePriceScheduleType | UnsetType = UNSET
    price_level_schedule: PriceLevelScheduleType | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class ChargingProfileType(Closed, frozen=True, kw_only=True):
    """ChargingProfileType of OCPP 2.1."""

    id: int
    stack_level: Annotated[int, Meta(ge=0)]
    charging_profile_purpose: ChargingProfilePurposeEnumType
    charging_profile_kind: ChargingProfileKindEnumType
    recurrency_kind: RecurrencyKindEnumType | UnsetType = UNSET
    valid_from: str | UnsetType = UNSET
    valid_to: str | UnsetType = UNSET
    transaction_id: Annotated[str, Meta(max_length=36)] | UnsetType = UNSET
    max_offline_duration: int | UnsetType = UNSET
    charging_schedule: Annotated[tuple[ChargingScheduleType, ...], Meta(min_length=1, max_length=3)]
    invalid_after_offline_duration: bool | UnsetType = UNSET
    dyn_update_interval: int | UnsetType = UNSET
    dyn_update_time: str | UnsetType = UNSET
    price_schedule_signature: Annotated[str, Meta(max_length=256)] | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class AddressType(Closed, frozen=True, kw_only=True):
    """AddressType of OCPP 2.1."""

    name: Annotated[str, Meta(max_length=50)]
    address1: Annotated[str, Meta(max_length=100)]
    address2: Annotated[str, Meta(max_length=100)] | UnsetType = UNSET
    city: Annotated[str, Meta(max_length=100)]
    postal_code: Annotated[str, Meta(max_length=20)] | UnsetType = UNSET
    country: Annotated[str, Meta(max_length=50)]
    custom_data: CustomDataType | UnsetType = UNSET


class ClearTariffsResultType(Closed, frozen=True, kw_only=True):
    """ClearTariffsResultType of OCPP 2.1."""

    status_info: StatusInfoType | UnsetType = UNSET
    tariff_id: Annotated[str, Meta(max_length=60)] | UnsetType = UNSET
    status: TariffClearStatusEnumType
    custom_data: CustomDataType | UnsetType = UNSET


class TariffAssignmentType(Closed, frozen=True, kw_only=True):
    """TariffAssignmentType of OCPP 2.1."""

    tariff_id: Annotated[str, Meta(max_length=60)]
    tariff_kind: TariffKindEnumType
    valid_from: str | UnsetType = UNSET
    evse_ids: Annotated[tuple[Annotated[int, Meta(ge=0)], ...], Meta(min_length=1)] | UnsetType = UNSET
    id_tokens: Annotated[tuple[Annotated[str, Meta(max_length=255)], ...], Meta(min_length=1)] | UnsetType = (
        UNSET
    )
    custom_data: CustomDataType | UnsetType = UNSET


class ChargingLimitType(Closed, frozen=True, kw_only=True):
    """ChargingLimitType of OCPP 2.1."""

    charging_limit_source: Annotated[str, Meta(max_length=20)]
    is_local_generation: bool | UnsetType = UNSET
    is_grid_critical: bool | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class ACChargingParametersType(Closed, frozen=True, kw_only=True):
    """ACChargingParametersType of OCPP 2.1."""

    energy_amount: float
    ev_min_current: float
    ev_max_current: float
    ev_max_voltage: float
    custom_data: CustomDataType | UnsetType = UNSET


class DERChargingParametersType(
    Closed,
    frozen=True,
    kw_only=True,
    rename={
        "ev_supported_der_control": "evSupportedDERControl",
        "ev_over_excited_max_discharge_power": "evOverExcitedMaxDischargePower",
        "ev_over_excited_power_factor": "evOverExcitedPowerFactor",
        "ev_under_excited_max_discharge_power": "evUnderExcitedMaxDischargePower",
        "ev_under_excited_power_factor": "evUnderExcitedPowerFactor",
        "max_apparent_power": "maxApparentPower",
        "max_charge_apparent_power": "maxChargeApparentPower",
        "max_charge_apparent_power_l2": "maxChargeApparentPower_L2",
        "max_charge_apparent_power_l3": "maxChargeApparentPower_L3",
        "max_discharge_apparent_power": "maxDischargeApparentPower",
        "max_discharge_apparent_power_l2": "maxDischargeApparentPower_L2",
        "max_discharge_apparent_power_l3": "maxDischargeApparentPower_L3",
        "max_charge_reactive_power": "maxChargeReactivePower",
        "max_charge_reactive_power_l2": "maxChargeReactivePower_L2",
        "max_charge_reactive_power_l3": "maxChargeReactivePower_L3",
        "min_charge_reactive_power": "minChargeReactivePower",
        "min_charge_reactive_power_l2": "minChargeReactivePower_L2",
        "min_charge_reactive_power_l3": "minChargeReactivePower_L3",
        "max_discharge_reactive_power": "maxDischargeReactivePower",
        "max_discharge_reactive_power_l2": "maxDischargeReactivePower_L2",
        "max_discharge_reactive_power_l3": "maxDischargeReactivePower_L3",
        "min_discharge_reactive_power": "minDischargeReactivePower",
        "min_discharge_reactive_power_l2": "minDischargeReactivePower_L2",
        "min_discharge_reactive_power_l3": "minDischargeReactivePower_L3",
        "nominal_voltage": "nominalVoltage",
        "nominal_voltage_offset": "nominalVoltageOffset",
        "max_nominal_voltage": "maxNominalVoltage",
        "min_nominal_voltage": "minNominalVoltage",
        "ev_inverter_manufacturer": "evInverterManufacturer",
        "ev_inverter_model": "evInverterModel",
        "ev_inverter_serial_number": "evInverterSerialNumber",
        "ev_inverter_sw_version": "evInverterSwVersion",
        "ev_inverter_hw_version": "evInverterHwVersion",
        "ev_islanding_detection_method": "evIslandingDetectionMethod",
        "ev_islanding_trip_time": "evIslandingTripTime",
        "ev_maximum_level1_dc_injection": "evMaximumLevel1DCInjection",
        "ev_duration_level1_dc_injection": "evDurationLevel1DCInjection",
        "ev_maximum_level2_dc_injection": "evMaximumLevel2DCInjection",
        "ev_duration_level2_dc_injection": "evDurationLevel2DCInjection",
        "ev_reactive_susceptance": "evReactiveSusceptance",
        "ev_session_total_discharge_energy_available": "evSessionTotalDischargeEnergyAvailable",
        "custom_data": "customData",
    },
):
    """DERChargingParametersType of OCPP 2.1."""

    ev_supported_der_control: Annotated[tuple[DERControlEnumType, ...], Meta(min_length=1)] | UnsetType = (
        UNSET
    )
    ev_over_excited_max_discharge_power: float | UnsetType = UNSET
    ev_over_excited_power_factor: float | UnsetType = UNSET
    ev_under_excited_max_discharge_power: float | UnsetType = UNSET
    ev_under_excited_power_factor: float | UnsetType = UNSET
    max_apparent_power: float | UnsetType = UNSET
    max_charge_apparent_power: float | UnsetType = UNSET
    max_charge_apparent_power_l2: float | UnsetType = UNSET
    max_charge_apparent_power_l3: float | UnsetType = UNSET
    max_discharge_apparent_power: float | UnsetType = UNSET
    max_discharge_apparent_power_l2: float | UnsetType = UNSET
    max_discharge_apparent_power_l3: float | UnsetType = UNSET
    max_charge_reactive_power: float | UnsetType = UNSET
    max_charge_reactive_power_l2: float | UnsetType = UNSET
    max_charge_reactive_power_l3: float | UnsetType = UNSET
    min_charge_reactive_power: float | UnsetType = UNSET
    min_charge_reactive_power_l2: float | UnsetType = UNSET
    min_charge_reactive_power_l3: float | UnsetType = UNSET
    max_discharge_reactive_power: float | UnsetType = UNSET
    max_discharge_reactive_power_l2: float | UnsetType = UNSET
    max_discharge_reactive_power_l3: float | UnsetType = UNSET
    min_discharge_reactive_power: float | UnsetType = UNSET
    min_discharge_reactive_power_l2: float | UnsetType = UNSET
    min_discharge_reactive_power_l3: float | UnsetType = UNSET
    nominal_voltage: float | UnsetType = UNSET
    nominal_voltage_offset: float | UnsetType = UNSET
    max_nominal_voltage: float | UnsetType = UNSET
    min_nominal_voltage: float | UnsetType = UNSET
    ev_inverter_manufacturer: Annotated[str, Meta(max_length=50)] | UnsetType = UNSET
    ev_inverter_model: Annotated[str, Meta(max_length=50)] | UnsetType = UNSET
    ev_inverter_serial_number: Annotated[str, Meta(max_length=50)] | UnsetType = UNSET
    ev_inverter_sw_version: Annotated[str, Meta(max_length=50)] | UnsetType = UNSET
    ev_inverter_hw_version: Annotated[str, Meta(max_length=50)] | UnsetType = UNSET
    ev_islanding_detection_method: (
        Annotated[tuple[IslandingDetectionEnumType, ...], Meta(min_length=1)] | UnsetType
    ) = UNSET
    ev_islanding_trip_time: float | UnsetType = UNSET
    ev_maximum_level1_dc_injection: float | UnsetType = UNSET
    ev_duration_level1_dc_injection: float | UnsetType = UNSET
    ev_maximum_level2_dc_injection: float | UnsetType = UNSET
    ev_duration_level2_dc_injection: float | UnsetType = UNSET
    ev_reactive_susceptance: float | UnsetType = UNSET
    ev_session_total_discharge_energy_available: float | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class EVPriceRuleType(Closed, frozen=True, kw_only=True):
    """EVPriceRuleType of OCPP 2.1."""

    energy_fee: float
    power_range_start: float
    custom_data: CustomDataType | UnsetType = UNSET


class EVAbsolutePriceScheduleEntryType(Closed, frozen=True, kw_only=True):
    """EVAbsolutePriceScheduleEntryType of OCPP 2.1."""

    duration: int
    ev_price_rule: Annotated[tuple[EVPriceRuleType, ...], Meta(min_length=1, max_length=8)]
    custom_data: CustomDataType | UnsetType = UNSET


class EVAbsolutePriceScheduleType(Closed, frozen=True, kw_only=True):
    """EVAbsolutePriceScheduleType of OCPP 2.1."""

    time_anchor: str
    currency: Annotated[str, Meta(max_length=3)]
    ev_absolute_price_schedule_entries: Annotated[
        tuple[EVAbsolutePriceScheduleEntryType, ...], Meta(min_length=1, max_length=1024)
    ]
    price_algorithm: Annotated[str, Meta(max_length=2000)]
    custom_data: CustomDataType | UnsetType = UNSET


class EVPowerScheduleEntryType(Closed, frozen=True, kw_only=True):
    """EVPowerScheduleEntryType of OCPP 2.1."""

    duration: int
    power: float
    custom_data: CustomDataType | UnsetType = UNSET


class EVPowerScheduleType(Closed, frozen=True, kw_only=True):
    """EVPowerScheduleType of OCPP 2.1."""

    ev_power_schedule_entries: Annotated[
        tuple[EVPowerScheduleEntryType, ...], Meta(min_length=1, max_length=1024)
    ]
    time_anchor: str
    custom_data: CustomDataType | UnsetType = UNSET


class EVEnergyOfferType(Closed, frozen=True, kw_only=True):
    """EVEnergyOfferType of OCPP 2.1."""

    ev_absolute_price_schedule: EVAbsolutePriceScheduleType | UnsetType = UNSET
    ev_power_schedule: EVPowerScheduleType
    custom_data: CustomDataType | UnsetType = UNSET


class DCChargingParametersType(Closed, frozen=True, kw_only=True):
    """DCChargingParametersType of OCPP 2.1."""

    ev_max_current: float
    ev_max_voltage: float
    ev_max_power: float | UnsetType = UNSET
    ev_energy_capacity: float | UnsetType = UNSET
    energy_amount: float | UnsetType = UNSET
    state_of_charge: Annotated[int, Meta(ge=0, le=100)] | UnsetType = UNSET
    full_so_c: Annotated[int, Meta(ge=0, le=100)] | UnsetType = UNSET
    bulk_so_c: Annotated[int, Meta(ge=0, le=100)] | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class V2XChargingParametersType(
    Closed,
    frozen=True,
    kw_only=True,
    rename={
        "min_charge_power": "minChargePower",
        "min_charge_power_l2": "minChargePower_L2",
        "min_charge_power_l3": "minChargePower_L3",
        "max_charge_power": "maxChargePower",
        "max_charge_power_l2": "maxChargePower_L2",
        "max_charge_power_l3": "maxChargePower_L3",
        "min_discharge_power": "minDischargePower",
        "min_discharge_power_l2": "minDischargePower_L2",
        "min_discharge_power_l3": "minDischargePower_L3",
        "max_discharge_power": "maxDischargePower",
        "max_discharge_power_l2": "maxDischargePower_L2",
        "max_discharge_power_l3": "maxDischargePower_L3",
        "min_charge_current": "minChargeCurrent",
        "max_charge_current": "maxChargeCurrent",
        "min_discharge_current": "minDischargeCurrent",
        "max_discharge_current": "maxDischargeCurrent",
        "min_voltage": "minVoltage",
        "max_voltage": "maxVoltage",
        "ev_target_energy_request": "evTargetEnergyRequest",
        "ev_min_energy_request": "evMinEnergyRequest",
        "ev_max_energy_request": "evMaxEnergyRequest",
        "ev_min_v2_x_energy_request": "evMinV2XEnergyRequest",
        "ev_max_v2_x_energy_request": "evMaxV2XEnergyRequest",
        "target_so_c": "targetSoC",
        "custom_data": "customData",
    },
):
    """V2XChargingParametersType of OCPP 2.1."""

    min_charge_power: float | UnsetType = UNSET
    min_charge_power_l2: float | UnsetType = UNSET
    min_charge_power_l3: float | UnsetType = UNSET
    max_charge_power: float | UnsetType = UNSET
    max_charge_power_l2: float | UnsetType = UNSET
    max_charge_power_l3: float | UnsetType = UNSET
    min_discharge_power: float | UnsetType = UNSET
    min_discharge_power_l2: float | UnsetType = UNSET
    min_discharge_power_l3: float | UnsetType = UNSET
    max_discharge_power: float | UnsetType = UNSET
    max_discharge_power_l2: float | UnsetType = UNSET
    max_discharge_power_l3: float | UnsetType = UNSET
    min_charge_current: float | UnsetType = UNSET
    max_charge_current: float | UnsetType = UNSET
    min_discharge_current: float | UnsetType = UNSET
    max_discharge_current: float | UnsetType = UNSET
    min_voltage: float | UnsetType = UNSET
    max_voltage: float | UnsetType = UNSET
    ev_target_energy_request: float | UnsetType = UNSET
    ev_min_energy_request: float | UnsetType = UNSET
    ev_max_energy_request: float | UnsetType = UNSET
    ev_min_v2_x_energy_request: float | UnsetType = UNSET
    ev_max_v2_x_energy_request: float | UnsetType = UNSET
    target_so_c: Annotated[int, Meta(ge=0, le=100)] | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class ChargingNeedsType(Closed, frozen=True, kw_only=True):
    """ChargingNeedsType of OCPP 2.1."""

    ac_charging_parameters: ACChargingParametersType | UnsetType = UNSET
    der_charging_parameters: DERChargingParametersType | UnsetType = UNSET
    ev_energy_offer: EVEnergyOfferType | UnsetType = UNSET
    requested_energy_transfer: EnergyTransferModeEnumType
    dc_charging_parameters: DCChargingParametersType | UnsetType = UNSET
    v2x_charging_parameters: V2XChargingParametersType | UnsetType = UNSET
    available_energy_transfer: (
        Annotated[tuple[EnergyTransferModeEnumType, ...], Meta(min_length=1)] | UnsetType
    ) = UNSET
    control_mode: ControlModeEnumType | UnsetType = UNSET
    mobility_needs_mode: MobilityNeedsModeEnumType | UnsetType = UNSET
    departure_time: str | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class ChargingScheduleUpdateType(
    Closed,
    frozen=True,
    kw_only=True,
    rename={
        "limit": "limit",
        "limit_l2": "limit_L2",
        "limit_l3": "limit_L3",
        "discharge_limit": "dischargeLimit",
        "discharge_limit_l2": "dischargeLimit_L2",
        "discharge_limit_l3": "dischargeLimit_L3",
        "setpoint": "setpoint",
        "setpoint_l2": "setpoint_L2",
        "setpoint_l3": "setpoint_L3",
        "setpoint_reactive": "setpointReactive",
        "setpoint_reactive_l2": "setpointReactive_L2",
        "setpoint_reactive_l3": "setpointReactive_L3",
        "custom_data": "customData",
    },
):
    """ChargingScheduleUpdateType of OCPP 2.1."""

    limit: float | UnsetType = UNSET
    limit_l2: float | UnsetType = UNSET
    limit_l3: float | UnsetType = UNSET
    discharge_limit: Annotated[float, Meta(le=0.0)] | UnsetType = UNSET
    discharge_limit_l2: Annotated[float, Meta(le=0.0)] | UnsetType = UNSET
    discharge_limit_l3: Annotated[float, Meta(le=0.0)] | UnsetType = UNSET
    setpoint: float | UnsetType = UNSET
    setpoint_l2: float | UnsetType = UNSET
    setpoint_l3: float | UnsetType = UNSET
    setpoint_reactive: float | UnsetType = UNSET
    setpoint_reactive_l2: float | UnsetType = UNSET
    setpoint_reactive_l3: float | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class ClearChargingProfileType(Closed, frozen=True, kw_only=True):
    """ClearChargingProfileType of OCPP 2.1."""

    evse_id: Annotated[int, Meta(ge=0)] | UnsetType = UNSET
    charging_profile_purpose: ChargingProfilePurposeEnumType | UnsetType = UNSET
    stack_level: Annotated[int, Meta(ge=0)] | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class ChargingProfileCriterionType(Closed, frozen=True, kw_only=True):
    """ChargingProfileCriterionType of OCPP 2.1."""

    charging_profile_purpose: ChargingProfilePurposeEnumType | UnsetType = UNSET
    stack_level: Annotated[int, Meta(ge=0)] | UnsetType = UNSET
    charging_profile_id: Annotated[tuple[int, ...], Meta(min_length=1)] | UnsetType = UNSET
    charging_limit_source: (
        Annotated[tuple[Annotated[str, Meta(max_length=20)], ...], Meta(min_length=1, max_length=4)]
        | UnsetType
    ) = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class CompositeScheduleType(Closed, frozen=True, kw_only=True):
    """CompositeScheduleType of OCPP 2.1."""

    evse_id: Annotated[int, Meta(ge=0)]
    duration: int
    schedule_start: str
    charging_rate_unit: ChargingRateUnitEnumType
    charging_schedule_period: Annotated[tuple[ChargingSchedulePeriodType, ...], Meta(min_length=1)]
    custom_data: CustomDataType | UnsetType = UNSET


class FirmwareType(Closed, frozen=True, kw_only=True):
    """FirmwareType of OCPP 2.1."""

    location: Annotated[str, Meta(max_length=2000)]
    retrieve_date_time: str
    install_date_time: str | UnsetType = UNSET
    signing_certificate: Annotated[str, Meta(max_length=5500)] | UnsetType = UNSET
    signature: Annotated[str, Meta(max_length=800)] | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class CertificateStatusRequestInfoType(Closed, frozen=True, kw_only=True):
    """CertificateStatusRequestInfoType of OCPP 2.1."""

    certificate_hash_data: CertificateHashDataType
    source: CertificateStatusSourceEnumType
    urls: Annotated[tuple[Annotated[str, Meta(max_length=2000)], ...], Meta(min_length=1, max_length=5)]
    custom_data: CustomDataType | UnsetType = UNSET


class CertificateStatusType(Closed, frozen=True, kw_only=True):
    """CertificateStatusType of OCPP 2.1."""

    certificate_hash_data: CertificateHashDataType
    source: CertificateStatusSourceEnumType
    status: CertificateStatusEnumType
    next_update: str
    custom_data: CustomDataType | UnsetType = UNSET


class CertificateHashDataChainType(Closed, frozen=True, kw_only=True):
    """CertificateHashDataChainType of OCPP 2.1."""

    certificate_hash_data: CertificateHashDataType
    certificate_type: GetCertificateIdUseEnumType
    child_certificate_hash_data: (
        Annotated[tuple[CertificateHashDataType, ...], Meta(min_length=1, max_length=4)] | UnsetType
    ) = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class EventDataType(Closed, frozen=True, kw_only=True):
    """EventDataType of OCPP 2.1."""

    event_id: Annotated[int, Meta(ge=0)]
    timestamp: str
    trigger: EventTriggerEnumType
    cause: Annotated[int, Meta(ge=0)] | UnsetType = UNSET
    actual_value: Annotated[str, Meta(max_length=2500)]
    tech_code: Annotated[str, Meta(max_length=50)] | UnsetType = UNSET
    tech_info: Annotated[str, Meta(max_length=500)] | UnsetType = UNSET
    cleared: bool | UnsetType = UNSET
    transaction_id: Annotated[str, Meta(max_length=36)] | UnsetType = UNSET
    component: ComponentType
    variable_monitoring_id: Annotated[int, Meta(ge=0)] | UnsetType = UNSET
    event_notification_type: EventNotificationEnumType
    variable: VariableType
    severity: Annotated[int, Meta(ge=0)] | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class VariableMonitoringType(Closed, frozen=True, kw_only=True):
    """VariableMonitoringType of OCPP 2.1."""

    id: Annotated[int, Meta(ge=0)]
    transaction: bool
    value: float
    type: MonitorEnumType
    severity: Annotated[int, Meta(ge=0)]
    event_notification_type: EventNotificationEnumType
    custom_data: CustomDataType | UnsetType = UNSET


class MonitoringDataType(Closed, frozen=True, kw_only=True):
    """MonitoringDataType of OCPP 2.1."""

    component: ComponentType
    variable: VariableType
    variable_monitoring: Annotated[tuple[VariableMonitoringType, ...], Meta(min_length=1)]
    custom_data: CustomDataType | UnsetType = UNSET


class StreamDataElementType(Closed, frozen=True, kw_only=True):
    """StreamDataElementType of OCPP 2.1."""

    t: float
    v: Annotated[str, Meta(max_length=2500)]
    custom_data: CustomDataType | UnsetType = UNSET


class PeriodicEventStreamParamsType(Closed, frozen=True, kw_only=True):
    """PeriodicEventStreamParamsType of OCPP 2.1."""

    interval: Annotated[int, Meta(ge=0)] | UnsetType = UNSET
    values: Annotated[int, Meta(ge=0)] | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class ConstantStreamDataType(Closed, frozen=True, kw_only=True):
    """ConstantStreamDataType of OCPP 2.1."""

    id: Annotated[int, Meta(ge=0)]
    params: PeriodicEventStreamParamsType
    variable_monitoring_id: Annotated[int, Meta(ge=0)]
    custom_data: CustomDataType | UnsetType = UNSET


class ClearMonitoringResultType(Closed, frozen=True, kw_only=True):
    """ClearMonitoringResultType of OCPP 2.1."""

    status: ClearMonitoringStatusEnumType
    id: Annotated[int, Meta(ge=0)]
    status_info: StatusInfoType | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class LogParametersType(Closed, frozen=True, kw_only=True):
    """LogParametersType of OCPP 2.1."""

    remote_location: Annotated[str, Meta(max_length=2000)]
    oldest_timestamp: str | UnsetType = UNSET
    latest_timestamp: str | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class SetMonitoringDataType(Closed, frozen=True, kw_only=True):
    """SetMonitoringDataType of OCPP 2.1."""

    id: Annotated[int, Meta(ge=0)] | UnsetType = UNSET
    periodic_event_stream: PeriodicEventStreamParamsType | UnsetType = UNSET
    transaction: bool | UnsetType = UNSET
    value: float
    type: MonitorEnumType
    severity: Annotated[int, Meta(ge=0)]
    component: ComponentType
    variable: VariableType
    custom_data: CustomDataType | UnsetType = UNSET


class SetMonitoringResultType(Closed, frozen=True, kw_only=True):
    """SetMonitoringResultType of OCPP 2.1."""

    id: Annotated[int, Meta(ge=0)] | UnsetType = UNSET
    status_info: StatusInfoType | UnsetType = UNSET
    status: SetMonitoringStatusEnumType
    type: MonitorEnumType
    component: ComponentType
    variable: VariableType
    severity: Annotated[int, Meta(ge=0)]
    custom_data: CustomDataType | UnsetType = UNSET


class MessageInfoType(Closed, frozen=True, kw_only=True):
    """MessageInfoType of OCPP 2.1."""

    display: ComponentType | UnsetType = UNSET
    id: Annotated[int, Meta(ge=0)]
    priority: MessagePriorityEnumType
    state: MessageStateEnumType | UnsetType = UNSET
    start_date_time: str | UnsetType = UNSET
    end_date_time: str | UnsetType = UNSET
    transaction_id: Annotated[str, Meta(max_length=36)] | UnsetType = UNSET
    message: MessageContentType
    message_extra: Annotated[tuple[MessageContentType, ...], Meta(min_length=1, max_length=4)] | UnsetType = (
        UNSET
    )
    custom_data: CustomDataType | UnsetType = UNSET


class DERCurvePointsType(Closed, frozen=True, kw_only=True):
    """DERCurvePointsType of OCPP 2.1."""

    x: float
    y: float
    custom_data: CustomDataType | UnsetType = UNSET


class HysteresisType(Closed, frozen=True, kw_only=True):
    """HysteresisType of OCPP 2.1."""

    hysteresis_high: float | UnsetType = UNSET
    hysteresis_low: float | UnsetType = UNSET
    hysteresis_delay: float | UnsetType = UNSET
    hysteresis_gradient: float | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class ReactivePowerParamsType(Closed, frozen=True, kw_only=True):
    """ReactivePowerParamsType of OCPP 2.1."""

    v_ref: float | UnsetType = UNSET
    autonomous_v_ref_enable: bool | UnsetType = UNSET
    autonomous_v_ref_time_constant: float | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class VoltageParamsType(Closed, frozen=True, kw_only=True):
    """VoltageParamsType of OCPP 2.1."""

    hv10_min_mean_value: float | UnsetType = UNSET
    hv10_min_mean_trip_delay: float | UnsetType = UNSET
    power_during_cessation: PowerDuringCessationEnumType | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class DERCurveType(Closed, frozen=True, kw_only=True):
    """DERCurveType of OCPP 2.1."""

    curve_data: Annotated[tuple[DERCurvePointsType, ...], Meta(min_length=1, max_length=10)]
    hysteresis: HysteresisType | UnsetType = UNSET
    priority: Annotated[int, Meta(ge=0)]
    reactive_power_params: ReactivePowerParamsType | UnsetType = UNSET
    voltage_params: VoltageParamsType | UnsetType = UNSET
    y_unit: DERUnitEnumType
    response_time: float | UnsetType = UNSET
    start_time: str | UnsetType = UNSET
    duration: float | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class DERCurveGetType(Closed, frozen=True, kw_only=True):
    """DERCurveGetType of OCPP 2.1."""

    curve: DERCurveType
    id: Annotated[str, Meta(max_length=36)]
    curve_type: DERControlEnumType
    is_default: bool
    is_superseded: bool
    custom_data: CustomDataType | UnsetType = UNSET


class EnterServiceType(Closed, frozen=True, kw_only=True):
    """EnterServiceType of OCPP 2.1."""

    priority: Annotated[int, Meta(ge=0)]
    high_voltage: float
    low_voltage: float
    high_freq: float
    low_freq: float
    delay: float | UnsetType = UNSET
    random_delay: float | UnsetType = UNSET
    ramp_rate: float | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class EnterServiceGetType(Closed, frozen=True, kw_only=True):
    """EnterServiceGetType of OCPP 2.1."""

    enter_service: EnterServiceType
    id: Annotated[str, Meta(max_length=36)]
    custom_data: CustomDataType | UnsetType = UNSET


class FixedPFType(Closed, frozen=True, kw_only=True):
    """FixedPFType of OCPP 2.1."""

    priority: Annotated[int, Meta(ge=0)]
    displacement: float
    excitation: bool
    start_time: str | UnsetType = UNSET
    duration: float | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class FixedPFGetType(
    Closed,
    frozen=True,
    kw_only=True,
    rename={
        "fixed_pf": "fixedPF",
        "id": "id",
        "is_default": "isDefault",
        "is_superseded": "isSuperseded",
        "custom_data": "customData",
    },
):
    """FixedPFGetType of OCPP 2.1."""

    fixed_pf: FixedPFType
    id: Annotated[str, Meta(max_length=36)]
    is_default: bool
    is_superseded: bool
    custom_data: CustomDataType | UnsetType = UNSET


class FixedVarType(Closed, frozen=True, kw_only=True):
    """FixedVarType of OCPP 2.1."""

    priority: Annotated[int, Meta(ge=0)]
    setpoint: float
    unit: DERUnitEnumType
    start_time: str | UnsetType = UNSET
    duration: float | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class FixedVarGetType(Closed, frozen=True, kw_only=True):
    """FixedVarGetType of OCPP 2.1."""

    fixed_var: FixedVarType
    id: Annotated[str, Meta(max_length=36)]
    is_default: bool
    is_superseded: bool
    custom_data: CustomDataType | UnsetType = UNSET


class FreqDroopType(Closed, frozen=True, kw_only=True):
    """FreqDroopType of OCPP 2.1."""

    priority: Annotated[int, Meta(ge=0)]
    over_freq: float
    under_freq: float
    over_droop: float
    under_droop: float
    response_time: float
    start_time: str | UnsetType = UNSET
    duration: float | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class FreqDroopGetType(Closed, frozen=True, kw_only=True):
    """FreqDroopGetType of OCPP 2.1."""

    freq_droop: FreqDroopType
    id: Annotated[str, Meta(max_length=36)]
    is_default: bool
    is_superseded: bool
    custom_data: CustomDataType | UnsetType = UNSET


class GradientType(Closed, frozen=True, kw_only=True):
    """GradientType of OCPP 2.1."""

    priority: Annotated[int, Meta(ge=0)]
    gradient: float
    soft_gradient: float
    custom_data: CustomDataType | UnsetType = UNSET


class GradientGetType(Closed, frozen=True, kw_only=True):
    """GradientGetType of OCPP 2.1."""

    gradient: GradientType
    id: Annotated[str, Meta(max_length=36)]
    custom_data: CustomDataType | UnsetType = UNSET


class LimitMaxDischargeType(Closed, frozen=True, kw_only=True):
    """LimitMaxDischargeType of OCPP 2.1."""

    priority: Annotated[int, Meta(ge=0)]
    pct_max_discharge_power: float | UnsetType = UNSET
    power_monitoring_must_trip: DERCurveType | UnsetType = UNSET
    start_time: str | UnsetType = UNSET
    duration: float | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class LimitMaxDischargeGetType(Closed, frozen=True, kw_only=True):
    """LimitMaxDischargeGetType of OCPP 2.1."""

    id: Annotated[str, Meta(max_length=36)]
    is_default: bool
    is_superseded: bool
    limit_max_discharge: LimitMaxDischargeType
    custom_data: CustomDataType | UnsetType = UNSET


class BatteryDataType(Closed, frozen=True, kw_only=True):
    """BatteryDataType of OCPP 2.1."""

    evse_id: Annotated[int, Meta(ge=0)]
    serial_number: Annotated[str, Meta(max_length=50)]
    so_c: Annotated[float, Meta(ge=0.0, le=100.0)]
    so_h: Annotated[float, Meta(ge=0.0, le=100.0)]
    production_date: str | UnsetType = UNSET
    vendor_info: Annotated[str, Meta(max_length=500)] | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET
