"""The front door: pages without a login, in the languages of the young people. What is not released is not here."""
