"""Papers as PDF: templates as data, and the typesetter that fills them."""
