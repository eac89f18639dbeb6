"""What `bench/beside_djstripe` stands on: both services, and gifts paid in the sandbox."""
