#!/bin/sh
# Puts the app's secrets into its vault, once. A key that is there is never made again: with another one nothing of
# the patients could be read. Provider secrets are asked for; an empty answer leaves what is there.
set -eu

vault=${1:-$(azd env get-value PATIENT_MESSAGING_VAULT)}
app=${2:-$(azd env get-value SERVICE_API_NAME)}
group=${3:-$(azd env get-value AZURE_RESOURCE_GROUP)}
umask 077
folder=$(mktemp -d)

# However it ends: no secret stays in a file, and the terminal shows again what is typed.
tidy() {
    rm -rf "$folder"
    if [ -t 0 ]; then stty echo; fi
}
trap tidy EXIT
trap 'exit 130' INT
trap 'exit 143' HUP TERM

names=$(az keyvault secret list --vault-name "$vault" --query "[].name" --output tsv)

has() {
    printf '%s\n' "$names" | tr -d '\r' | grep -qx "$1"
}

# The value comes from a file: as an argument it would stand in the list of processes.
put() {
    az keyvault secret set --vault-name "$vault" --name "$1" --file "$folder/value" --encoding utf-8 --output none
    rm -f "$folder/value"
}

made() {
    if has "$1"; then
        echo "$1 is there: kept"
        return
    fi
    key=$(openssl rand -base64 32) # on a line of its own: where it fails, no key is put
    printf '%s%s' "$2" "$key" >"$folder/value"
    put "$1"
    echo "$1 was made"
}

asked() {
    if has "$1"; then there=" (empty: keep it)"; else there=" (empty: none)"; fi
    printf '%s%s: ' "$1" "$there"
    if [ -t 0 ]; then stty -echo; fi
    IFS= read -r answer || answer=
    if [ -t 0 ]; then stty echo; fi
    echo
    if [ -n "$answer" ]; then
        printf '%s' "$answer" >"$folder/value"
        put "$1"
    fi
}

made ENCRYPTION-KEYS "k1:"
made INDEX-KEY ""
for name in WHATSAPP-ACCESS-TOKEN WHATSAPP-VERIFY-TOKEN WHATSAPP-WEBHOOK-SECRET \
    WECHAT-APP-SECRET WECHAT-TOKEN WECHAT-ENCODING-AES-KEY; do
    asked "$name"
done
# References are read again at once; by itself the platform does so within a day.
id=$(az functionapp show --name "$app" --resource-group "$group" --query id --output tsv)
az rest --method post --url "$id/config/configreferences/appsettings/refresh?api-version=2022-03-01" --output none
az functionapp restart --name "$app" --resource-group "$group" --output none
echo "the app reads its secrets again"
