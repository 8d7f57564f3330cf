"""What runs for the notebook: magics, completion, the picture. No logic of the domain lives here."""
