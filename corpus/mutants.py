def score(*a): return {}
