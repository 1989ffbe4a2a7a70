"""Rules by family: fields, and rows and check, which counting kinds get from what they declare."""
