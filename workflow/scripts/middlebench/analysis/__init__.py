"""Tables from records: knee, capacity, intervals, sweep, cost, comparison with the thesis."""
