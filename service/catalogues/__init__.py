"""What translators write: one file for each language but English (`service/texts.py` reads them)."""
