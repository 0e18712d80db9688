"""The window: draws the state and forwards what the person does."""
