"""What review shows, as typed models: the JSON API and the pages share them."""
