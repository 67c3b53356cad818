"""What badging shows, as typed models: for its API and its pages alike."""
