"""From unclear messages of live conversations to a better model, with a person who labels them."""
