"""Which names are the names of secrets."""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.detection.key_names import judges
from secure_xcom.classify.key_names import rule_of_key_name
from secure_xcom.classify.key_rules import KEY_RULES, KeyRule, is_harmless_under
from secure_xcom.classify.open_names import rule_of_name_alone
from tests.root import ROOT

SECRETS = {
    "name-password": """
        password Password db_password dbPassword DB_PASSWORD PGPASSWORD masterUserPassword passwd pwd db_pwd
        userPWD passphrase passcode master_password password2 password_prod password_github passwordBase64
        AIRFLOW__SMTP__SMTP_PASSWORD spring.datasource.password passwordWo
        password_hash contraseña 数据库密码 newPassword existing_password
        NO_REPLY_PASSWORD noVncPassword ANY_DESK_PASSWORD random_root_password zip_encrypt_password pin_number dbpw
        mot_de_passe wachtwoord parola motDePasse mdp_provisoire password_iniziale contrasena_usuario senha_banco
        kodeord jelszo sifre lozinka 口令
        admin_password_value sslKeyPassword password_confirmation bindpw rootpw requirepass
        ISAPI_PASSWORD update_password db_update_password
        fallbackPassword nextPassCode nb_password enable_password user_has_password with_password
        password_confirm masterauth password_pepper nt_hash ntlmHash ro_community rwcommunity snmp_community_name
        snmp_receiver_1_community
        snmp.community password_mqtt PASSWORD_BD password_router
    """,
    "name-pass": "pass smtp_pass storepass uploadpass privpass",
    "name-secret": """
        secret Secret clientSecret client_secret webhook_secret SecretString SecretBinary secrets app-secret
        secret_value jwtSecret SecretToAuthenticateTarget consumer_secret key_vault_client_secret
        access_token_secret AccessKeySecret sensitiveValue sensitive_environment_variables clientSecretWo
        secrets_cipher secrets.system domain_secrets user_secret enableSecret withSecret secret_phrase
        secretEnvironmentVariables propertiesSensitive signingSecrets secureJsonData secure_string
        display_secret cloud_secret tls_secret environmentSecret psksecret_remote
    """,
    "name-key": """
        clave_api claveDeApi cle_api chave_de_api chiave_privata api_schluessel key_api 密钥
        api_key apiKey APIKey apikey x-api-key access_key SecretAccessKey aws_secret_access_key
        storage_account_key account_key signing_key ssh_key secret_key master_key license_key
        stripe_key api_key_prod API_KEYS preSharedKey KeyMaterial Plaintext AIRFLOW__CORE__FERNET_KEY
        client_key primaryAccessKey shared_access_key psk sdk_key ca.key radius_key segment_writekey cak functionKeys
        victorOpsRoutingKey tlsCertificateKey clientCertKey UnlockKey sslVpnKey pem_key key_pem sslKeyContent
        key_data 1password-secret-key tsigKey wep_key wpa2Key pemBundle plaintextKey
        plainTextKey plaintext_data_key temp_url_key wireguard_key apnsKey trello_key smtp_key containerSyncKey
        HostKeyBody EncryptKey PreShareKey messageDigestKey integrationKeyOverride plaintextValue
        macsec_key ddns-key ntp_key vrrp_key eab_key_hmac jinaAIAPIKey pushkey s2_access_control_key s0_legacy_key
        LOGGED_IN_KEY nonce_salt auth_salt jwt_sign kaggle_key
    """,
    "name-encryption-key": """
        encryption_key EncryptionKey dataEncryptionKey db_encryption_key encryption_key_prod valkey_encryption_key
        acmekey_encryption_key
    """,
    "name-tokens": "tokens Tokens",
    "name-private-key": """
        private_key privateKey PRIVATE_KEY sshPrivateKey privatekey private_key_pem rsa_private_key id_rsa
        privkeys id_ed25519 private_url_key
        PrivateMapKey privateKeyContents private_key_openssh privateKeyPkcs8 private_key_der
    """,
    "name-token": """
        jeton jeton_acces token_de_acesso 令牌
        token access_token refreshToken SessionToken sas_token id_token authtoken bearer_token csrf_token
        personalAccessToken X-Vault-Token taskToken agentToken readWriteToken
        remember_token source_token device_token revoke_token bypass_token merchant_token
        token_github apiTokens oauth2Token token_value
        embedToken forgotPasswordToken change_password_token card_token provision_token delete_token pass_token
        api_token_readonly accessTokenThird
        x-amz-security-token oauthRequestToken enrollment_tokens tokenResponse one_time_token censoredToken
    """,
    "name-credentials": """
        credentials Credentials aws_credentials creds auth basic_auth HTTPBasicAuth authorization
        Authorization Proxy-Authorization bearer jwt sas auth_header authorization_header authorizationData
        credentials_json id_token_hint join_command auth_hash authBasic auth_data
        client_credentials sasSignature oauth_verifier authinfo
    """,
    "name-cookie": "cookie cookies session_cookie Set-Cookie set_cookie JSESSIONID .ASPXAUTH connect.sid",
    "name-code": """
        zugangscode codigo_de_acceso reponseSecrete
        otp pin pin_code card_pin verification_code mfaCode authorization_code cvv backup_codes
        oobCode totp_seed session_token_exchange_code forgottenPasswordAnswer1 recovery_phrase puk_code
        validateCode forgot_password_code support_pin secret_qr_code smscode authcode
        oneTimeCode card_nonce cryptogram authentication_code_first joinCode nkey_seed
    """,
    "name-connection-string": """
        connectionString connectionstring connection_string conn_str dsn sql_alchemy_conn SENTRY_DSN
    """,
    "name-url": """
        presigned_url preSignedUrl presignedS3Url signed_url sas_url sasUri slack_webhook_url slack_webhook magic_link
    """,
    "name-salt": "password_salt HMAC_SALT invite-salt ticket_salt",
    "name-link": "activationUrl invite_link verification_url onboardingLink",
    "name-file": """
        kubeconfig public_kubeconfig kube_config keytab keyfile_dict service_account_key dockerconfigjson p12 jit_config
        serviceJson service_account_contents
    """,
    "name-variable": "LASTFM_KEY NYT_KEY X_KEY lastfm.key app.ibile.key enc_key sec_key NeverBounce.key routing_key",
    "name-qualified": "password_acme pwdGlobex DB_PASSWORD_WAREHOUSE passphrase_hamburg password_acme_corp",
    "name-unlisted-key": """
        token_initech githubBearer secret_globex
        sessionid clave chave KeyAccess lastfm_key md5_key hub_key acmekey license product_key barbican_kek
        image_pull_secret credentials_secret accountKeySecret secretAccessKeySecret usernameSecret masterUserSecret
    """,
}

