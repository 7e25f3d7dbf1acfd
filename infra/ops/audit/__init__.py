"""An auditor of what is stored. No storage code of the product's: synchronous clients, keys read in its own way."""
