"""What is asked: the configuration, its checks, and the grid of points that it stands for."""
