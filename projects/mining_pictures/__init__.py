"""Pictures of mined moments and pseudo boxes."""
