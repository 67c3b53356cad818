"""What badging needs besides its database: the issuer's key, and the RDF form of a document that a signature covers."""
