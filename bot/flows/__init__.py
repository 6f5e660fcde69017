"""The flow language of docs/flows.md and the Rasa policy that runs it."""
