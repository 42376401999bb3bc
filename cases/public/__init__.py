"""The page on which a young person, or somebody for them, registers without a login."""
