"""What the console in a browser is fed with: one state of the site, made once a second and sent to every page."""
