"""Token buckets and back-off, in exact numbers; settings that would be weaker than they say."""

import ssl

import pytest

from voltloom.live.gateway.guards import BackOff, Buckets, address_group
from voltloom.live.gateway.settings import Limits, Listener, ListenerError, Rate, SecurityProfile
from voltloom.live.gateway.stations import Directory, KnownStation, Standing


def test_a_bucket_lets_its_burst_through_and_then_as_much_as_it_refills() -> None:
    buckets = Buckets[str](Rate(burst_count=3.0, refill_per_s=0.5), remembered=10)

    assert [buckets.take("a", 100.0) for _ in range(3)] == [0.0, 0.0, 0.0]
    assert buckets.take("a", 100.0) == 2.0
    assert buckets.take("b", 100.0) == 0.0  # the neighbour has a bucket of his own
    assert buckets.take("a", 101.0) == 1.0  # refusals cost nothing
    assert buckets.take("a", 102.0) == 0.0
    assert buckets.take("a", 102.0) > 0.0


def test_an_attempt_that_turned_out_well_costs_nothing() -> None:
    buckets = Buckets[str](Rate(burst_count=2.0, refill_per_s=0.001), remembered=10)

    for second in range(100):
        assert buckets.take("a", float(second)) == 0.0
        buckets.give_back("a", float(second))


def test_what_is_remembered_is_bounded() -> None:
    buckets = Buckets[int](Rate(burst_count=1.0, refill_per_s=0.001), remembered=100)
    for key in range(1000):
        buckets.take(key, 0.0)

    assert len(buckets) == 100


def test_the_pauses_after_wrong_secrets_double_up_to_a_bound() -> None:
    limits = Limits(back_off_after_failures=2, back_off_first_s=1.0, back_off_longest_s=5.0)
    back_off, pair = BackOff(limits), ("192.0.2.1", "A1")

    waits_s = []
    for _ in range(6):
        back_off.failed(pair, 10.0)
        waits_s.append(back_off.wait_s(pair, 10.0))

    assert waits_s == [0.0, 1.0, 2.0, 4.0, 5.0, 5.0]
    assert back_off.wait_s(pair, 15.0) == 0.0
    assert back_off.wait_s(("192.0.2.2", "A1"), 10.0) == 0.0  # nobody locks a station out from elsewhere
    back_off.succeeded(pair)
    assert back_off.wait_s(pair, 10.0) == 0.0


def test_an_ipv6_customer_is_one_address() -> None:
    assert address_group("2001:db8::1") == address_group("2001:db8::ffff")
    assert address_group("2001:db8::1") != address_group("2001:db8:0:1::1")
    assert address_group("::ffff:192.0.2.1") == address_group("192.0.2.1")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.org"])
def test_profile_0_never_leaves_the_machine(host: str) -> None:
    with pytest.raises(ListenerError):
        Listener(host=host, port=0, profile=SecurityProfile.NONE, is_insecure_wanted=True)


def test_profile_0_must_be_asked_for() -> None:
    with pytest.raises(ListenerError):
        Listener(host="127.0.0.1", port=0, profile=SecurityProfile.NONE)


def test_a_listener_is_never_weaker_than_its_profile() -> None:
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with pytest.warns(DeprecationWarning, match="deprecated"):
        old.minimum_version = ssl.TLSVersion.TLSv1_1
    no_certificate_asked = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)

    for profile, context in (
        (2, None),
        (3, None),
        (1, no_certificate_asked),
        (2, old),
        (3, no_certificate_asked),
    ):
        with pytest.raises(ListenerError):
            Listener(host="127.0.0.1", port=0, profile=SecurityProfile(profile), tls=context)


def test_a_directory_raises_a_profile_and_never_lowers_it() -> None:
    directory = Directory([KnownStation(identity="A1", least_profile=SecurityProfile.TLS_BASIC)])

    assert not directory.raised_to("A1", SecurityProfile.BASIC)
    assert directory.raised_to("A1", SecurityProfile.MUTUAL_TLS)
    assert not directory.raised_to("A1", SecurityProfile.TLS_BASIC)
    found = directory.find("A1")
    assert found is not None
    assert found.least_profile is SecurityProfile.MUTUAL_TLS


def test_refused_strangers_are_remembered_within_a_bound() -> None:
    directory = Directory(refused_at_most=3)
    for number in range(10):
        directory.refuse(f"S{number}")

    assert directory.find("S0") is None
    found = directory.find("S9")
    assert found is not None
    assert found.standing is Standing.REFUSED


@pytest.mark.parametrize(
    "told",
    [
        {"identity": "A1", "standing": Standing.PARKED},
        {"identity": "a:b"},
        {"identity": ""},
        {"identity": "A1", "secret_record": "x"},
    ],
)
def test_a_station_that_could_never_connect_is_a_mistake_at_once(told: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"identity|record|known"):
        KnownStation(**told)  # type: ignore[arg-type]  # a dict of one shape of the parameters
