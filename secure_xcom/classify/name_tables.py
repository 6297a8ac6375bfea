"""Tables of words: what passwords, keys, tokens and codes are called, and what is called so and opens nothing.

Each table has a reason. In a table, a hyphen joins the words of one ending. Which rule an ending has, and which of two
counts, is in ``classify.name_endings``.
"""

from __future__ import annotations

from typing import Final

from secure_xcom.classify.name_words import words

PASSWORDS: Final = words(
    """
    password passwords passwd passwds pwd pwds pswd psw passw passphrase passphrases passcode passcodes userpass
    requirepass masterauth username-password password-confirmation password-confirm password-hash password-hashes
    random-password-result
    passwd-hash pwd-hash password-digest passhash pass-hash pw
    hash-pepper password-pepper ntlm-hash nt-hash lm-hash nthash lmhash pw-hash pwhash
    snmp-community snmp-community-name community-string ro-community rw-community read-community write-community
    trap-community
    pin-number dbpw dbpwd authentication-string
    """
)
"""Passwords, and their hashes, which can be attacked where they are known; in other languages:
``classify.names_abroad``."""

HARMLESS_PASSWORDS: Final = words(
    "reset-password change-password no-password weak-password empty-password empty-root-password"
)

HARMLESS_PASSES: Final = words(
    """
    first second third next prev single multi render shader boarding season senior day guest low high band all
    any fail did dry by
    """
)
"""Passes of a compiler, of a renderer and of a test, and passes that are tickets."""

SECRETS: Final = words(
    """
    secret sensitive-value sensitive-default-value sensitive-string sensitive-query-string sensitive-text
    sensitive-variable sensitive-variables sensitive-environment-variables secret-environment-variables
    graylog-password-secret
    secret-phrase secret-word secret-jwt secure-string secure-text secure-value secure-values secure-json-data
    config-sensitive properties-sensitive parameters-sensitive settings-sensitive values-sensitive variables-sensitive
    """
)
"""What is called a secret, or by Azure and Google a sensitive value."""

SECRETS_IN_PLURAL: Final = words(
    """
    client app application api db database oauth webhook shared aws vault user service my all env k8s domain
    signing session cookie csrf jwt hmac consumer integration
    """
)
"""Other ``secrets``, as of a container, are a list of references; alone the word may be anything."""

PURPOSES: Final = words("system cookie cipher pagination session default")
"""What ``secrets`` are for, where a configuration parts them: ``secrets_cipher``, ``secrets.system``."""

HARMLESS_SECRETS: Final = words(
    """
    pull-secret pull-secrets existing-secret existing-secrets
    master-user-secret secret-list secrets-list manager-secret certificate-secret passphrase-secret password-secret
    credentials-secret identifier-secret kubernetes-secret secret-env
    secret-access-key-secret account-key-secret sas-token-secret existing-secret-key password-secret-key
    username-secret url-secret cert-secret certs-secret keytab-secret id-secret client-secret-secret
    private-key-secret client-key-secret server-key-secret ssh-key-secret secret-key-secret session-token-secret
    """
)
"""Names of a Secret in Kubernetes and Helm; what holds or describes a password in a secret store."""

OPENING: Final = words(
    """
    api apis access secret private ssh signing encryption encrypt decryption decrypt cipher account storage shared
    preshared master license licence session service auth authentication authorization webhook hmac mac jwt jws rsa
    dsa ecdsa 25519 tls ssl deploy deployment ingest ingestion integration stream instrumentation fernet wrapping
    unseal recovery admin write server function subscription partner merchant security symmetric activation
    registration enrollment enrolment agent workspace app application consumer client secondary sas psk wpa wifi
    customer cookie backup root token password pass bot static raw pairing developer dev sandbox live provisioning
    notification push kek dek readonly insights https maps gh attestation aes des plain extension principal policy
    send sdk callback ca radius tacacs bitlocker filevault insert signature certificate cert unlock vpn eab pem
    encrypt tsig play notify wep isakmp ospf bgp rtmp gossip dhchap wallet
    ike ipsec macsec mpsk vrrp hsrp glbp isis eigrp ldp nhrp rndc ddns ntp crypt sync apns fcm gcm smtp sftp
    relay validator wireguard preauth preauthentication
    """
)
"""What a key may open, sign or decrypt. Other keys, as of a table, a map, a tag or an object, open nothing."""

