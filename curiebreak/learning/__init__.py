"""The learned side: equivariant network, breaking inputs, training and the Curie path; arrays in, arrays out."""
