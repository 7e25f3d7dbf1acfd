"""Which queues an operator's command looks at: those that the app's own host would."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from infra.ops.queue_account import ELSEWHERE, NOT_NAMED, QueueAccount, queue_account

HERE = "AccountName=devstoreaccount1;AccountKey=eA==;QueueEndpoint=http://127.0.0.1:10001/devstoreaccount1;"
CLOUD = "AccountName=made;AccountKey=eA==;EndpointSuffix=core.example"
URI = "https://made.queue.core.windows.net"


@pytest.mark.parametrize(
    ("values", "account"),
    [
        ({"AzureWebJobsStorage": CLOUD}, QueueAccount(CLOUD)),
        ({"AzureWebJobsStorage": HERE, "PATIENT_STORAGE_CONNECTION": HERE}, QueueAccount(HERE)),
        ({"AzureWebJobsStorage__queueServiceUri": URI}, QueueAccount(endpoint=URI)),
        ({"AzureWebJobsStorage__accountName": "made", "AZURE_CLIENT_ID": "a"}, QueueAccount("", URI, "a")),
        (
            {"AzureWebJobsStorage__queueServiceUri": URI, "AzureWebJobsStorage__clientId": "b", "AZURE_CLIENT_ID": "a"},
            QueueAccount("", URI, "b"),
        ),
        ({}, QueueAccount(unnamed=NOT_NAMED)),
        ({"AzureWebJobsStorage": ""}, QueueAccount(unnamed=NOT_NAMED)),
    ],
)
def test_it_is_named_as_the_host_reads_it(values: Mapping[str, str], account: QueueAccount) -> None:
    assert queue_account(values) == account


def test_this_machines_queues_are_not_held_against_data_elsewhere() -> None:
    """A copied local.settings.json, with the data of Azure named in the environment."""
    example = {"AzureWebJobsStorage": "UseDevelopmentStorage=true"}
    assert queue_account({**example, "PATIENT_STORAGE_CONNECTION": CLOUD}).unnamed == ELSEWHERE
    assert queue_account({**example, "PATIENT_STORAGE_TABLE_ENDPOINT": "https://x"}).unnamed == ELSEWHERE
    named = {"AzureWebJobsStorage__queueServiceUri": URI, "PATIENT_STORAGE_CONNECTION": CLOUD}
    assert queue_account({**example, **named}) == QueueAccount(endpoint=URI)
    local = queue_account({**example, "PATIENT_STORAGE_CONNECTION": "UseDevelopmentStorage=true"})
    assert "127.0.0.1:10001" in local.connection_string


def test_what_it_says_of_itself_holds_no_key() -> None:
    assert "eA==" not in repr(queue_account({"AzureWebJobsStorage": CLOUD}))
