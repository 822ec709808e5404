"""``/oncall away``: when somebody can't, would rather not, or would like to be on call."""