NO_SECRETS = """
    clave_producto chave_primaria token_usuario_id contrasena_expiracion chave_acesso
    secret_arn SecretArn secret_name secretId secret_version secretARNs secrets_manager SecretOptions
    token_count max_tokens total_tokens prompt_tokens completion_tokens output_tokens token_type
    tokenizer token_id
    next_page_token NextToken nextToken nextpagetoken ContinuationToken page_token clientToken
    ClientRequestToken lock_token
    idempotency_token nextSequenceToken max_output_tokens eos_token token_expiry tokenUrl time_to_first_token
    password_reset_url password_policy PasswordLastUsed password_length passwordResetRequired has_password
    reset_password
    AllowUsersToChangePassword password_file forgotPasswordLink
    primary_key partition_key foreign_key sort_key public_key key_id KeyId AccessKeyId key keys kms_key kmsKeyId
    object_key
    s3_key cache_key key_name private_key_path ssh_public_key hash_key dedup_key
    authorization_date authorized authorizer authority author authors auth_type authMethod authentication
    credentials_provider HasCredentials credential_id allow_credentials
    cookie_domain cookieName accept_cookies exit_code status_code country_code error_code currencyCode
    connection_id conn_id connection_type database_url webhook_id signed_at link
    secretary secretariat compass passport monkey keyboard turkey passenger first_pass test_passed spinning
    pinned mapping
    is_secret is_private_key use_token requires_auth number_of_passwords
    subject_from_web_identity_token
    user username email name id rows status
    publicSshKey nextChunkToken snapshot_encryption_key access_control_allow_credentials
    token_for_login_enabled msiAuthForMonitoringEnabled availableSecrets dkim_tokens client_auth maskedSecret
    tokensPerMinuteLimit tokens_per_second keyVaultPassword keyVaultSasToken keyVaultConnectionString
    domain_verification_token session_affinity_cookie createdByTokenId
    attribution_token responseToken restoreToken offerToken DkimDNSTokenValue1 validationToken
    public_credential wrapped_data_encryption_key jwtPayload storage_credentials existing_secret_key
    existingSecretPasswordKey existingSecretAdminPassword
    manage_master_user_password rotate_credentials getDefaultApiKey RemovePrivateKey skipToken
    hydra_ttl_access_token enforce_online_refresh_tokens
    noJWT automountServiceAccountToken autoGeneratePassword
    restrict_create_platform_apikey receives_credential truncated_token preserve_session_cookie encrypt_password
    encryptCookies synCookies secrets_hmac
    private_key_jwt discoverable_credentials userAgentToken inputTotalToken token_env_var PASSWORD_ENV_VAR
    secretManagerStoredPassword secretManagerStoredClientKey fallbackOnAdminCredentials enable_passwords
    certificateKeyVault authorizationPrivateKeyJsonKey ec2SshKey
    wrappedKeyCryptogram pincode verify_code claim_code
    magic_link_redirect_url
    forgot_password_url changePasswordRequired sync_key qr_code publicKeyOpenssh embed_credentials
    filler_token public_key_pem_data
    object.key tag.key row.key s3.key destination.key user_key issueKey kmsKey hotkey storekey customerkey
    hasPrivateKey checkpoint_key community bypass minipass fieldpass reg_key validation_code license_code
    public_key_pem sshPublicKeyBody publicEncryptKey secrets_encryption
""".split()  # noqa: SIM905 - a list of words reads best as words


