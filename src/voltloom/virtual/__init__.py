"""Virtual stations: real OCPP clients on the simulation's cars and meters, to try a central system with."""
