"""What travels between a billing core and who asks it over HTTP; known to both sides."""
