"""Grades in the forms that other systems take: built from results alone, never from submissions."""
