"""Evidence to verdict: the ledger, one row a claim."""