OPENING_IN_PLURAL: Final = words(
    """
    api apis access secret private authentication storage shared preshared master license licence auth webhook
    hmac jwt rsa ingestion pairing session fernet unseal recovery subscription symmetric sas stream kek dek function
    system
    """
)
"""Keys that are the secrets in plural too: ``ssh_keys`` and ``signing_keys`` are public ones."""

KEYS: Final = words(
    """
    key-material key-plaintext psk psks preshared-secret secret-access seed-phrase seed-words string-seed nwk-key
    app-s-key nwk-s-key s-int-key s-enc-key key-string api-hash device-specific-key solution-key vsan-key
    functions-key pan-key x-query-key new-relic-key honeycomb-team art-api
    cak skey security-db-encryption encryption-key-raw pagerduty-routing-key ops-routing-key default-primary-key
    account-primary-key primary-read-keys primary-write-keys secondary-read-keys secondary-write-keys
    message-digest-key logged-in-key logged-in-salt nonce-key nonce-salt auth-salt jwt-sign s-0-key s-0-legacy-key
    s-2-access-control-key s-2-authenticated-key s-2-unauthenticated-key host-config-key key-hmac host-key-body
    pem-bundle wpa-2-key plaintext-key plain-text-key plaintext-data-key temp-url-key pre-auth-key secret-seed xprv
    xpriv 1-password-secret-key sign-key guek gak
    """
)
"""Keys by other words: Azure has two keys of an account, VMware licence keys, LoRaWAN and Z-Wave keys of devices."""

SALTS: Final = words(
    """
    password-salt hmac-salt hash-salt token-salt jwt-salt invite-salt reset-salt ticket-salt cookie-salt session-salt
    url-salt link-salt signing-salt encryption-salt
    """
)

CONTENTS: Final = words("pem content contents body")
"""What is called so of a key that opens something is the key itself: ``key_pem``, ``sslKeyContent``."""

HARMLESS_KEYS: Final = words(
    """
    invalidated-api-keys revoked-api-keys invalidated-keys revoked-keys
    key keys kms-key kms-keys key-signing-key public-key-material meta-data-key password-key key-vault key-vault-key
    ec-2-ssh-key key-cryptogram application-server-key
    """
)
"""Keys of maps and tables, keys that stay in a key service, a key that is encrypted, and the public one of Web Push."""

STORED: Final = words(
    """
    default volume disk snapshot image instance managed kms aws azure gcp oci okv parameters storage bucket object
    output results log logs queue topic table cluster repository
    """
)
"""What is encrypted with a key of a key service: it tells which one, in its ``encryption_key``."""

PRIVATE_KEYS: Final = words(
    "private-key private-keys privkey privkeys private-pem private-jwk id-rsa id-ecdsa id-ed-25519"
)

HARMLESS_TOKENS: Final = words(
    """
    next page paging pagination continuation continue client idempotency request change lock update sequence version
    block retrieval sync delta resume resumption cursor marker start starting end ending last previous prev
    forward backward scroll list conditional purchase share product unit search operation poll polling progress
    partition read write offset position checkpoint snapshot revision generation concurrency fencing etag preview
    deduplication dedup consistency causal visibility cancellation cancel execution anomaly correlation creation
    feedback term stop prompt completion special eos bos pad padding unk mask sep cls vocab text word reasoning
    cached thoughts audio input output dynamic color design nft native image video vision tool quote reward
    governance model spec separator skip time
    attribution recommendation response context trace query assist point
    restore rewrite precommit import recall offer transaction refund
    total user-agent property routing filler
    """
)
"""Tokens that continue a list or tell requests and versions apart; and pieces of a text for a language model. The last
two lines are Google's: what ties an event to the answer before it, and what names a state or a purchase."""

TOKENS_ALL_THE_SAME: Final = words(
    """
    pat oidc-request-token oauth-request-token in-progress-token token-response token-output read-write-token
    one-time-token metabase-session tableau-auth domo-authentication vcloud-authorization api-session-id
    """
)

PUBLISHED_TOKENS: Final = words(
    """
    domain-verification-token resource-verification-token site-verification-token dns-verification-token
    ownership-verification-token ownership-validation-token domain-validation-token validation-token
    dns-token dns-tokens dkim-token dkim-tokens
    """
)
"""They prove who owns a domain, and stand in DNS for everybody."""

TOKENS_IN_PLURAL: Final = words(
    """
    access refresh auth authentication authorization api bearer session security identity id oauth jwt csrf xsrf bot
    account personal deploy registration enrollment enrolment provisioning join participant service user secret oidc
    """
)
"""``tokens`` alone are counted, as by language models; those of these kinds are handed out."""

