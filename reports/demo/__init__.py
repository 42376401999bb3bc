"""The findings of the demonstration city: invented, built from its released observations."""
