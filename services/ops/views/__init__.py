"""The typed models of what the console shows. The JSON API and the pages share them."""
