"""Pictures, each with its words and the numbers behind it; one function a picture."""
