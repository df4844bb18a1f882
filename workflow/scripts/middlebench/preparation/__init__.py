"""What is changed on hosts before anything is measured there, and undone afterwards."""
