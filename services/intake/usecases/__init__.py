"""What `intake` does: each function loads, decides, saves and says, in the transaction it is given; none commits or
calls the outside."""
