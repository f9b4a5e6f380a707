"""The desired state: YAML in, validated values out; schemas; export."""
