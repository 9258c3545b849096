"""The accounts through which we speak: credentials, shared tokens, stored pushes. Knows no people."""
