"""The whole problem: entities, demand, rules, duties and settings."""
