"""One file per release of the store's form."""
