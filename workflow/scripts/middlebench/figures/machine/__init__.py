"""The figure of the machine: in which states it was over the run, and when it stood still."""