RANDOM = "q7Rw2" + "ZkP9xLm4Vt8"

NAMES = [(name, rule) for rule, names in SECRETS.items() for name in names.split()]


@pytest.mark.parametrize(("name", "rule"), NAMES, ids=[ascii(name) for name, _ in NAMES])
def test_the_name_of_a_secret_has_its_rule(name: str, rule: str) -> None:
    assert rule_of_key_name(name) == rule


@pytest.mark.parametrize("name", NO_SECRETS)
def test_other_names_have_none(name: str) -> None:
    assert rule_of_key_name(name) is None


OPEN = """
    authorization Authorization auth cookie http_cookie tokens secrets client_credentials secretEnvironmentVariables
    totp encryptionKey kms_backup_encryption_key auth_data api_keys accessTokens emailOtp yubikeyToken
    registrationTokenList secret_encoded secretBase64Encoded withSecret censored_token
    user_has_password lastModifiedSecret last_used_credential readServiceTokensFromHeader
    protectedSettingsFromKeyVault key_data LASTFM_KEY pass ssh_key deviceToken card_token provisionToken TerminateToken
    serverTLSSecret pod_environment_secret cloudSecret displaySecretKey reuseGeneratedToken issue_cookie any_token
    enter_auth_code passwordVariable token_env registerAuthKeys setRandomPassword
    store_credentials valid_password revokeRefreshToken exportPrivateKey auth_header agentKey
""".split()  # noqa: SIM905 - a list of words reads best as words


@pytest.mark.parametrize("name", OPEN)
def test_an_open_name_has_a_rule_and_says_nothing_alone(name: str) -> None:
    assert rule_of_key_name(name) is not None
    assert rule_of_name_alone(name) is None


@pytest.mark.parametrize("name", OPEN)
@pytest.mark.parametrize("value", [RANDOM, [RANDOM], {"prod": RANDOM}, [{"name": "ci", "value": RANDOM}]])
def test_what_could_be_a_secret_is_no_less_sealed_under_an_open_name(name: str, value: object) -> None:
    rule = rule_of_key_name(name)
    assert rule is not None
    assert not is_harmless_under(rule, value) or name.isupper()


