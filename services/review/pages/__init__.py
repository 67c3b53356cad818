"""HTTP in: pages for reviewers, chairs and staff."""
