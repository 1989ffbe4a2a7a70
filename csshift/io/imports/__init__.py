"""Files of other systems to counts and reception figures; every row left out is named."""
