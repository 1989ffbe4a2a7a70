"""Lets the tests of every room import `programs`."""
