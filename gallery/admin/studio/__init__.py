"""The training studio: styles are trained, watched, compared and published here, without a terminal."""
