"""``/oncall`` itself: finding the word that was meant, and help."""
