"""The meaning of each setting, for the table of settings in docs/operations.md."""

MEANINGS = {
    "http_host": "address to listen on",
    "http_port": "port to listen on; each service has a default of its own",
    "trusted_proxies": "addresses or networks, by commas: a client that connects from there is believed about the"
    " client's address (`X-Forwarded-For`)",
    "database_url": "the service's own database: `postgresql://role:password@host:port/name`",
    "kafka_bootstrap": "`host:port` of Kafka",
    "object_store_url": "`file:///folder` or `s3://bucket/prefix` (credentials of the store in its own variables)",
    "session_jwks_file": "public keys that session tokens are checked with (JWKS)",
    "clock_offset_file": "development only: seconds by which the clock is shifted",
    "log_level": "`DEBUG`, `INFO`, `WARNING`, `ERROR`",
    "log_json": "one JSON object a line, for machines",
    "microcred_public_url": "the program's one address: links in mails, Stripe's way back, the issuer's DID and all"
    " addresses in badges begin with it. Never change it: issued badges name it",
    "microcred_demonstration": "demo only: the text of the bar on its pages, as JSON"
    ' `{"people": ["a@example.org"], "mailbox_url": "http://..."}`',
    "session_key_file": "private key that signs session tokens (JWK, Ed25519)",
    "seal_public_key_file": "key that seals sign-in tokens for `notify` (32 bytes, base64)",
    "seal_private_key_file": "private key that opens what `SEAL_PUBLIC_KEY_FILE` sealed",
    "program_dir": "folder of the program's YAML files",
    "first_admin_email": "the first person who signs in with this address becomes an administrator",
    "sign_in_per_address": "sign-in mails to one address",
    "sign_in_per_client": "sign-in requests of one client: an IPv4 address, or the /64 of an IPv6 address",
    "letters_per_asker": "mails about letters that one applicant may cause",
    "letters_per_referee": "mails about letters that one address may get from all applicants",
    "mail_smtputf8": "the mail relay of `notify` offers SMTPUTF8: addresses beyond ASCII before"
    " the @ are taken (else they are refused)",
    "most_upload_bytes": "largest size of a file; requirements have lower limits of their own",
    "most_application_bytes": "most that one application may hold: files and texts together",
    "stripe_api_key": "Stripe's secret key",
    "stripe_webhook_secret": "the signing secret of the webhook endpoint",
    "stripe_api_base": "address of Stripe's API",
    "stripe_checkout_origin": "origin of Stripe's payment pages (an account may have a domain of its own):"
    " our form may lead only there",
    "issuer_key_file": "private key that signs badges (Ed25519, PEM PKCS8)",
    "issuer_former_keys_file": "former public keys that can still verify badges (PEM, one after the other)",
    "issuer_name": "the issuer's name in badges",
    "smtp_host": "the mail relay",
    "smtp_port": "its port",
    "smtp_from": "sender: an address, best with a name",
    "smtp_user": "user name at the relay",
    "smtp_password": "password at the relay",
    "smtp_starttls": "`true` demands TLS, `false` forbids it; unset: if the relay offers it",
    "organization": "the issuer of the badges, for LinkedIn links",
}
