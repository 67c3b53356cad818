"""A mailbox for development. It takes mails by SMTP and shows them by Mailpit's API and by pages. It forwards
nothing."""
