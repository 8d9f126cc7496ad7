"""The learned side: equivariant network, breaking inputs, training and elimination; arrays in, arrays out."""
