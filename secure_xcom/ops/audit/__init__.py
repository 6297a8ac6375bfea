"""What a security review asks for."""
