"""Typed OCPP messages, one folder for each version. Made by scripts/make_ocpp_structs.py; do not edit."""
