"""What `kills.py` kills: projects and studies to begin with, and sites on loopback to collect."""
