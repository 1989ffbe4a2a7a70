"""The page of results, made from the tables and traces that runs leave."""
