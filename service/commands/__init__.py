"""The commands of `sustainer`, by what a person wants: processes, upkeep, the books."""
