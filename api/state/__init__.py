"""What the service remembers besides the news: keys, answers, feedback, replayed requests, jobs."""
