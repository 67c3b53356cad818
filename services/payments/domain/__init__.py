"""All rules of fees: the fee's own life (`fees`), each payment's (`receipts`), each Checkout page's (`checkouts`), the
ledger's (`ledger`). Pure."""