CREDENTIALS: Final = words(
    """
    credenciales identifiants zugangsdaten credenciais credenziali inloggegevens
    authinfo auth-user-info
    credential credentials creds cred credential-pair jwt jwts authkey sas shared-access-signature
    protected-settings protected-parameters authorization-header authorization-headers auth-header auth-headers
    proxy-authorization http-authorization webhook-authorization x-authorization request-authorization
    header-authorization headers-authorization authorization-data auth-data auth-string auth-ticket session-ticket
    authentication-material code-verifier saml-assertion saml-response client-assertion jwt-assertion id-token-hint
    sas-signature auth-signature oauth-verifier join-command auth-hash auth-basic vnc-ticket login-ticket
    access-ticket proxy-ticket token-auth cloud-front-signature cloudfront-signature
    """
)
"""Users with their passwords, and what is sent in their place."""

HARMLESS_CREDENTIALS: Final = words(
    """
    allow-credentials managed-identity-credentials managed-identity-creds jwt-payload
    repository-credentials authorizer-credentials
    storage-credential storage-credentials service-credential service-credentials
    private-key-jwt private-key-jwts discoverable-credential discoverable-credentials
    """
)
"""The header ``Access-Control-Allow-Credentials``, identities without a secret, and the claims of a JWT. Then come
names of secrets in AWS's Batch and API Gateway, and names of objects in Databricks' catalogue. The last line has
ways to log in, as OAuth and WebAuthn call them."""

AUTHS: Final = words("basic http proxy registry docker npm")
"""Of these kinds ``auth`` is a user with a password; of others it is a setting of how somebody logs in."""

COOKIES: Final = words(
    "cookie cookies zsessionid jsessionid phpsessid sessid fed-auth fedauth rt-fa rtfa aspxauth connect-sid gh-sess"
)

HARMLESS_COOKIES: Final = words(
    "accept consent encrypt syn excluded included include exclude allowed forwarded app lb on request affinity"
)
"""Settings of proxies: which cookies they read."""

CODES: Final = words(
    """
    auth authorization verification confirmation activation access security mfa otp totp sms pin recovery reset
    device unlock login secret passkey pass authentication sso factor fa backup pairing magic challenge scratch
    oob sharing puk exchange door gate alarm lock keypad join setup password
    """
)
"""Codes that let somebody in once; other codes are of errors, countries and states."""

PINS: Final = words(
    """
    sca-authentication-data otp totp pin pins smscode cvv cvc otpauth mnemonic puk passkey passkeys security-answer
    recovery-answer secret-answer password-answer qr-code-png secret-qr-code totp-qr-code otp-qr-code mfa-qr-code
    otp-seed totp-seed
    hotp-seed mfa-seed nkey-seed private-seed wallet-seed mnemonic-phrase recovery-phrase one-time-code one-time-codes
    cryptogram card-nonce payment-nonce payment-method-nonce
    """
)
"""Numbers and words in the place of a password; the last is a second factor as a picture, as AWS's IAM hands it out."""

CONNECTION_STRINGS: Final = words(
    """
    connection-string connection-strings conn-string conn-str connect-string connection-str connection-string-alias
    dsn alchemy-conn alchemy-connection connstr connstring
    """
)

FILES: Final = words(
    """
    kubeconfig kube-config kube-configs kube-config-raw kube-admin-config kube-admin-configs kube-admin-config-raw
    keytab htpasswd netrc pgpass dockerconfigjson dockercfg docker-config-json keyfile-dict keyfile-json
    keyfile-content key-file-content service-account-content service-account-contents
    service-account-json-file-content account-json-content credential-file-content credentials-file-content
    key-store-content keystore-content database-wallet service-account-json service-json service-account-info
    service-account-key key-json jaas-config pfx p-12 pkcs-12 npmrc pypirc jit-config customer-gateway-configuration
    device-sample-configuration
    """
)
"""Files that exist to log in with. The last are of AWS's EC2: a VPN's configuration with its preshared key."""

URLS: Final = words(
    "presigned-post presigned-url-fields slack-webhook discord-webhook teams-webhook mattermost-webhook"
)


IN_A_VAULT: Final = words("password passwords credential credentials connection-string sas-token passphrase")
"""What is called so after ``key-vault`` holds the address of a secret. ``key_vault_client_secret`` opens the vault."""

VARIABLES: Final = words("env-var env-vars env-variable env-variables environment-variable environment-variables")
"""What ends so holds the names of variables, whatever the variables hold."""

STORED_IN: Final = "secret-manager-stored"
"""What comes after it is a reference to Google's Secret Manager."""
