"""From the values of a program to a roster with its hourly plan."""
