"""What is made from the code for packages, and is no part of the program."""
