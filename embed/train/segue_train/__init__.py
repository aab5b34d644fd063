"""Makes Segue's default music model: data, synthesis, training, evaluation, export (README.md has the commands)."""
