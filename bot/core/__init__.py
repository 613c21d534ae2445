"""The rules: prices, sizes, the option grammar, periods, caps, states. No I/O, no clock."""
