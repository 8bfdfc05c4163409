"""Graph to arrays: the one data version that all kernels read."""
