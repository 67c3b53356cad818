"""What `review` shows, as typed models that the JSON API and the pages share."""
