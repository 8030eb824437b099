"""The socket layer: who may connect, how much may be said, one link for each station. It reads no OCPP message."""
