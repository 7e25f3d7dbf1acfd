"""What a source told us of a patient's contact, as a row, and back.

<clinic>_<patient shard> | c_<patient key>
"""

from datetime import date

from shared.storage.columns import octets, present, text
from shared.storage.contract import ContactRow
from shared.storage.places import PATIENTS, SEALED, patient_partition
from shared.storage.rows import Row, Value
from shared.storage.seal import Sealer, place

PREFIX = "c_"
FINGERPRINT = "fingerprint"


class ContactRows:
    """Contacts to rows and back."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer

    def of_contact(self, clinic_id: str, contact: ContactRow) -> Row:
        partition, key = patient_partition(clinic_id, contact.patient_key), PREFIX + contact.patient_key
        sealed = {
            "patient": contact.patient_id,
            "name": contact.name,
            "names": contact.names,
            "numbers": contact.numbers,
            "addresses": dict(contact.addresses),
            "language": contact.language,
            "born": contact.birth_on.isoformat() if contact.birth_on else "",
            "stops": dict(contact.stops),
        }
        columns: dict[str, Value | None] = {
            FINGERPRINT: contact.fingerprint,
            SEALED: self._sealer.seal_json(sealed, place(PATIENTS, partition, key, SEALED)),
        }
        return Row(partition, key, present(columns))

    def to_contact(self, row: Row) -> ContactRow:
        """Raises Unsealable."""
        where = place(PATIENTS, row.partition, row.key, SEALED)
        sealed = self._sealer.unseal_json(octets(row.columns, SEALED), where)
        addresses, stops = sealed["addresses"], sealed.get("stops")
        return ContactRow(
            patient_key=row.key.removeprefix(PREFIX),
            patient_id=str(sealed["patient"]),
            name=str(sealed["name"]),
            addresses=addresses if isinstance(addresses, dict) else {},
            language=str(sealed["language"]),
            fingerprint=text(row.columns, FINGERPRINT),
            names=str(sealed.get("names", "")),  # older ones lack it, and the next
            numbers=str(sealed.get("numbers", "")),
            birth_on=date.fromisoformat(str(sealed["born"])) if sealed["born"] else None,
            stops=stops if isinstance(stops, dict) else {},
        )
