"""What past data say of people."""
