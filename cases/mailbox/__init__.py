"""Mail of young people, from the bytes on a server to clean text. Knows no records: cases.actions stores what it reads.

`cleaning` makes text readable, `parsing` takes a mail apart, `kinds` tells people from machines, `server` speaks IMAP,
`writing` is what an answer may say, `delicate` the words it had better not.
"""
