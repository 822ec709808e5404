"""The Home tab: the dashboard of one person, drawn when it is opened and whenever what it shows changes."""
