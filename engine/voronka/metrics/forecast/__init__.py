"""What open deals will bring, how sure that is, and how well earlier forecasts kept."""
