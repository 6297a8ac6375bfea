// The Vault test server; see ../README.md.
module servers/vault

go 1.24.0
