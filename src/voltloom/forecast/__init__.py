"""What is likely to come: stays, arrivals, building load, sun and peaks, from what was seen; and how good that was."""
