"""Rules for the keys and passwords of networks, of tunnels and of the servers that keep time; and of wallets."""

from __future__ import annotations

from typing import Final

from secure_xcom.classify.content.rule import Rule, row

RULES: Final[tuple[Rule, ...]] = (
    row(
        "wifi-password",
        "Password of a network in the text of a QR code",
        "Signs in to the network.",
        "WIFI:",
        r"WIFI:(?>[TSHRI]:[^;\n]{0,64}+;){0,4}+P:(?P<secret>[^;\n]{8,63}+)(?=;)",
        example="WIFI:T:WPA;S:guests;P:<16 base62>;;",
        counterexample="WIFI:T:nopass;S:guests;;",
        source="https://github.com/zxing/zxing/wiki/Barcode-Contents#wi-fi-network-config-android-ios-11",
        entropy=0,
    ),
    row(
        "pan-os-key",
        "API key of PAN-OS",
        "Manages the firewall as its owner.",
        "LUFRPT",
        r"LUFRPT[A-Za-z0-9+/]{40,512}+={0,2}+",
        example="<response status='success'><result><key>LUFRPT1<120 base62>==</key></result></response>",
        counterexample="LUFRPT1<8 base62>==",
        source="https://docs.paloaltonetworks.com/ngfw/api/api-authentication-and-security/pan-os-api-authentication",
        boundary=r"A-Za-z0-9+/",
    ),
    row(
        "zerotier-secret",
        "Secret identity of a node of ZeroTier",
        "Joins networks as the node.",
        ":0:",
        r":0:[0-9a-f]{128}:(?P<secret>[0-9a-f]{128})",
        example="<10 hex>:0:<128 hex>:<128 hex>",
        counterexample="<10 hex>:0:<128 hex>",
        source="https://docs.zerotier.com/identity/",
        boundary="",
    ),
    row(
        "ntp-key",
        "Key that signs the messages of a time server",
        "Sets the clocks of those who trust the key.",
        ("MD5 HEX:", "SHA1 HEX:", "SHA256 HEX:", "SHA384 HEX:", "SHA512 HEX:", "AES128 HEX:", "AES256 HEX:"),
        r"[A-Z0-9]{3,6}+ HEX:(?P<secret>[0-9A-Fa-f]{16,128}+)",
        example="11 SHA256 HEX:<64 HEX>",
        counterexample="11 SHA256 HEX:",
        source="https://chrony-project.org/doc/4.5/chrony.conf.html#keyfile",
    ),
    row(
        "nats-seed",
        "Seed of a key of NATS",
        "Signs in as the user, or signs for the account.",
        "SUA SAA SOA SNA SCA SXA",
        "S[UAONCX]A[A-Z2-7]{55}",
        example="SUA<55 base32>",
        counterexample="SUA<8 base32>",
        source="https://docs.nats.io/running-a-nats-service/configuration/securing_nats/auth_intro/nkey_auth",
    ),
    row(
        "ngrok-token",
        "ngrok authtoken, beside its name",
        "Opens tunnels as its owner.",
        "authtoken AUTHTOKEN",
        r"(?>authtoken|AUTHTOKEN)[\"']?+[ :=]{1,3}+[\"']?+(?P<secret>[A-Za-z0-9]{27}_[A-Za-z0-9]{17,24}+)",
        example="ngrok config add-authtoken 2<26 base62>_<21 base62>",
        counterexample="ngrok config add-authtoken $NGROK_AUTHTOKEN",
        source="https://ngrok.com/docs/agent/#authtokens",
        boundary=r"A-Za-z0-9",
    ),
    row(
        "extended-private-key",
        "Extended private key of a wallet",
        "Spends what the wallet holds.",
        "xprv yprv zprv tprv",
        r"[xyzt]prv[A-Za-z0-9]{105,110}+",
        example="xprv9s21ZrQH143K<96 base62>",
        counterexample="xprv<8 base62>",
        source="https://github.com/bitcoin/bips/blob/master/bip-0032.mediawiki",
    ),
    row(
        "stellar-seed",
        "Seed of an account of Stellar",
        "Spends what the account holds.",
        "SA SB SC SD",
        "S[ABCD][A-Z2-7]{54}",
        example="SC<54 base32>",
        counterexample="SC<8 base32>",
        source="https://developers.stellar.org/docs/learn/encyclopedia/contract-development/types/accounts",
    ),
)