HARMLESS_UNDER_AN_OPEN_NAME = {
    "authorization": "AWS_IAM",
    "auth": {"type": "oauth2"},
    "encryption_key": {"id": "alias/data", "type": "KMS"},
    "api_keys": [{"name": "ci", "ownerArn": "arn:aws:iam::123456789012:role/ci", "createdAt": "2024-01-01"}],
    "tokens": ["to", "be", "or"],
    "secrets": [{"name": "DB", "valueFrom": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf"}],
    "secret_encoded": True,
    "user_has_password": False,
}


@pytest.mark.parametrize("name", HARMLESS_UNDER_AN_OPEN_NAME)
def test_what_most_interfaces_have_under_an_open_name_is_left_alone(name: str) -> None:
    rule = rule_of_key_name(name)
    assert rule is not None
    assert is_harmless_under(rule, HARMLESS_UNDER_AN_OPEN_NAME[name])


@pytest.mark.parametrize("name", ["db_password", "api_key", "session_cookie", "authorization_header", "tokenValue"])
def test_a_name_that_is_not_open_says_it_alone(name: str) -> None:
    assert rule_of_name_alone(name) == rule_of_key_name(name) is not None


@pytest.mark.parametrize("rule", KEY_RULES, ids=[rule.id for rule in KEY_RULES])
def test_a_rule_tells_an_example_that_it_finds_and_one_that_it_leaves(rule: KeyRule) -> None:
    assert rule_of_key_name(rule.example) == rule.id
    assert rule_of_key_name(rule.counterexample) is None


def test_the_rules_are_those_that_names_can_have() -> None:
    assert {rule.id for rule in KEY_RULES} == SECRETS.keys()


@given(st.text(max_size=300))
def test_any_text_is_decided_and_always_the_same(name: str) -> None:
    assert rule_of_key_name(name) == rule_of_key_name(name)


def test_a_name_of_any_length_is_decided_by_its_end() -> None:
    assert rule_of_key_name("x" * 500_000 + "_password") == "name-password"
    assert rule_of_key_name("password_" + "x" * 500_000) is None


def test_a_value_is_judged_by_the_strength_of_the_rule() -> None:
    assert not is_harmless_under("name-password", "2024-01-01")
    assert is_harmless_under("name-token", "2024-01-01")
    assert not is_harmless_under("name-of-somebody-else", "2024-01-01")


LABELLED = ROOT / "tests" / "data" / "key_names"


def _labelled(half: str, kinds: str = "*") -> Iterator[dict[str, str]]:
    for path in sorted(LABELLED.glob(f"{kinds}-{half}.csv")):
        with path.open(newline="") as file:
            yield from csv.DictReader(file)


@pytest.mark.parametrize("path", sorted(LABELLED.glob("*.csv")), ids=lambda path: path.stem)
def test_labelled_names_are_well_formed(path: Path) -> None:
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["label"] for row in rows} <= {"secret", "harmless", "doubtful"}
    assert {row["kind"] for row in rows} <= {"leaf", "container", "unknown"}
    assert all(int(row["occurrences"]) > 0 for row in rows)
    assert len({(row["source"], row["field"]) for row in rows}) == len(rows)


JUDGES = judges()


@pytest.mark.parametrize(
    ("judge", "kinds", "half", "precision", "recall"),
    [
        ("secure-xcom", "*", "development", 0.91, 0.925),
        ("secure-xcom, open names too", "*", "development", 0.86, 0.94),
        ("secure-xcom", "aws-*", "development", 0.885, 0.965),
        ("secure-xcom", "sixth", "held-out", 0.9, 0.89),
        ("secure-xcom, open names too", "sixth", "held-out", 0.89, 0.92),
        ("secure-xcom", "settings", "held-out", 0.97, 0.91),
        ("secure-xcom, open names too", "settings", "held-out", 0.96, 0.915),
    ],
)
def test_names_are_judged_no_worse_than_was_measured(
    judge: str, kinds: str, half: str, precision: float, recall: float
) -> None:
    rows = [row for row in _labelled(half, kinds) if row["label"] != "doubtful"]
    found = [row["label"] == "secret" for row in rows if JUDGES[judge](row["field"])]
    assert sum(found) / len(found) >= precision
    assert sum(found) / sum(row["label"] == "secret" for row in rows) >= recall


def test_no_name_is_held_out_and_developed_on_within_one_source() -> None:
    developed = {(row["source"], row["field"]) for row in _labelled("development")}
    assert developed.isdisjoint({(row["source"], row["field"]) for row in _labelled("held-out")})
