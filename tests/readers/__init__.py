"""Tests of the readers, a module a format."""
