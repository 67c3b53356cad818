"""What `intake` does. Each function loads, decides, saves and says in the transaction that it is given. None commits or
calls the outside."""
