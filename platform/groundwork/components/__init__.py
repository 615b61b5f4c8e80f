"""What the platform runs: one folder per area, one file per thing. `bringup.py` lists them all."""
