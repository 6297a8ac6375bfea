"""Rules for the tokens of secret managers, networks and clusters."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final

from secure_xcom.classify.content.placeholders import is_regular
from secure_xcom.classify.content.rule import URL_SAFE, Rule, row


def _is_pem_of_a_private_key(found: re.Match[str]) -> bool:
    # 80 characters are 60 bytes: the first line of a file, which names what it holds.
    try:
        return b"PRIVATE KEY" in base64.b64decode(found[0][:80])
    except binascii.Error:
        return False


RULES: Final[tuple[Rule, ...]] = (
    row(
        "vault-token",
        "HashiCorp Vault service, batch or recovery token",
        "Reads the secrets that its policies allow.",
        "hvs. hvb. hvr.",
        r"hv[sbr]\.[\w\-]{24,512}+",
        example="hvs.CAESI<90 base62>",
        counterexample="hvs.example",
        source="https://developer.hashicorp.com/vault/docs/concepts/tokens",
        boundary=URL_SAFE,
    ),
    row(
        "vault-legacy-token",
        "HashiCorp Vault token from before version 1.10",
        "Reads the secrets that its policies allow.",
        "s.",
        r"s\.(?P<secret>[A-Za-z0-9]{24})",
        example="VAULT_TOKEN=s.<24 base62>",
        counterexample="VAULT_TOKEN=s.<24 letters>",
        source="https://developer.hashicorp.com/vault/docs/concepts/tokens",
        boundary=rf"{URL_SAFE}./",
        check=lambda found: sum(map(str.isdigit, found["secret"])) >= 2 and any(map(str.isupper, found["secret"])),
    ),
    row(
        "doppler-token",
        "Doppler token: personal, service, service account, CLI, SCIM or audit",
        "Reads the secrets of a project.",
        "dp.pt. dp.st. dp.ct. dp.sa. dp.said. dp.scim. dp.audit.",
        r"dp\.(?>pt|st|ct|sa|said|scim|audit)\.(?>[a-z0-9\-_]{2,35}+\.)?+[A-Za-z0-9]{40,44}+",
        example="dp.pt.<43 base62>",
        counterexample="dp.pt.<8 base62>",
        source="https://docs.doppler.com/reference/auth-token-formats",
    ),
    row(
        "infisical-token",
        "Infisical service token",
        "Reads the secrets of a project.",
        "st.",
        r"st\.[a-f0-9\-]{24,36}+\.[a-f0-9]{32}\.[a-f0-9]{32}",
        example="st.<24 hex>.<32 hex>.<32 hex>",
        counterexample="st.louis",
        source="https://infisical.com/docs/documentation/platform/token",
    ),
    row(
        "1password-token",
        "1Password service account token, or an account's secret key",
        "Reads the items of a vault.",
        "ops_eyJ A3-",
        r"(?>ops_eyJ[\w\-]{100,2048}+|A3-[A-Z0-9]{6}-(?>[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})-[A-Z0-9]{5}-[A-Z0-9]{5}-[A-Z0-9]{5})",
        example="ops_eyJ<250 base62>",
        counterexample="A3-PAPER",
        source="https://developer.1password.com/docs/service-accounts/",
        boundary=URL_SAFE,
    ),
    row(
        "tailscale-key",
        "Tailscale auth, API or client key",
        "Adds machines to the network, or manages it.",
        "tskey-",
        r"tskey-(?>[a-z]{2,10}+-)?+[A-Za-z0-9]{8,32}+-[A-Za-z0-9]{16,64}+",
        example="tskey-auth-<17 base62>-<32 base62>",
        counterexample="tskey-auth",
        source="https://tailscale.com/kb/1277/key-prefixes",
        boundary=URL_SAFE,
    ),
    row(
        "age-secret-key",
        "age identity",
        "Decrypts files.",
        "AGE-SECRET-KEY-1 AGE-SECRET-KEY-PQ-1",
        r"AGE-SECRET-KEY-(?>PQ-)?+1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58,128}+",
        example="AGE-SECRET-KEY-1<58 bech32>",
        counterexample="AGE-SECRET-KEY-1<58 x>",
        source="https://age-encryption.org/v1",
        boundary=URL_SAFE,
    ),
    row(
        "base64-private-key",
        "Private key in PEM, in base64, as in a kubeconfig or a Kubernetes secret",
        "Signs and decrypts as its owner.",
        "LS0tLS1CRUdJTi",
        r"LS0tLS1CRUdJTi[A-Za-z0-9+/]{80}",
        example="<b64 -----BEGIN RSA PRIVATE KEY-----\\nAn invented text that is as long as some lines "
        "of a real key, and no key>",
        counterexample="<b64 -----BEGIN CERTIFICATE-----\\nAn invented text that is as long as some "
        "lines of a certificate, and is no key>",
        source="https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/",
        boundary="",
        check=_is_pem_of_a_private_key,
    ),
    row(
        "docker-swarm-key",
        "Docker Swarm join token or unlock key",
        "Joins the cluster, as a manager too.",
        "SWMTKN-1- SWMKEY-1-",
        r"SWM(?>TKN-1-[a-z0-9]{50}-[a-z0-9]{25}|KEY-1-[A-Za-z0-9+/]{40,44}+)",
        example="SWMTKN-1-<50 lower>-<25 lower>",
        counterexample="SWMTKN-1-<5 lower>",
        source="https://docs.docker.com/engine/swarm/join-nodes/",
    ),
    row(
        "openshift-token",
        "OpenShift OAuth token",
        "Calls the cluster's API as its owner.",
        "sha256~",
        r"sha256~[\w\-]{43}",
        example="sha256~<43 base62>",
        counterexample="sha256:<64 hex>",
        source="https://docs.openshift.com/container-platform/latest/authentication/understanding-authentication.html",
        boundary=URL_SAFE,
    ),
    row(
        "rancher-token",
        "Rancher API token",
        "Manages clusters as its owner.",
        "token-",
        r"token-[a-z0-9]{5}:[a-z0-9]{54}",
        example="token-<5 lower>:<54 lower>",
        counterexample="token-<5 lower>",
        source="https://ranchermanager.docs.rancher.com/reference-guides/user-settings/api-keys",
        boundary=URL_SAFE,
    ),
    row(
        "kubeadm-token",
        "Kubernetes bootstrap token, beside its option",
        "Joins a machine to the cluster.",
        ("--token ", "--token="),
        r"--token[ =](?P<secret>[a-z0-9]{6}\.[a-z0-9]{16})",
        example="kubeadm join --token <6 lower>.<16 lower>",
        counterexample="kubeadm join --token abcdef.0123456789abcdef",
        source="https://kubernetes.io/docs/reference/access-authn-authz/bootstrap-tokens/",
        boundary=URL_SAFE,
        check=lambda found: found["secret"] != "abcdef.0123456789abcdef",  # noqa: S105 - Kubernetes' own example
    ),
    row(
        "maxmind-license-key",
        "MaxMind license key",
        "Downloads databases at its owner's cost.",
        "_mmk",
        r"(?<=[A-Za-z0-9]{6}_[A-Za-z0-9]{29})_mmk",
        example="<6 base62>_<29 base62>_mmk",
        counterexample="key_mmk",
        source="https://dev.maxmind.com/license-key-release-notes/",
        boundary="",
        entropy=0,
        check=lambda found: not is_regular(found.string[found.start() - 29 : found.start()]),
    ),
    row(
        "ory-token",
        "Ory personal access, access or refresh token",
        "Calls Ory's APIs as its owner.",
        "ory_pat_ ory_at_ ory_rt_ ory_st_ ory_wak_",
        r"ory_(?>pat|at|rt|st|wak)_[\w\-]{20,128}+(?>\.[\w\-]{20,128}+)?+",
        example="ory_pat_<32 base62>",
        counterexample="ory_pat_<4 base62>",
        source="https://www.ory.com/docs/concepts/personal-access-token",
        boundary=URL_SAFE,
    ),
    row(
        "okta-token",
        "Okta API token, in its header or beside its name",
        "Manages users as its owner.",
        ("SSWS ", "okta", "Okta", "OKTA"),
        r"(?>SSWS |(?i:okta)[\w\-]{0,24}+(?>\\{0,2}+[\"'])?+\s{0,4}+[=:]\s{0,4}+(?>\\{0,2}+[\"'])?+)(?P<secret"
        r">00[\w\-]{40})",
        example="Authorization: SSWS 00<40 base62>",
        counterexample="Authorization: SSWS token",
        source="https://developer.okta.com/docs/guides/create-an-api-token/main/",
        boundary="",
    ),
    row(
        "vault-secret-id",
        "Secret id of Vault's AppRole, or of a token of Consul or Nomad, as their commands print it",
        "Signs in as the role, or as the token's owner.",
        ("secret_id  ", "secret_id\t", "Secret ID  ", "SecretID: "),
        r"(?>secret_id|Secret ID|SecretID:)[ \t]{1,40}+(?>= )?+(?P<secret>[0-9a-f]{8}-(?>[0-9a-f]{4}-){3}[0-9a-f]{12})",
        example="secret_id             <8 hex>-<4 hex>-<4 hex>-<4 hex>-<12 hex>",
        counterexample="secret_id             {{ secret_id }}",
        source="https://developer.hashicorp.com/vault/docs/auth/approle",
    ),
    row(
        "rancher-kubeconfig-token",
        "Token in a kubeconfig of Rancher's",
        "Manages the cluster as the user.",
        "kubeconfig-",
        r"kubeconfig-(?>user|u)-[a-z0-9]{4,12}+(?>[.][a-z0-9]{4,12}+)?+:(?P<secret>[a-z0-9]{54})",
        example="kubeconfig-user-<5 lower>:<54 lower>",
        counterexample="kubeconfig-user-<5 lower>",
        source="https://ranchermanager.docs.rancher.com/reference-guides/about-the-api/api-tokens",
    ),
    row(
        "laravel-key",
        "Key of an application of Laravel's",
        "Decrypts cookies and sessions, and makes them.",
        "base64:",
        r"base64:(?P<secret>[A-Za-z0-9+/]{43}=)",
        example="APP_KEY=base64:<43 base64>=",
        counterexample="data:text/plain;base64,<43 base64>=",
        source="https://laravel.com/docs/encryption",
        boundary=r"A-Za-z0-9+/",
        check=lambda found: "KEY" in found.string[max(0, found.start() - 32) : found.start()].upper(),
    ),
)
