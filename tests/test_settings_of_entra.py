"""Settings of the directory: together, and of the right form."""

import pytest

from shared.errors import ConfigurationError
from shared.settings import read_settings
from tests.world import SETTINGS

ID, OTHER_ID = "AAAAAAAA-1111-4111-8111-111111111111", "bbbbbbbb-2222-4222-8222-222222222222"


def test_both_ids_make_a_directory() -> None:
    settings = read_settings(
        {
            **SETTINGS,
            "ENTRA_TENANT_ID": ID,
            "ENTRA_CLIENT_ID": OTHER_ID.upper(),
            "ENTRA_AUDIENCE": " https://a.example , ,api://b",
            "ENTRA_AUTHORITY": "https://login.partner.microsoftonline.cn/",
        }
    )
    assert settings.entra_tenant_id == ID.lower()
    assert settings.entra_authority == "https://login.partner.microsoftonline.cn"
    assert settings.entra_audiences == {OTHER_ID, f"api://{OTHER_ID}", "https://a.example", "api://b"}


IDS = {"ENTRA_TENANT_ID": ID, "ENTRA_CLIENT_ID": OTHER_ID}


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"ENTRA_TENANT_ID": ID}, "ENTRA_CLIENT_ID"),
        ({"ENTRA_CLIENT_ID": ID}, "ENTRA_TENANT_ID"),
        (IDS | {"ENTRA_TENANT_ID": "hospital.example"}, "ENTRA_TENANT_ID"),
        (IDS | {"ENTRA_AUTHORITY": "http://login.example"}, "ENTRA_AUTHORITY"),
        (IDS | {"ENTRA_AUTHORITY": "https://a.example/b"}, "ENTRA_AUTHORITY"),
        (IDS | {"ENTRA_AUTHORITY": "https://u@a.example"}, "ENTRA_AUTHORITY"),
    ],
)
def test_a_wrong_one_is_named(changes: dict[str, str], named: str) -> None:
    with pytest.raises(ConfigurationError, match=named) as caught:
        read_settings({**SETTINGS, **changes})
    assert not any(value in str(caught.value) for value in changes.values())
