"""Desired state and live store in, an ordered and judged plan out. Pure but for reading."""
