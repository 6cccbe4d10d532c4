"""What the gate recognises pages by: fingerprints, notices and the rules that tell page kinds apart."""
