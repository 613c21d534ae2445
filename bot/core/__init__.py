"""The rules: prices, sizes, the option grammar, periods, caps, job states. Pure: no I/O, no clock."""
