"""What the internet tells a site: fetched within bounds, kept with its age, never trusted to come."""
