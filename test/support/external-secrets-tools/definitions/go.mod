module local/definitions

go 1.26.6

require github.com/external-secrets/external-secrets v0.16.2
