"""The figure of the OpenFlow rules in use."""
