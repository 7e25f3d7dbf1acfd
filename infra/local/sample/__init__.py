"""Three clinics to try everything with: people who do not exist, relative to today.

| Clinic | Appointments come from | Messages leave by | Language |
|---|---|---|---|
| Riverside Demonstration Hospital, United Kingdom | a FHIR R4 server (the simulator) | WhatsApp | English |
| Harbour Demonstration Clinic, Hong Kong | a CSV extract with a byte order mark | both | Traditional Chinese |
| Lotus Demonstration Clinic, India | a CSV extract with semicolons | WhatsApp, an account of its own | English, Hindi |

`booking.py` says who is booked when; `riverside.py`, `harbour.py` and `lotus.py` hold the awkward cases, each with
the end that it must come to; `loading.py` takes everything in.
"""
