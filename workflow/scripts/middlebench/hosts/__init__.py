"""This machine and others over SSH: their commands, copies, CPUs and locks."""
