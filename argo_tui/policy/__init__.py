"""What the policy screen draws and says. Pure."""
