"""Lists that Träger bring along: reading a file, naming its columns, checking its rows. Nothing here is stored."""
