"""A mailbox for development: SMTP in, Mailpit's API and a page out. Nothing is ever sent on."""
