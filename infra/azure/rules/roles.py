"""Exactly the roles that are needed: one more is a finding, as is one less, or one that Azure would not give."""

from collections.abc import Iterator, Mapping

from infra.azure.bicep import BicepFile, Resource, at, resources
from infra.azure.expression import written
from infra.azure.finding import Finding
from infra.azure.source import Files

KIND = "Microsoft.Authorization/roleAssignments"
APP, OPERATOR = "appPrincipalId", "operatorPrincipalId"
# Without its type a principal that was just made is not found yet, and the deployment fails.
TYPES = {APP: "ServicePrincipal", OPERATOR: "operatorPrincipalType"}
CONDITIONS = {APP: "", OPERATOR: f"!empty({OPERATOR})"}
# Microsoft's ids of the built-in roles (learn.microsoft.com, built-in-roles).
BLOB_OWNER = "b7e6dc6d-f1e8-4753-8033-0f276bb0955b"
BLOB_CONTRIBUTOR = "ba92f5b4-2d11-453d-a403-e96b0029c9fe"
QUEUE_CONTRIBUTOR = "974c5e8b-45b9-4653-ba55-5f855dd0fb88"
QUEUE_READER = "19e7f393-937e-4f77-808e-94535e297925"
TABLE_CONTRIBUTOR = "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3"
SECRETS_USER = "4633458b-17de-408a-b874-0445c86b69e6"
SECRETS_OFFICER = "b86a8fe4-44ce-4948-aee5-eccb2c155cd7"
METRICS_PUBLISHER = "3913510d-42f4-4e42-8a64-420c390055eb"
NEEDED = {
    (APP, "hostStorage", BLOB_OWNER),
    (APP, "hostStorage", QUEUE_CONTRIBUTOR),
    (APP, "hostStorage", TABLE_CONTRIBUTOR),
    (APP, "patientStorage", TABLE_CONTRIBUTOR),
    (APP, "patientStorage", BLOB_CONTRIBUTOR),
    (APP, "vault", SECRETS_USER),
    (APP, "component", METRICS_PUBLISHER),
    (OPERATOR, "hostStorage", QUEUE_READER),
    (OPERATOR, "patientStorage", TABLE_CONTRIBUTOR),
    (OPERATOR, "patientStorage", BLOB_CONTRIBUTOR),
    (OPERATOR, "vault", SECRETS_OFFICER),
}


def roles(parsed: Mapping[str, BicepFile], _files: Files) -> Iterator[Finding]:
    given = set()
    for one in resources(parsed, KIND):
        properties = one.body.get("properties", {})
        who, where = str(properties.get("principalId")), str(one.body.get("scope"))
        named = at(properties, "roleDefinitionId", "function", "parameters", "resource_name_1")
        role = parsed[one.place].value(named)
        given.add((who, where, role))
        if (who, where, role) not in NEEDED:
            yield Finding(one.place, "roles", f"{one.symbol}: {who} needs no role {named} on {where}")
        yield from _given_rightly(one, who, where, str(named))
    for who, where, role in sorted(NEEDED - given):
        yield Finding("infra/azure", "roles", f"{who} has not the role {role} on {where}")


def _given_rightly(one: Resource, who: str, where: str, named: str) -> Iterator[Finding]:
    definition = f"subscriptionResourceId(Microsoft.Authorization/roleDefinitions, {named})"
    if one.condition != CONDITIONS.get(who):
        yield Finding(one.place, "roles", f"{one.symbol}: fails where no operator is named, or is never given")
    if at(one.body, "properties", "principalType") != TYPES.get(who):
        yield Finding(one.place, "roles", f"{one.symbol}: principalType is not {TYPES.get(who)}")
    if written(at(one.body, "properties", "roleDefinitionId")) != definition:
        yield Finding(one.place, "roles", f"{one.symbol}: roleDefinitionId is not one of the subscription")
    if written(one.body.get("name")) != f"guid({where}.id, {who}, {named})":
        yield Finding(one.place, "roles", f"{one.symbol}: its name is not made of place, principal and role")
