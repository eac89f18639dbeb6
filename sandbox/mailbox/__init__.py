"""The world's mailboxes, played on this machine: SMTP in, a web page out."""
