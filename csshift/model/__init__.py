"""Entities: frozen records of people, shifts, demand, duties and rosters."""
