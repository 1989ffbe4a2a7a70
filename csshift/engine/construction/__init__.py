"""The first complete solution, and the repair of infeasible decisions."""
