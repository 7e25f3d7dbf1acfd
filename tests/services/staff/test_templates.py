"""Which templates a clinic can choose from, and what each asks for."""

from __future__ import annotations

import pytest

from shared.errors import NotFound
from shared.services.staff.templates import Template
from tests.world import World, world

BOTH = [
    {"channel": "whatsapp", "opt_in": "opt_out", "templates": {"appointment_reminder": {"en": "our_own_reminder"}}},
    {"channel": "wechat", "opt_in": "opt_out"},
]
NAMES = {"en": "Riverside Clinic", "zh-Hant": "河畔診所"}


async def listed(w: World, channel: str = "any") -> list[Template]:
    clinic = await w.services.clinics.get("riverside")
    return list(await w.services.templates(clinic, channel))


async def test_a_clinic_chooses_by_purpose_channel_and_its_own_languages() -> None:
    async with world() as w:
        await w.clinic(channels=BOTH, languages=["en", "zh-Hant"], name=NAMES)
        by_channel = {one.channel: one for one in await listed(w) if one.name == "appointment_reminder"}
        assert list(by_channel) == ["whatsapp", "wechat"]
        assert {one.title for one in by_channel.values()} == {"Appointment reminder"}
        whatsapp, wechat = by_channel.values()
        assert [(one.language, one.provider_name, one.own) for one in whatsapp.variants] == [
            ("en", "our_own_reminder", True),
            ("zh-Hant", "appointment_reminder", False),
        ]
        assert {one.language for one in wechat.variants} == {"en", "zh-Hant"}
        assert {one.channel for one in await listed(w, "wechat")} == {"wechat"}


async def test_a_template_without_a_purpose_goes_by_its_own_name() -> None:
    async with world() as w:
        await w.clinic(channels=BOTH)
        [notice] = [one for one in await listed(w) if one.name == "APPOINTMENT_NOTICE"]
        assert (notice.title, notice.channel) == ("預約通知", "wechat")
        assert (notice.variables[0].name, notice.variables[0].label) == ("character_string1", "預約編號")


@pytest.mark.parametrize(
    ("language", "title", "first"),
    [("en", "Appointment reminder", "Patient's name"), ("hi", "अपॉइंटमेंट रिमाइंडर", "मरीज़ का नाम")],
)
async def test_what_a_template_asks_for_is_said_in_the_clinics_language(language: str, title: str, first: str) -> None:
    async with world() as w:
        ways = [{"channel": "whatsapp", "opt_in": "opt_out"}]
        clinic = await w.clinic(channels=ways, languages=[language], name={language: "Riverside Clinic"})
        found, schema = await w.services.templates.schema(clinic, "whatsapp", "appointment_reminder")
        assert (found.title, schema["title"], schema["type"]) == (title, title, "object")
        properties = schema["properties"]
        assert isinstance(properties, dict)
        assert schema["required"] == list(properties)
        assert list(properties)[:2] == ["patient_name", "clinic"]
        assert properties["patient_name"]["title"] == first
        assert all(one["type"] == "string" and one["title"] and one["description"] for one in properties.values())


async def test_a_template_that_the_clinic_has_not_is_not_found() -> None:
    async with world() as w:
        clinic = await w.clinic(channels=BOTH[:1])
        for channel, name in (("whatsapp", "nothing"), ("wechat", "appointment_reminder")):
            with pytest.raises(NotFound):
                await w.services.templates.schema(clinic, channel, name)
