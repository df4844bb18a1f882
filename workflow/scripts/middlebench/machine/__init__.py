"""The hidden states of a machine: what they are called, and which of them is judged."""
