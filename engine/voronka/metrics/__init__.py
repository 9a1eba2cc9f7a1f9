"""Numbers about processes, computed in SQL, each with its n and its definition."""
