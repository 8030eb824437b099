"""Which stations are known, how each must prove itself, and which were refused."""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import Enum

from voltloom.live.gateway.credentials import is_record
from voltloom.live.gateway.handshake import is_identity
from voltloom.live.gateway.settings import SecurityProfile


class Standing(Enum):
    """How far a station is trusted."""

    APPROVED = "approved"
    PARKED = "parked"  # connected, to be answered with Pending, until an operator decides
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownStation:
    """A station as the operator knows it.

    least_profile: the weakest security profile under which it may connect; it only rises by connecting.
    secret_record: see `credentials`; None: it cannot connect under profiles 1 and 2. next_secret_record: of a secret
    that it was given and has not used yet; until it does both open.
    certificate_name: the name its certificate bears, where that is its serial number; None: its identity.
    """

    identity: str
    standing: Standing = Standing.APPROVED
    least_profile: SecurityProfile = SecurityProfile.BASIC
    secret_record: str | None = field(default=None, repr=False)
    next_secret_record: str | None = field(default=None, repr=False)
    certificate_name: str | None = None

    def __post_init__(self) -> None:
        if not is_identity(self.identity):
            raise ValueError(f"{self.identity!r} is no identity that a station may have")
        if self.standing is Standing.PARKED:
            raise ValueError(f"{self.identity} is known, so it is approved or refused")
        if not all(is_record(record) for record in self.secret_records):
            raise ValueError(f"the record of the secret of {self.identity} is broken")

    @property
    def secret_records(self) -> tuple[str, ...]:
        """Return the records of the secrets that open, the older first."""
        return tuple(r for r in (self.secret_record, self.next_secret_record) if r is not None)

    @property
    def expected_certificate_name(self) -> str:
        """Return the one name that its certificate must bear."""
        return self.identity if self.certificate_name is None else self.certificate_name


class Directory:
    """The stations in memory. Whoever keeps them on disk reads `stations` after `approve` and `refuse`."""

    def __init__(self, stations: Iterable[KnownStation] = (), *, refused_at_most: int = 10_000) -> None:
        self._known = {station.identity: station for station in stations}
        self._refused: OrderedDict[str, None] = OrderedDict()
        self._refused_at_most = refused_at_most

    @property
    def stations(self) -> tuple[KnownStation, ...]:
        """Return every known station, refused ones that were known included."""
        return tuple(self._known.values())

    def find(self, identity: str) -> KnownStation | None:
        """Return what is known of a station, None for a stranger."""
        if (known := self._known.get(identity)) is not None:
            return known
        if identity in self._refused:
            return KnownStation(identity=identity, standing=Standing.REFUSED)
        return None

    def put(self, station: KnownStation) -> None:
        """Add a station, or replace what is known of it: an operator's word, also to a lower profile."""
        self._known[station.identity] = station
        self._refused.pop(station.identity, None)

    def refuse(self, identity: str) -> None:
        """Let this identity in no more. Of strangers the newest ten thousand are remembered."""
        if (known := self._known.get(identity)) is not None:
            self._known[identity] = replace(known, standing=Standing.REFUSED)
            return
        self._refused[identity] = None
        if len(self._refused) > self._refused_at_most:
            self._refused.popitem(last=False)

    def forget(self, identity: str) -> None:
        """Make a station a stranger again."""
        self._known.pop(identity, None)
        self._refused.pop(identity, None)

    def raised_to(self, identity: str, profile: SecurityProfile) -> bool:
        """Raise a station's least profile, never lower it. Returns whether anything changed."""
        known = self._known.get(identity)
        if known is None or profile <= known.least_profile:
            return False
        self._known[identity] = replace(known, least_profile=profile)
        return True

    def proved_by(self, identity: str, record: str | None) -> bool:
        """Drop a station's old secret once it has shown the next one. Returns whether anything changed."""
        known = self._known.get(identity)
        if known is None or record is None or record != known.next_secret_record:
            return False
        self._known[identity] = replace(known, secret_record=record, next_secret_record=None)
        return True
