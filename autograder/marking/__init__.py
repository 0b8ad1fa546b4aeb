"""What persons give: sheets with all answers to a question side by side, and the points that come back."""
