"""Simulated annealing over the schedules of agents, with the recourse priced by dual vertices."""
