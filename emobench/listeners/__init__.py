"""What a run can be written to besides its folder, through the same event hooks that plugins have."""
