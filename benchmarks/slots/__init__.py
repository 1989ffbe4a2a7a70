"""Fixed slots, places on a shift for one agent each: the form in which Timefold is asked."""
